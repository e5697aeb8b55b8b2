// SPDX-License-Identifier: MIT
//
// arioso tokens: a file's tokens, written or shown, and back.
#include "arioso/tokens.h"
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/print.h"
#include "apps/cli/report.h"
#include "apps/commands/commands.h"
#include "apps/commands/token_io.h"
#include "apps/generate/models.h"
#include "arioso/audio_file.h"
#include "arioso/raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const self = "tokens";

static void show(const ario_codec *codec, const ario_config *model, const ario_token *tokens, size_t count) {
  for (size_t i = 0; i < count; i++) {
    char text[64];
    codec->describe(tokens[i], model, text, sizeof text);
    ario__print("%s\n", text);
  }
}

static int print_json(const ario_codec *codec, const ario_config *model, const ario__input *input, bool shown,
                      const ario_token *tokens, size_t count) {
  ario__report *root = ario__report_object();
  ario__report_add_text(root, "file", input->name);
  ario__report_add_text(root, "codec", codec->name);
  ario__report_add_whole(root, "vocab_size", model->vocab_size);
  ario__report *list = ario__report_add_array(root, "tokens");
  for (size_t i = 0; i < count; i++) ario__report_add_whole(list, NULL, tokens[i]);
  ario__report *texts = shown ? ario__report_add_array(root, "shown") : NULL;
  for (size_t i = 0; i < count && shown; i++) {
    char text[64];
    codec->describe(tokens[i], model, text, sizeof text);
    ario__report_add_text(texts, NULL, text);
  }
  return ario__report_finish(root, self);
}

// What holds tokens: a file named *.u16; or what comes through a pipe, is of no known kind, and is to become a file.
static bool holds_tokens(const ario__input *input, const ario_codec *codec, const char *output) {
  if (ario__has_suffix(input->path, ".u16")) return true;
  return input->bytes && input->kind == ARIO__INPUT_OTHER && codec->medium != ARIO_RAW && output &&
         !ario__has_suffix(output, ".u16");
}

// The codec by its name, or by the kind of file.
static const ario_codec *choose(const char *name, const ario__input *input, const char *output) {
  bool sound = input->kind == ARIO__INPUT_CODES || ario__has_suffix(input->path, ".tok") ||
               (output && ario__has_suffix(output, ".tok")) ||
               (!ario__has_suffix(input->path, ".u16") && input->kind == ARIO__INPUT_SOUND);
  return name ? ario_codec_find(name) : ario_codec_standard(sound ? ARIO_SOUND : ARIO_MUSIC);
}

// Which codes there are is said by a file of codes.
static int read_codes(const ario__input *input, ario_config *model) {
  ario_error error = {""};
  ario_tok file;
  FILE *stream = ario__input_stream(input, &error);
  if (!stream) return ario__complain(self, "%s", error.text);
  ario_status status = ario_tok_read_head(&file, stream, &error);
  fclose(stream);
  if (status) return ario__complain(self, "%s: %s", input->name, error.text);
  ario_codes_set(&file.head, model);
  return ARIO__DONE;
}

// Of other files by the default audio codec.
static int settle_codes(const ario__input *input, ario_config *model) {
  char found[ARIO__PATH_MOST];
  ario_audio_codec *network;
  ario_error error = {""};
  if (input->kind == ARIO__INPUT_CODES || ario__has_suffix(input->path, ".tok"))
    return read_codes(input, model);
  if (ario__models_open_audio(NULL, NULL, &network, found, sizeof found, &error))
    return ario__complain(self, "%s", error.text);
  const ario_codes codes = ario_audio_codec_codes(network, ario_audio_codec_config(network)->levels);
  ario_codes_set(&codes, model);
  ario_audio_codec_free(network);
  return ARIO__DONE;
}

