// SPDX-License-Identifier: MIT
//
// Reading and writing token files, and others through a codec.
#include "apps/commands/token_io.h"
#include "apps/audio/listener.h"
#include "apps/cli/paths.h"
#include "arioso/tokens.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_BYTES = 256 << 20 };

const char *ario__codecs_text(const char *standard, char *text) {
  size_t used = 0;
  *text = 0;
  for (size_t i = 0; ario_codec_at(i) && used < ARIO__CODECS_TEXT; i++)
    used += (size_t)snprintf(text + used, ARIO__CODECS_TEXT - used, "%s%s: %s", i ? "; " : "",
                             ario_codec_at(i)->name, ario_codec_at(i)->about);
  if (used < ARIO__CODECS_TEXT) snprintf(text + used, ARIO__CODECS_TEXT - used, "; by default %s", standard);
  return text;
}

static bool is_token_file(const char *path) {
  return ario__has_suffix(path, ".u16");
}

// A file's bytes, of a sound file those of the file of codes that it becomes.
static ario_status read_bytes(const ario_codec *codec, const ario_config *model, const ario__input *input,
                              uint8_t **bytes, size_t *size, ario_error *error) {
  bool unknown = input->kind == ARIO__INPUT_OTHER && !ario__has_suffix(input->path, codec->suffix);
  if (codec->medium == ARIO_SOUND && (input->kind == ARIO__INPUT_SOUND || unknown)) {
    ario_codes codes;
    ario_status status = ario_codes_of(model, &codes, error);
    return status ? status : ario__listen(input, &codes, bytes, size, error);
  }
  return ario__input_read(input, MOST_BYTES, bytes, size, error);
}

// Of sound the kind of file matters.
static ario_status read_unseen(const ario_codec *codec, const ario_config *model, const char *path,
                               ario_token **tokens, size_t *count, ario_error *error) {
  ario__input seen;
  ario_status status = ario__input_open(path, &seen, error);
  if (!status) status = ario__read_tokens(codec, model, &seen, tokens, count, error);
  ario__input_free(&seen);
  return status;
}

ario_status ario__read_tokens(const ario_codec *codec, const ario_config *model, const ario__input *input,
                              ario_token **tokens, size_t *count, ario_error *error) {
  bool as_they_are = is_token_file(input->path);
  *tokens = NULL;
  *count = 0;
  if (codec->medium == ARIO_SOUND && !as_they_are && input->kind == ARIO__INPUT_UNSEEN)
    return read_unseen(codec, model, input->path, tokens, count, error);
  if (as_they_are) return ario_tokens_read(input->path, model->vocab_size, tokens, count, error);
  uint8_t *bytes;
  size_t size;
  ario_status status = read_bytes(codec, model, input, &bytes, &size, error);
  if (status) return status;
  ario_error detail = {""};
  status = codec->encode(bytes, size, model, tokens, count, &detail);
  free(bytes);
  return status ? ario_fail(error, status, "%s: %s", input->name, detail.text) : ARIO_OK;
}

ario_status ario__write_tokens(const ario_codec *codec, const ario_config *model, const char *path,
                               bool replace, const ario_token *tokens, size_t count, ario_error *error) {
  uint8_t *bytes;
  size_t size;
  ario_error detail = {""};
  ario_status status = is_token_file(path) ? ario_tokens_pack(tokens, count, &bytes, &size, &detail)
                                           : codec->decode(tokens, count, model, &bytes, &size, &detail);
  if (status) return ario_fail(error, status, "%s: %s", path, detail.text);
  status = ario__write_output(path, replace, bytes, size, error);
  free(bytes);
  return status;
}
