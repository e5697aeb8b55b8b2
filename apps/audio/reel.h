// SPDX-License-Identifier: MIT
//
// A recording's own sound, as it is read: stereo at another rate.
#ifndef ARIO_APPS_REEL_H
#define ARIO_APPS_REEL_H

#include "apps/audio/recording.h"

typedef struct ario__reel ario__reel;

// Errors: those of ario_sound_reader_open; ERR_ARGUMENT for a rate that cannot be converted; ERR_MEMORY.
ARIO_NODISCARD ario_status ario__reel_open(const ario__recording *recording, unsigned rate, ario__reel **out,
                                           ario_error *error);
void ario__reel_free(ario__reel *reel); // safe on NULL

// The next samples [*frames, 2], valid until the next call; none are left after the recording's end. Of more
// than two channels both sides get the mean. Errors: those of reading.
ARIO_NODISCARD ario_status ario__reel_next(ario__reel *reel, const float **samples, size_t *frames, bool *end,
                                           ario_error *error);

#endif
