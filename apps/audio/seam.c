// SPDX-License-Identifier: MIT
//
// Linear fades. Their shares stay between 0 and 1: the frames next to a fade hold the pure sound.
#include "apps/audio/seam.h"

void ario__seam_cross(float *frame, size_t channels, float sample, size_t left, size_t fade) {
  if (left > fade) return;
  float share = (float)(fade - left + 1) / (float)(fade + 1);
  for (size_t k = 0; k < channels; k++) frame[k] += share * (sample - frame[k]);
}

float ario__seam_level(size_t left, size_t fade) {
  return left > fade ? 1 : (float)left / (float)(fade + 1);
}
