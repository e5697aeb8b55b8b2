// SPDX-License-Identifier: MIT
//
// Sound that is ready to be performed: a line of stereo frames, counted from the first that was ever
// appended, of which those that are behind are forgotten. One thread at a time.
#ifndef ARIO_APPS_TAPE_H
#define ARIO_APPS_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ario__tape ario__tape;

ario__tape *ario__tape_create(void);    // NULL if memory is short
void ario__tape_free(ario__tape *tape); // safe on NULL

// Appends samples [frames, 2]; what lies before frame `behind` may be forgotten. False if memory is short.
bool ario__tape_append(ario__tape *tape, const float *samples, size_t frames, int64_t behind);

int64_t ario__tape_end(const ario__tape *tape); // one past the last frame

// Takes back what lies from frame `at` on; returns the new end.
int64_t ario__tape_cut(ario__tape *tape, int64_t at);

// samples [frames, 2] from frame `at` on; silence where there is nothing.
void ario__tape_read(const ario__tape *tape, int64_t at, float *samples, size_t frames);

#endif
