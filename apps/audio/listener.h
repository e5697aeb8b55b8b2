// SPDX-License-Identifier: MIT
//
// Audio codes of a sound file of any rate and number of channels, encoded as the file is read.
#ifndef ARIO_APPS_LISTENER_H
#define ARIO_APPS_LISTENER_H

#include "arioso/audio.h"
#include "arioso/sound.h"

typedef struct ario__listener ario__listener; // mutable; one thread

typedef struct ario__listening {
  const ario_audio_codec *codec; // must outlive the listener
  size_t levels;                 // 0: all
  size_t chunk;                  // most frames of codes that are made at a time; 0: 150
  size_t threads;                // 0: 1
  uint64_t skip;                 // frames of the file at its beginning that are passed over
} ario__listening;

// "-" is standard input. Errors: those of ario_sound_reader_open; ERR_ARGUMENT for a rate that cannot be
// converted; ERR_MEMORY.
ARIO_NODISCARD ario_status ario__listener_open(const char *path, const ario__listening *how,
                                               ario__listener **out, ario_error *error);
void ario__listener_free(ario__listener *listener); // safe on NULL

ario_sound_info ario__listener_info(const ario__listener *listener);

// Reads and encodes on: *codes [*frames, levels], valid until the next call; there may be none. *end: nothing
// follows. Errors: those of ario_sound_reader_read, ERR_STATE if the user interrupts.
ARIO_NODISCARD ario_status ario__listener_next(ario__listener *listener, const uint16_t **codes,
                                               size_t *frames, bool *end, ario_error *error);

// Frames of the file that were read so far; samples at the codec's rate that were encoded.
uint64_t ario__listener_read(const ario__listener *listener);
uint64_t ario__listener_samples(const ario__listener *listener);

// Encodes a whole file: bytes [*size] are those of a .tok file, with as many levels as `codes` has; the
// caller frees them. The codec is the default one, which must be that of `codes` (codes->levels 0: any, all
// levels).
ARIO_NODISCARD ario_status ario__listen(const char *path, const ario_codes *codes, uint8_t **bytes,
                                        size_t *size, ario_error *error);

#endif
