// SPDX-License-Identifier: MIT
//
// A reel plays a recording's own sound: it reads the file and converts it to stereo at another sample rate.
#ifndef ARIO_APPS_REEL_H
#define ARIO_APPS_REEL_H

#include "apps/audio/recording.h"

typedef struct ario__reel ario__reel;

// Opens a reel at `rate` Hz; the recording must outlive it. Errors: those of ario_sound_reader_open;
// ERR_ARGUMENT for a sample rate that cannot be converted; ERR_MEMORY.
ARIO_NODISCARD ario_status ario__reel_open(const ario__recording *recording, unsigned rate, ario__reel **out,
                                           ario_error *error);
void ario__reel_free(ario__reel *reel); // safe on NULL

// Reads the next samples [*frames, 2], valid until the next call. *end is true at the recording's end. If
// the file is not stereo, both sides get the mean of its channels. Errors: those of
// ario_sound_reader_read_all; ERR_MEMORY.
ARIO_NODISCARD ario_status ario__reel_next(ario__reel *reel, const float **samples, size_t *frames, bool *end,
                                           ario_error *error);

#endif
