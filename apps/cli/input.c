// SPDX-License-Identifier: MIT
//
// Reads pipes to their end, and tells kinds of files by their first bytes.
#include "apps/cli/input.h"
#include "apps/cli/print.h"
#include "arioso/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { HEAD = 4096, MOST_BYTES = 1 << 30 };

ario__input ario__input_named(const char *path) {
  return (ario__input){.path = path, .name = ario__is_pipe_name(path) ? "standard input" : path};
}

static bool begins(const uint8_t *head, size_t size, size_t at, const char *text) {
  size_t length = strlen(text);
  return size >= at + length && memcmp(head + at, text, length) == 0;
}

// MIDI files may have something else before their header.
static bool holds_header(const uint8_t *head, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (begins(head, size, i, "MThd")) return true;
  return false;
}

static ario__input_kind kind_of(const ario__input *input, const uint8_t *head, size_t size) {
  if (begins(head, size, 0, "MThd") || (begins(head, size, 0, "RIFF") && begins(head, size, 8, "RMID")))
    return ARIO__INPUT_MIDI;
  if (begins(head, size, 0, "ariotok\n")) return ARIO__INPUT_CODES;
  ario_sound_reader *reader;
  bool sound = ario__input_sound(input, &reader, NULL) == ARIO_OK;
  ario_sound_reader_free(reader);
  return sound ? ARIO__INPUT_SOUND : holds_header(head, size) ? ARIO__INPUT_MIDI : ARIO__INPUT_OTHER;
}

static ario_status look(ario__input *input, ario_error *error) {
  uint8_t head[HEAD];
  FILE *file = fopen(input->path, "rb");
  if (!file)
    return ario_fail(error, errno == ENOENT ? ARIO_ERR_NOT_FOUND : ARIO_ERR_IO, "%s: cannot be opened: %s",
                     input->path, strerror(errno));
  size_t size = fread(head, 1, sizeof head, file);
  fclose(file);
  input->kind = kind_of(input, head, size);
  return ARIO_OK;
}

ario_status ario__input_open(const char *path, ario__input *input, ario_error *error) {
  struct stat info;
  *input = ario__input_named(path);
  if (!ario__is_pipe_name(path) && stat(path, &info) == 0 && S_ISREG(info.st_mode)) return look(input, error);
  ario_status status = ario_file_read(path, MOST_BYTES, &input->bytes, &input->size, error);
  if (!status) input->kind = kind_of(input, input->bytes, input->size < HEAD ? input->size : HEAD);
  return status;
}

void ario__input_free(ario__input *input) {
  free(input->bytes);
  *input = (ario__input){.path = NULL};
}

ario_status ario__input_read(const ario__input *input, size_t limit, uint8_t **bytes, size_t *size,
                             ario_error *error) {
  if (!input->bytes) return ario_file_read(input->path, limit, bytes, size, error);
  *size = 0;
  *bytes = NULL;
  if (input->size > limit)
    return ario_fail(error, ARIO_ERR_LIMIT, "%s: has %zu bytes; at most %zu can be read", input->name,
                     input->size, limit);
  *bytes = malloc(input->size + 1);
  if (!*bytes)
    return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", input->name, ario_strerror(ARIO_ERR_MEMORY));
  memcpy(*bytes, input->bytes, input->size);
  *size = input->size;
  return ARIO_OK;
}

FILE *ario__input_stream(const ario__input *input, ario_error *error) {
  FILE *stream = input->bytes ? fmemopen(input->bytes, input->size, "rb") : fopen(input->path, "rb");
  if (!stream) ario_fail(error, ARIO_ERR_IO, "%s: cannot be opened: %s", input->name, strerror(errno));
  return stream;
}

ario_status ario__input_song(const ario__input *input, const ario_symbolic *symbolic, ario_song **song,
                             ario_error *error) {
  if (!input->bytes) return symbolic->open(input->path, song, error);
  ario_error detail = {""};
  ario_status status = ario_song_parse(input->bytes, input->size, song, &detail);
  return status ? ario_fail(error, status, "%s: %s", input->name, detail.text) : ARIO_OK;
}

ario_status ario__input_sound(const ario__input *input, ario_sound_reader **reader, ario_error *error) {
  if (!input->bytes) return ario_sound_reader_open(input->path, reader, error);
  return ario_sound_reader_wrap(input->name, input->bytes, input->size, reader, error);
}
