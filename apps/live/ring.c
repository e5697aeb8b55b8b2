// SPDX-License-Identifier: MIT
//
// Two counters that only grow, each written by one side.
#include "apps/live/ring.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct ario__ring {
  size_t room; // a power of two, so that counters may wrap
  _Atomic size_t written, read;
  float *samples; // [room, 2]
};

ario_status ario__ring_create(size_t frames, ario__ring **out) {
  *out = NULL;
  size_t room = 1;
  while (room < frames) {
    if (room > SIZE_MAX / 4 / sizeof(float)) return ARIO_ERR_LIMIT;
    room *= 2;
  }
  ario__ring *ring = calloc(1, sizeof *ring);
  if (ring) ring->samples = calloc(room, 2 * sizeof *ring->samples);
  if (!ring || !ring->samples) {
    ario__ring_free(ring);
    return ARIO_ERR_MEMORY;
  }
  ring->room = room;
  *out = ring;
  return ARIO_OK;
}

void ario__ring_free(ario__ring *ring) {
  if (!ring) return;
  free(ring->samples);
  free(ring);
}

size_t ario__ring_filled(const ario__ring *ring) {
  size_t read = atomic_load_explicit(&ring->read, memory_order_acquire);
  return atomic_load_explicit(&ring->written, memory_order_acquire) - read;
}

// In two parts where the ring wraps.
size_t ario__ring_write(ario__ring *ring, const float *samples, size_t frames) {
  size_t at = atomic_load_explicit(&ring->written, memory_order_relaxed);
  size_t room = ring->room - (at - atomic_load_explicit(&ring->read, memory_order_acquire));
  if (frames > room) frames = room;
  size_t place = at & (ring->room - 1), first = ring->room - place;
  if (first > frames) first = frames;
  memcpy(ring->samples + 2 * place, samples, 2 * first * sizeof *samples);
  memcpy(ring->samples, samples + 2 * first, 2 * (frames - first) * sizeof *samples);
  atomic_store_explicit(&ring->written, at + frames, memory_order_release);
  return frames;
}

size_t ario__ring_read(ario__ring *ring, float *samples, size_t frames) {
  size_t at = atomic_load_explicit(&ring->read, memory_order_relaxed);
  size_t filled = atomic_load_explicit(&ring->written, memory_order_acquire) - at;
  if (frames > filled) frames = filled;
  size_t place = at & (ring->room - 1), first = ring->room - place;
  if (first > frames) first = frames;
  memcpy(samples, ring->samples + 2 * place, 2 * first * sizeof *samples);
  memcpy(samples + 2 * first, ring->samples, 2 * (frames - first) * sizeof *samples);
  atomic_store_explicit(&ring->read, at + frames, memory_order_release);
  return frames;
}
