// SPDX-License-Identifier: MIT
//
// How loud a channel is played, and whether it fades out.
#ifndef ARIO_LOUDNESS_H
#define ARIO_LOUDNESS_H

#include "arioso/status.h"

// A stretch of time in which notes sound at one volume (CC 7) and expression (CC 11).
typedef struct ario__stretch {
  int64_t microseconds;
  uint8_t volume, expression;
} ario__stretch;

typedef struct ario__loudness {
  ario__stretch *stretches; // [count] in order of time
  size_t count, room;
  bool failed; // memory ran out
} ario__loudness;

// Adds time; of no microseconds it adds nothing.
void ario__loudness_add(ario__loudness *loudness, int64_t microseconds, int volume, int expression);

// Volume and expression when notes last sounded at the loudness of the passage: that of the last 8 seconds of sound,
// and where they fade, or are far softer than the piece, that of as much more as it takes to come to what does not.
// False if nothing was audible, or memory ran out.
bool ario__loudness_level(const ario__loudness *loudness, int *volume, int *expression);

void ario__loudness_free(ario__loudness *loudness);

#endif
