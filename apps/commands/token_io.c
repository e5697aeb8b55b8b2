// SPDX-License-Identifier: MIT
//
// Reading and writing token files, and others through a codec.
#include "apps/commands/token_io.h"
#include "apps/audio/listener.h"
#include "apps/cli/paths.h"
#include "arioso/file.h"
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
static ario_status read_bytes(const ario_codec *codec, const ario_config *model, const char *path,
                              uint8_t **bytes, size_t *size, ario_error *error) {
  if (codec->medium == ARIO_SOUND && !ario__has_suffix(path, codec->suffix)) {
    ario_codes codes;
    ario_status status = ario_codes_of(model, &codes, error);
    return status ? status : ario__listen(path, &codes, bytes, size, error);
  }
  return ario_file_read(path, MOST_BYTES, bytes, size, error);
}

ario_status ario__read_tokens(const ario_codec *codec, const ario_config *model, const char *path,
                              ario_token **tokens, size_t *count, ario_error *error) {
  if (is_token_file(path)) return ario_tokens_read(path, model->vocab_size, tokens, count, error);
  *tokens = NULL;
  *count = 0;
  uint8_t *bytes;
  size_t size;
  ario_status status = read_bytes(codec, model, path, &bytes, &size, error);
  if (status) return status;
  ario_error detail = {""};
  status = codec->encode(bytes, size, model, tokens, count, &detail);
  free(bytes);
  return status ? ario_fail(error, status, "%s: %s", path, detail.text) : ARIO_OK;
}

ario_status ario__write_tokens(const ario_codec *codec, const ario_config *model, const char *path,
                               bool replace, const ario_token *tokens, size_t count, ario_error *error) {
  uint8_t *bytes;
  size_t size;
  ario_error detail = {""};
  ario_status status = is_token_file(path) ? ario_tokens_pack(tokens, count, &bytes, &size, &detail)
                                           : codec->decode(tokens, count, model, &bytes, &size, &detail);
  if (status) return ario_fail(error, status, "%s: %s", path, detail.text);
  status = ario_file_write(path, replace, bytes, size, error);
  free(bytes);
  return status;
}
