// SPDX-License-Identifier: MIT
//
// A listener reads a sound file of any rate and number of channels and encodes it to audio codes as it reads.
#ifndef ARIO_APPS_LISTENER_H
#define ARIO_APPS_LISTENER_H

#include "apps/cli/input.h"
#include "arioso/audio.h"

typedef struct ario__listener ario__listener; // mutable; one thread

typedef struct ario__listening {
  const ario_audio_codec *codec; // must outlive the listener
  size_t levels;                 // 0: all
  size_t chunk;                  // most frames of codes per call; 0: 150
  size_t threads;                // 0: 1
  uint64_t skip;                 // frames at the beginning of the file that are skipped
} ario__listening;

// Opens a file; `source` must outlive the listener. Errors: those of
// ario_sound_reader_open; ERR_ARGUMENT for a sample rate that cannot be converted; ERR_MEMORY.
ARIO_NODISCARD ario_status ario__listener_open(const ario__input *source, const ario__listening *how,
                                               ario__listener **out, ario_error *error);
void ario__listener_free(ario__listener *listener); // safe on NULL

ario_sound_info ario__listener_info(const ario__listener *listener);

// Reads and encodes the next chunk: *codes [*frames, levels], valid until the next call; *frames may be 0.
// *end is true if nothing follows. Errors: those of ario_sound_reader_read; ERR_STATE if the user interrupts.
ARIO_NODISCARD ario_status ario__listener_next(ario__listener *listener, const uint16_t **codes,
                                               size_t *frames, bool *end, ario_error *error);

// The frames of the file read so far, and the samples encoded so far at the codec's rate.
uint64_t ario__listener_read(const ario__listener *listener);
uint64_t ario__listener_samples(const ario__listener *listener);

// Encodes a whole file to bytes [*size] of a .tok file, with as many levels as `codes` has. The caller frees
// *bytes with free(). The codec is the default one and must be the codec of `codes`; codes->levels 0 accepts
// any codec and keeps all its levels.
ARIO_NODISCARD ario_status ario__listen(const ario__input *source, const ario_codes *codes, uint8_t **bytes,
                                        size_t *size, ario_error *error);

#endif
