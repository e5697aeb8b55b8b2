// SPDX-License-Identifier: MIT
//
// arioso tokens: a file's tokens, written or shown, and back.
#include "apps/commands.h"
#include "apps/files.h"
#include "apps/options.h"
#include "arioso/raw.h"

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

static int run(const char *input, const char *output, const char *codec_name, bool shown) {
  const ario_codec *codec = ario_codec_find(codec_name);
  if (!codec) return ario__usage_error(self, "--codec: there is none named %s", codec_name);
  // There is no model here to say the vocabulary of raw tokens.
  size_t vocab_size = codec->vocab_size ? codec->vocab_size : ARIO_RAW_BYTES;
  bool from_tokens = ario__has_suffix(input, ".u16");
  if (output && from_tokens == ario__has_suffix(output, ".u16"))
    return ario__usage_error(self, "-o: the output of %s is %s *.u16", input,
                             from_tokens ? "not named" : "named");
  ario_token *tokens;
  size_t count;
  ario_error error = {""};
  if (ario__read_tokens(codec, vocab_size, input, &tokens, &count, &error))
    return ario__complain(self, "%s", error.text);
  int result = shown || !output ? show(codec, tokens, count) : ARIO__DONE;
  if (!result && output && ario__write_tokens(codec, vocab_size, output, true, tokens, count, &error))
    result = ario__complain(self, "%s", error.text);
  free(tokens);
  return result;
}

int ario__tokens_main(int argc, char **argv) {
  const char *output = NULL, *codec = "midi-performance";
  bool shown = false;
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &output, "FILE",
       "write the tokens here (*.u16, two bytes each, little-endian), or of a token file what it stands for"},
      {"show", 0, ARIO__FLAG, &shown, NULL, "print the tokens, one a line; so without -o"},
      {"codec", 0, ARIO__TEXT, &codec, "NAME",
       "midi-performance, the default, or raw: the bytes of any file"}};
  const ario__command command = {
      .name = self,
      .usage = "FILE [-o FILE.u16] [--show]  |  tokens FILE.u16 -o FILE",
      .summary = "Turns a MIDI file, or the bytes of any file, into the tokens that a model reads, and back.",
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
