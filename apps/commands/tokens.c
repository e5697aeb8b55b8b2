// SPDX-License-Identifier: MIT
//
// arioso tokens: a file's tokens, written or shown, and back.
#include "apps/audio/sound_input.h"
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/commands/commands.h"
#include "apps/commands/token_io.h"
#include "apps/generate/models.h"
#include "arioso/audio_file.h"
#include "arioso/raw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const self = "tokens";

static void show(const ario_codec *codec, const ario_config *model, const ario_token *tokens, size_t count) {
  for (size_t i = 0; i < count; i++) {
    char text[64];
    codec->describe(tokens[i], model, text, sizeof text);
    puts(text);
  }
}

// The codec by its name, or by the kind of file.
static const ario_codec *choose(const char *name, const char *input, const char *output) {
  bool sound = ario__has_suffix(input, ".tok") || (output && ario__has_suffix(output, ".tok")) ||
               (!ario__has_suffix(input, ".u16") && ario__is_sound(input));
  return name ? ario_codec_find(name) : ario_codec_standard(sound ? ARIO_SOUND : ARIO_MUSIC);
}

// Which codes there are is said by a file of codes, or else by the default audio codec.
static int settle_codes(const char *input, ario_config *model) {
  char found[ARIO__PATH_MOST];
  ario_audio_codec *network;
  ario_error error = {""};
  if (ario__has_suffix(input, ".tok")) {
    ario_tok file;
    FILE *stream = fopen(input, "rb");
    if (!stream) return ario__complain(self, "%s: cannot be opened: %s", input, strerror(errno));
    ario_status status = ario_tok_read_head(&file, stream, &error);
    fclose(stream);
    if (status) return ario__complain(self, "%s: %s", input, error.text);
    ario_codes_set(&file.head, model);
    return ARIO__DONE;
  }
  if (ario__models_open_audio(NULL, NULL, &network, found, sizeof found, &error))
    return ario__complain(self, "%s", error.text);
  const ario_codes codes = ario_audio_codec_codes(network, ario_audio_codec_config(network)->levels);
  ario_codes_set(&codes, model);
  ario_audio_codec_free(network);
  return ARIO__DONE;
}

static int run(const char *input, const char *output, const char *codec_name, bool shown) {
  const ario_codec *codec = choose(codec_name, input, output);
  if (!codec) return ario__usage_error(self, "--codec: there is none named %s", codec_name);
  ario_config model = {.vocab_size = codec->vocab_size ? codec->vocab_size : ARIO_RAW_BYTES};
  bool from_tokens = ario__has_suffix(input, ".u16");
  if (output && from_tokens == ario__has_suffix(output, ".u16"))
    return ario__usage_error(self, "-o: the output of %s is %s *.u16", input,
                             from_tokens ? "not named" : "named");
  int result = codec->medium == ARIO_SOUND ? settle_codes(input, &model) : ARIO__DONE;
  if (result) return result;
  ario_token *tokens;
  size_t count;
  ario_error error = {""};
  if (ario__read_tokens(codec, &model, input, &tokens, &count, &error))
    return ario__complain(self, "%s", error.text);
  if (shown || !output) show(codec, &model, tokens, count);
  if (output && ario__write_tokens(codec, &model, output, true, tokens, count, &error))
    result = ario__complain(self, "%s", error.text);
  free(tokens);
  return result;
}

int ario__tokens_main(int argc, char **argv) {
  const char *output = NULL, *codec = NULL;
  bool shown = false;
  char codecs[ARIO__CODECS_TEXT];
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &output, "FILE",
       "write the tokens to this file (*.u16: two bytes each, little-endian); or, for a token file, the file "
       "that the tokens stand for"},
      {"show", 0, ARIO__FLAG, &shown, NULL, "print the tokens, one a line; the default without -o"},
      {"codec", 0, ARIO__TEXT, &codec, "NAME", ario__codecs_text("what fits the file", codecs)}};
  const ario__command command = {
      .name = self,
      .usage = "FILE [-o FILE.u16] [--show]  |  tokens FILE.u16 -o FILE",
      .summary =
          "Turns a MIDI file, a sound file, audio codes (*.tok) or the bytes of any file into the tokens "
          "that a model reads, and back.",
      .operands = {{"file", 1, 1}},
      .options = options,
      .option_count = sizeof options / sizeof *options};
  ario__command_line line;
  int result = ario__options_parse(&command, argc, argv, &line);
  if (result || line.finished) return result;
  return run(line.operands[0], output, codec, shown);
}
