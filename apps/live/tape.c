// SPDX-License-Identifier: MIT
//
// A growing array that drops its beginning.
#include "apps/live/tape.h"

#include <stdlib.h>
#include <string.h>

struct ario__tape {
  float *samples; // [room, 2], of which `count` frames hold sound
  size_t count, room;
  int64_t first; // the frame of samples[0]
};

ario__tape *ario__tape_create(void) {
  return calloc(1, sizeof(ario__tape));
}

void ario__tape_free(ario__tape *tape) {
  if (!tape) return;
  free(tape->samples);
  free(tape);
}

// Drops the frames before `behind`, but only if they are more than half: moving the rest costs time.
static void forget(ario__tape *tape, int64_t behind) {
  if (behind <= tape->first) return;
  size_t old = (size_t)(behind - tape->first);
  if (old > tape->count) old = tape->count;
  if (old < tape->count / 2 + 1) return;
  memmove(tape->samples, tape->samples + 2 * old, 2 * (tape->count - old) * sizeof *tape->samples);
  tape->count -= old;
  tape->first += (int64_t)old;
}

bool ario__tape_append(ario__tape *tape, const float *samples, size_t frames, int64_t behind) {
  forget(tape, behind);
  if (frames > tape->room - tape->count) {
    size_t room = 2 * tape->room + frames;
    float *grown = realloc(tape->samples, 2 * room * sizeof *grown);
    if (!grown) return false;
    tape->samples = grown;
    tape->room = room;
  }
  if (frames) memcpy(tape->samples + 2 * tape->count, samples, 2 * frames * sizeof *samples);
  tape->count += frames;
  return true;
}

int64_t ario__tape_end(const ario__tape *tape) {
  return tape->first + (int64_t)tape->count;
}

int64_t ario__tape_cut(ario__tape *tape, int64_t at) {
  if (at < tape->first) at = tape->first;
  if (at < ario__tape_end(tape)) tape->count = (size_t)(at - tape->first);
  return ario__tape_end(tape);
}

void ario__tape_read(const ario__tape *tape, int64_t at, float *samples, size_t frames) {
  for (size_t i = 0; i < frames; i++, at++) {
    bool there = at >= tape->first && at < ario__tape_end(tape);
    const float *frame = there ? tape->samples + 2 * (at - tape->first) : NULL;
    samples[2 * i] = there ? frame[0] : 0;
    samples[2 * i + 1] = there ? frame[1] : 0;
  }
}
