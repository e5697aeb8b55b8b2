// SPDX-License-Identifier: MIT
//
// A tape: stereo sound to perform. Frames are numbered from the first one ever appended; old frames are
// dropped. One thread at a time.
#ifndef ARIO_APPS_TAPE_H
#define ARIO_APPS_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ario__tape ario__tape;

ario__tape *ario__tape_create(void);    // NULL if memory is short
void ario__tape_free(ario__tape *tape); // safe on NULL

// Appends samples [frames, 2]. Frames before `behind` may be dropped. Returns false if memory is short.
bool ario__tape_append(ario__tape *tape, const float *samples, size_t frames, int64_t behind);

int64_t ario__tape_end(const ario__tape *tape); // one past the last frame

// Removes the frames from `at` on. Returns the new end.
int64_t ario__tape_cut(ario__tape *tape, int64_t at);

// Reads samples [frames, 2] from frame `at` on. Frames that are not on the tape are silent.
void ario__tape_read(const ario__tape *tape, int64_t at, float *samples, size_t frames);

#endif
