// SPDX-License-Identifier: MIT
//
// arioso info: what a file or a model contains.
#include "apps/commands/info.h"
#include "apps/cli/options.h"
#include "apps/cli/print.h"
#include "apps/commands/commands.h"
#include "apps/generate/models.h"

#include <string.h>
#include <sys/stat.h>

static int describe_file(const char *path, bool json) {
  ario__input input;
  ario_error error = {""};
  ario_status status = ario__input_open(path, &input, &error);
  int result;
  if (status)
    result = ario__complain(ARIO__INFO, "%s", error.text);
  else if (input.kind == ARIO__INPUT_SOUND)
    result = ario__info_sound(&input, json);
  else if (input.kind == ARIO__INPUT_CODES)
    result = ario__info_codes(&input, json);
  else
    result = ario__info_song(&input, json);
  ario__input_free(&input);
  return result;
}

int ario__info_main(int argc, char **argv) {
  bool json = false;
  const ario__option options[] = {{"json", 0, ARIO__FLAG, &json, NULL, "print JSON"}};
  const ario__command command = {
      .name = ARIO__INFO,
      .usage = "FILE | MODEL",
      .summary = "Shows what a MIDI file, a sound file, a file of codes or a model contains.",
      .operands = {{"file or model", 1, 1}},
      .options = options,
      .option_count = sizeof options / sizeof *options};
  ario__command_line line;
  int result = ario__options_parse(&command, argc, argv, &line);
  if (result || line.finished) return result;
  const char *name = line.operands[0], *slash = strrchr(name, '/'), *dot = strrchr(slash ? slash : name, '.');
  struct stat info;
  bool there = stat(name, &info) == 0, is_file = there ? !S_ISDIR(info.st_mode) : ario__is_pipe_name(name);
  // What looks like a file's name and is no model is a file that is missing.
  if (!there && dot && dot[1] && !ario__models_have(name)) is_file = true;
  return is_file ? describe_file(name, json) : ario__info_model(name, json);
}
