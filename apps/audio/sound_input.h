// SPDX-License-Identifier: MIT
//
// A sound input reads a file of any rate and number of channels as mono at one chosen sample rate.
#ifndef ARIO_APPS_SOUND_INPUT_H
#define ARIO_APPS_SOUND_INPUT_H

#include "apps/cli/input.h"

typedef struct ario__sound_input ario__sound_input; // mutable; one thread

// Opens a file, skips its first `skip` frames, and warns of what is odd about it. One read makes about `samples`
// samples at `rate` Hz. `source` must outlive the input. Errors: those of ario_sound_reader_open; ERR_ARGUMENT
// for a sample rate that cannot be converted; ERR_MEMORY; ERR_STATE if the user interrupts.
ARIO_NODISCARD ario_status ario__sound_input_open(const ario__input *source, unsigned rate, size_t samples,
                                                  uint64_t skip, ario__sound_input **out, ario_error *error);
void ario__sound_input_free(ario__sound_input *input); // safe on NULL

ario_sound_info ario__sound_input_info(const ario__sound_input *input);

// Reads the next samples [*count] at the chosen rate, valid until the next call; *count may be 0. *end is
// true if nothing follows. Errors: those of ario_sound_reader_read; ERR_STATE if the user interrupts.
ARIO_NODISCARD ario_status ario__sound_input_next(ario__sound_input *input, const float **samples,
                                                  size_t *count, bool *end, ario_error *error);

// The frames of the file read so far, including the skipped ones.
uint64_t ario__sound_input_frames(const ario__sound_input *input);

#endif
