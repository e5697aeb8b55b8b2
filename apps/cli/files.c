// SPDX-License-Identifier: MIT
//
// Names that are free; reading and writing through a codec.
#include "apps/cli/files.h"
#include "apps/audio/listener.h"
#include "arioso/file.h"
#include "arioso/model.h"
#include "arioso/raw.h"
#include "arioso/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

bool ario__has_suffix(const char *path, const char *suffix) {
  size_t length = strlen(path), tail = strlen(suffix);
  return length > tail && strcasecmp(path + length - tail, suffix) == 0;
}

bool ario__format_find(const char *name, ario_sample_format *format) {
  static const char *const names[] = {[ARIO_S16] = "s16", [ARIO_S24] = "s24", [ARIO_FLOAT] = "float"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i]) == 0) {
      *format = (ario_sample_format)i;
      return true;
    }
  return false;
}

bool ario__same_file(const char *a, const char *b) {
  struct stat x, y;
  return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

// Where the suffix of the last part of a path begins: at its last dot, or at the end.
static size_t stem_length(const char *path) {
  const char *slash = strrchr(path, '/'), *part = slash ? slash + 1 : path;
  const char *dot = strrchr(part, '.');
  return dot && dot != part ? (size_t)(dot - path) : strlen(path);
}

bool ario__with_suffix(const char *path, const char *suffix, char *name) {
  return snprintf(name, ARIO__PATH_MOST, "%.*s%s", (int)stem_length(path), path, suffix) < ARIO__PATH_MOST;
}

bool ario__numbered_name(const char *path, size_t number, char *name) {
  size_t stem = stem_length(path);
  int length = snprintf(name, ARIO__PATH_MOST, "%.*s-%zu%s", (int)stem, path, number, path + stem);
  return length > 0 && length < ARIO__PATH_MOST;
}

static bool is_free(const char *path, size_t takes) {
  struct stat info;
  char name[ARIO__PATH_MOST];
  if (lstat(path, &info) == 0) return false;
  for (size_t take = 1; takes > 1 && take <= takes; take++)
    if (!ario__numbered_name(path, take, name) || lstat(name, &info) == 0) return false;
  return true;
}

bool ario__free_name(const char *path, const char *suffix, size_t takes, char *name) {
  char first[ARIO__PATH_MOST];
  size_t stem = path ? stem_length(path) : 0;
  int length = path ? snprintf(first, sizeof first, "%.*s-continued%s", (int)stem, path,
                               *suffix ? suffix : path + stem)
                    : snprintf(first, sizeof first, "new-piece%s", suffix);
  if (length < 0 || length >= ARIO__PATH_MOST) return false;
  memcpy(name, first, (size_t)length + 1);
  for (size_t number = 2; !is_free(name, takes); number++)
    if (number > 100000 || !ario__numbered_name(first, number, name)) return false;
  return true;
}

static bool is_token_file(const char *path) {
  return ario__has_suffix(path, ".u16");
}

// A file's bytes, of a sound file those of the file of codes that it becomes.
static ario_status read_bytes(const ario_codec *codec, const ario_config *model, const char *path,
                              uint8_t **bytes, size_t *size, ario_error *error) {
  if (strcmp(codec->name, "audio") == 0 && !ario__has_suffix(path, codec->suffix))
    return ario__listen(path, &model->codes, bytes, size, error);
  return ario_file_read(path, ARIO__INPUT_MOST, bytes, size, error);
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

const ario_codec *ario__codec_of(const ario_model *model, ario_error *error) {
  const ario_config *config = ario_model_config(model);
  const ario_codec *codec = ario_codec_find(config->codec);
  if (!codec)
    ario_fail(error, ARIO_ERR_UNSUPPORTED,
              "the model's tokens are of the codec \"%s\", which cannot be used here", config->codec);
  else if (codec->vocab_size && codec->vocab_size != config->vocab_size) {
    ario_fail(error, ARIO_ERR_FORMAT, "the model has %zu tokens, but its codec %s has %zu",
              config->vocab_size, codec->name, codec->vocab_size);
    codec = NULL;
  }
  return codec;
}

bool ario__of_bytes(const ario_model *model) {
  const ario_config *config = ario_model_config(model);
  return strcmp(config->codec, "raw") == 0 && config->vocab_size == ARIO_RAW_BYTES;
}