static ario_status read_all(const ario_codec *codec, const ario_config *model, const ario__input *input,
                            bool as_tokens, ario_token **tokens, size_t *count, ario_error *error) {
  if (!as_tokens || !input->bytes) return ario__read_tokens(codec, model, input, tokens, count, error);
  ario_error detail = {""};
  ario_status status =
      ario_tokens_parse(input->bytes, input->size, model->vocab_size, tokens, count, &detail);
  return status ? ario_fail(error, status, "%s: %s", input->name, detail.text) : ARIO_OK;
}

// Writes tokens to a file of their own, or what they stand for. Standard output gets what the input is not.
static ario_status write_all(const ario_codec *codec, const ario_config *model, const char *path,
                             bool from_tokens, const ario_token *tokens, size_t count, ario_error *error) {
  if (from_tokens || !ario__is_pipe_name(path))
    return ario__write_tokens(codec, model, path, true, tokens, count, error);
  uint8_t *bytes;
  size_t size;
  ario_status status = ario_tokens_pack(tokens, count, &bytes, &size, error);
  if (!status) status = ario__write_output(path, true, bytes, size, error);
  free(bytes);
  return status;
}

static int run(const ario__input *input, const char *output, const char *codec_name, bool shown, bool json) {
  const ario_codec *codec = choose(codec_name, input, output);
  if (!codec) return ario__usage_error(self, "--codec: there is none named %s", codec_name);
  ario_config model = {.vocab_size = codec->vocab_size ? codec->vocab_size : ARIO_RAW_BYTES};
  bool from_tokens = holds_tokens(input, codec, output), piped = ario__is_pipe_name(output);
  if (output && !piped && from_tokens == ario__has_suffix(output, ".u16"))
    return ario__usage_error(self, "-o: the output of %s is %s *.u16", input->name,
                             from_tokens ? "not named" : "named");
  if (piped) ario__print_aside();
  int result = codec->medium == ARIO_SOUND ? settle_codes(input, &model) : ARIO__DONE;
  if (result) return result;
  ario_token *tokens;
  size_t count;
  ario_error error = {""};
  if (read_all(codec, &model, input, from_tokens, &tokens, &count, &error))
    return ario__complain(self, "%s", error.text);
  if (json)
    result = print_json(codec, &model, input, shown, tokens, count);
  else if (shown || !output)
    show(codec, &model, tokens, count);
  if (output && write_all(codec, &model, output, from_tokens, tokens, count, &error))
    result = ario__complain(self, "%s", error.text);
  free(tokens);
  return result;
}

int ario__tokens_main(int argc, char **argv) {
  const char *output = NULL, *codec = NULL;
  bool shown = false, json = false;
  char codecs[ARIO__CODECS_TEXT];
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &output, "FILE",
       "write the tokens to this file (*.u16: two bytes each, little-endian); or, for a token file, the file "
       "that the tokens stand for"},
      {"show", 0, ARIO__FLAG, &shown, NULL, "print the tokens, one a line; the default without -o"},
      {"codec", 0, ARIO__TEXT, &codec, "NAME", ario__codecs_text("what fits the file", codecs)},
      {"json", 0, ARIO__FLAG, &json, NULL, "print the tokens as JSON; with --show their texts, too"}};
  const ario__command command = {
      .name = self,
      .usage = "FILE [-o FILE.u16] [--show]  |  tokens FILE.u16 -o FILE",
      .summary =
          "Turns a MIDI file, a sound file, audio codes (*.tok) or the bytes of any file into the tokens "
          "that a model reads, and back.",
      .notes = "FILE may be -: standard input. -o - is standard output: tokens of two bytes, or\n"
               "of a token file what it stands for.",
      .operands = {{"file", 1, 1}},
      .options = options,
      .option_count = sizeof options / sizeof *options};
  ario__command_line line;
  int result = ario__options_parse(&command, argc, argv, &line);
  if (result || line.finished) return result;
  ario__input input;
  ario_error error = {""};
  if (ario__input_open(line.operands[0], &input, &error)) return ario__complain(self, "%s", error.text);
  result = run(&input, output, codec, shown, json);
  ario__input_free(&input);
  return result;
}
