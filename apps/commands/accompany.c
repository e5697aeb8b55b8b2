// SPDX-License-Identifier: MIT
//
// arioso accompany: the command line.
#include "apps/cli/threads.h"
#include "apps/commands/commands.h"
#include "apps/commands/filling.h"
#include "apps/midi/instruments.h"

static const char self[] = "accompany";

static int run(ario__filling *f, const char *with) {
  ario_error error = {""};
  ario__input input;
  if (!with) return ario__usage_error(self, "which instruments? for example --with bass,drums");
  int result = ario__instruments_parse(self, "with", with, f->asks, &f->ask_count);
  if (result) return result;
  if (ario__input_open(f->line.operands[0], &input, &error)) {
    result = ario__complain(self, "%s", error.text);
  } else {
    f->music.input = &input;
    result = ario__filling_run(f);
  }
  ario__input_free(&input);
  return result;
}

int ario__accompany_main(int argc, char **argv) {
  ario__filling f = ario__filling_default(self);
  const char *with = NULL;
  f.word = f.made = "accompanied";
  const ario__option options[] = {
      {"with", 'w', ARIO__TEXT, &with, "LIST",
       "the new instruments: bass,drums,strings; names of General MIDI as arioso info prints them, families, "
       "programs from 1 to 128, or drums. Of a family the model chooses one"},
      {"instead", 0, ARIO__FLAG, &f.instead, NULL,
       "what these instruments play there already leaves, and is written anew"},
      {"output", 'o', ARIO__TEXT, &f.output, "OUT",
       "the file to write; it replaces an existing one. By default IN-accompanied.mid, or the next free "
       "name"},
      {"from", 0, ARIO__TEXT, &f.music.from, "T", "write from T on: seconds, m:ss, or bar:17; whole bars"},
      {"to", 0, ARIO__TEXT, &f.music.to, "T", "write up to T"},
      {"tracks", 0, ARIO__TEXT, &f.music.tracks, "1,3",
       "the model hears only these tracks, by number or name (arioso info lists them); the file keeps them "
       "all"},
      {"model", 'm', ARIO__TEXT, &f.model_name, "DIR",
       "the model for bands, a folder or a name; " ARIO__DEFAULT_BAND_MODEL " by default"},
      ARIO__FILLING_OPTIONS(&f)};
  const ario__command command = {
      .name = self,
      .usage = "IN --with LIST [-o OUT] [options]",
      .summary =
          "Writes parts for more instruments: a bass and drums to a melody, strings to a song. Each has a "
          "track and a channel of its own; your tracks stay as they are.",
      .notes = "IN and OUT may be -: standard input and standard output. Examples:\n"
               "  arioso accompany song.mid --with bass,drums           the rest of the band\n"
               "  arioso accompany song.mid --with drums --instead      another drummer\n"
               "  arioso accompany song.mid --with strings --from bar:33\n"
               "  arioso accompany song.mid --with bass --tracks Melody --takes 3\n"
               "\n"
               "Ctrl-C ends it; the takes that are complete are kept.",
      .operands = {{"file", 1, 1}},
      .options = options,
      .option_count = sizeof options / sizeof *options};
  int result = ario__options_parse(&command, argc, argv, &f.line);
  return result || f.line.finished ? result : run(&f, with);
}
