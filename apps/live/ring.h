// SPDX-License-Identifier: MIT
//
// A ring buffer of stereo frames between a writing and a reading thread; neither locks, waits or allocates.
#ifndef ARIO_APPS_RING_H
#define ARIO_APPS_RING_H

#include "arioso/status.h"

typedef struct ario__ring ario__ring;

// Room for at least `frames` >= 1. Errors: ERR_LIMIT, ERR_MEMORY.
ARIO_NODISCARD ario_status ario__ring_create(size_t frames, ario__ring **out);
void ario__ring_free(ario__ring *ring); // safe on NULL

// For the writer: appends up to `frames` of samples [frames, 2]; returns how many fitted.
size_t ario__ring_write(ario__ring *ring, const float *samples, size_t frames);

// For the reader: takes up to `frames` into samples [frames, 2]; returns how many there were.
size_t ario__ring_read(ario__ring *ring, float *samples, size_t frames);

// Frames written and not yet read. For any thread; a third one gets a value that may already be old.
size_t ario__ring_filled(const ario__ring *ring);

#endif
