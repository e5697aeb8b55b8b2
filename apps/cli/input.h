// SPDX-License-Identifier: MIT
//
// The one file that a command reads: named, or "-" for standard input. What is no regular file, such as a pipe, gives
// its bytes once: it is read to its end first, and everything that looks at it sees these bytes.
#ifndef ARIO_APPS_INPUT_H
#define ARIO_APPS_INPUT_H

#include "arioso/sound.h"
#include "arioso/symbolic.h"

#include <stdio.h>

typedef enum ario__input_kind {
  ARIO__INPUT_UNSEEN, // nobody has looked
  ARIO__INPUT_OTHER,
  ARIO__INPUT_MIDI,
  ARIO__INPUT_CODES, // of an audio codec, *.tok
  ARIO__INPUT_SOUND,
} ario__input_kind;

typedef struct ario__input {
  const char *path; // as the user named it
  const char *name; // for messages
  ario__input_kind kind;
  uint8_t *bytes; // [size], if it has been read; otherwise NULL: it can be opened by its path
  size_t size;
} ario__input;

// An input that is only named. It is opened by its path, once if it is a pipe.
ario__input ario__input_named(const char *path);

// Opens an input and finds its kind by its bytes. `path` must outlive it. The caller calls ario__input_free in any
// case. Errors: those of ario_file_read; a pipe may have 1 GiB.
ARIO_NODISCARD ario_status ario__input_open(const char *path, ario__input *input, ario_error *error);
void ario__input_free(ario__input *input); // safe on a zeroed one

// The bytes of the input, at most `limit`; the caller frees them. Errors: those of ario_file_read.
ARIO_NODISCARD ario_status ario__input_read(const ario__input *input, size_t limit, uint8_t **bytes,
                                            size_t *size, ario_error *error);
// The same as a stream, which the caller closes before the input is freed. NULL, with the error set, if it cannot be opened.
FILE *ario__input_stream(const ario__input *input, ario_error *error);
// The input as a song, read by a codec, or as sound; it must outlive the reader. Errors: those of ario_song_open and
// ario_sound_reader_open.
ARIO_NODISCARD ario_status ario__input_song(const ario__input *input, const ario_symbolic *symbolic,
                                            ario_song **song, ario_error *error);
ARIO_NODISCARD ario_status ario__input_sound(const ario__input *input, ario_sound_reader **reader,
                                             ario_error *error);

#endif
