// SPDX-License-Identifier: MIT
//
// A tape of sound to perform: stereo frames, counted from the first that was ever appended. Old frames are
// dropped. One thread at a time.
#ifndef ARIO_APPS_TAPE_H
#define ARIO_APPS_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ario__tape ario__tape;

ario__tape *ario__tape_create(void);    // NULL if memory is short
void ario__tape_free(ario__tape *tape); // safe on NULL

// Appends samples [frames, 2]; frames before `behind` may be dropped. False if memory is short.
bool ario__tape_append(ario__tape *tape, const float *samples, size_t frames, int64_t behind);

int64_t ario__tape_end(const ario__tape *tape); // one past the last frame

// Removes the frames from `at` on; returns the new end.
int64_t ario__tape_cut(ario__tape *tape, int64_t at);

// Reads samples [frames, 2] from frame `at` on; silence where there is nothing.
void ario__tape_read(const ario__tape *tape, int64_t at, float *samples, size_t frames);

#endif
