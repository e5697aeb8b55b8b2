// SPDX-License-Identifier: MIT
//
// arioso tokens: a file's tokens, written or shown, and back.
#include "arioso/tokens.h"
#include "apps/commands.h"
#include "apps/files.h"
#include "apps/options.h"
#include "arioso/file.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const self = "tokens";

static int show(const ario_codec *codec, const ario_token *tokens, size_t count) {
  for (size_t i = 0; i < count; i++) {
    char text[64];
    codec->describe(tokens[i], text, sizeof text);
    puts(text);
  }
  if (fflush(stdout) != 0) return ario__complain(self, "standard output: cannot be written");
  return ARIO__DONE;
}

static ario_status write_file(const ario_codec *codec, const char *path, const ario_token *tokens,
                              size_t count, ario_error *error) {
  uint8_t *bytes;
  size_t size;
  ario_error detail = {""};
  ario_status status = codec->decode(tokens, count, &bytes, &size, &detail);
  if (status) return ario_fail(error, status, "%s: %s", path, detail.text);
  status = ario_file_write(path, true, bytes, size, error);
  free(bytes);
  return status;
}

static int run(const char *input, const char *output, const char *codec_name, bool shown) {
  const ario_codec *codec = ario_codec_find(codec_name);
  if (!codec) return ario__usage_error(self, "--codec: there is none named %s", codec_name);
  bool from_tokens = ario__has_suffix(input, ".u16");
  if (output && from_tokens == ario__has_suffix(output, ".u16"))
    return ario__usage_error(self, "-o: the output of %s is named *%s", input,
                             from_tokens ? codec->suffix : ".u16");
  ario_token *tokens;
  size_t count;
  ario_error error = {""};
  ario_status status = from_tokens ? ario_tokens_read(input, codec->vocab_size, &tokens, &count, &error)
                                   : ario__encode_file(codec, input, &tokens, &count, &error);
  if (status) return ario__complain(self, "%s", error.text);
  int result = shown || !output ? show(codec, tokens, count) : ARIO__DONE;
  if (result == ARIO__DONE && output) {
    status = from_tokens ? write_file(codec, output, tokens, count, &error)
                         : ario_tokens_write(output, tokens, count, &error);
    if (status) result = ario__complain(self, "%s", error.text);
  }
  free(tokens);
  return result;
}

int ario__tokens_main(int argc, char **argv) {
  const char *output = NULL, *codec = "midi-performance";
  bool shown = false;
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &output, "FILE",
       "write the tokens here (*.u16, two bytes each, little-endian), or of a token file the music (*.mid)"},
      {"show", 0, ARIO__FLAG, &shown, NULL, "print the tokens, one a line; so without -o"},
      {"codec", 0, ARIO__TEXT, &codec, "NAME", "the codec; midi-performance by default"}};
  const ario__command command = {
      .name = self,
      .usage = "FILE.mid [-o FILE.u16] [--show]  |  tokens FILE.u16 -o FILE.mid",
      .summary = "Turns a MIDI file into the tokens that a model reads, and tokens into a MIDI file.",
      .options = options,
      .option_count = sizeof options / sizeof *options};
  char **operands;
  size_t count;
  bool finished;
  int result = ario__options_parse(&command, argc, argv, &operands, &count, &finished);
  if (result || finished) return result;
  if (count != 1) return ario__usage_error(self, "one file is wanted, %zu were named", count);
  return run(operands[0], output, codec, shown);
}
