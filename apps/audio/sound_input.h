// SPDX-License-Identifier: MIT
//
// A sound file of any rate and number of channels, read as mono at the rate that is wanted.
#ifndef ARIO_APPS_SOUND_INPUT_H
#define ARIO_APPS_SOUND_INPUT_H

#include "arioso/sound.h"

typedef struct ario__sound_input ario__sound_input; // mutable; one thread

// Opens a file ("-": standard input) and passes over its first `skip` frames. `samples` is about what one
// read makes at `rate` Hz. `path` must outlive the input. Errors: those of ario_sound_reader_open;
// ERR_ARGUMENT for a rate that cannot be converted; ERR_MEMORY; ERR_STATE if the user interrupts.
ARIO_NODISCARD ario_status ario__sound_input_open(const char *path, unsigned rate, size_t samples,
                                                  uint64_t skip, ario__sound_input **out, ario_error *error);
void ario__sound_input_free(ario__sound_input *input); // safe on NULL

ario_sound_info ario__sound_input_info(const ario__sound_input *input);

// Reads on: samples [*count] at the wanted rate, valid until the next call; there may be none. *end: nothing
// follows. Errors: those of ario_sound_reader_read, ERR_STATE if the user interrupts.
ARIO_NODISCARD ario_status ario__sound_input_next(ario__sound_input *input, const float **samples,
                                                  size_t *count, bool *end, ario_error *error);

// Frames of the file that were read so far, those passed over included.
uint64_t ario__sound_input_frames(const ario__sound_input *input);

// True for a file that libsndfile reads.
bool ario__is_sound(const char *path);

#endif
