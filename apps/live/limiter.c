// SPDX-License-Identifier: MIT
//
// The limiter's gain.
#include "apps/live/limiter.h"

#include <math.h>

const double ario__limiter_ceiling = 0.98855309465694; // -0.1 dBFS

static const double hold = 0.05; // seconds for which the gain stays down: longer than a period of a bass
static const double near_ceiling = 0.9;
static const double release = 0.25; // seconds in which it comes back by 1 - 1/e of the way

ario__limiter ario__limiter_make(unsigned rate) {
  return (ario__limiter){.rate = rate, .gain = 1};
}

// The gain after a frame of this level. While the sound stays near the ceiling, the gain does not begin to rise, which
// every next peak would undo.
static double next_gain(ario__limiter *limiter, double level, double rise) {
  double gain = limiter->gain;
  if (gain < 1 && ++limiter->held > (int64_t)(hold * limiter->rate)) gain = 1 - (1 - gain) * rise;
  if (gain > 1 - 1e-3) gain = 1; // nobody hears the step
  if (level * gain > near_ceiling * ario__limiter_ceiling) limiter->held = 0;
  return level * gain > ario__limiter_ceiling ? ario__limiter_ceiling / level : gain;
}

void ario__limiter_apply(ario__limiter *limiter, float *samples, size_t frames, size_t channels) {
  if (!limiter->rate) return;
  double rise = exp(-1 / (release * limiter->rate)), ceiling = ario__limiter_ceiling;
  for (size_t i = 0; i < frames; i++) {
    float *frame = samples + channels * i;
    double level = 0;
    for (size_t c = 0; c < channels; c++) level = fmax(level, fabs((double)frame[c]));
    if (level > limiter->peak) limiter->peak = level;
    limiter->gain = next_gain(limiter, level, rise);
    if (limiter->gain == 1) continue;
    for (size_t c = 0; c < channels; c++) // rounding must not lift it above the ceiling
      frame[c] = (float)fmin(fmax(frame[c] * limiter->gain, -ceiling), ceiling);
  }
}
