// SPDX-License-Identifier: MIT
//
// A peak limiter: what would exceed the ceiling is turned down with what is around it, all channels alike, instead of being
// clipped. The gain falls at once to what a sample needs, stays there for a moment, and then rises again; where it is 1,
// samples pass unchanged, bit for bit. It delays nothing, and works sample by sample, so that the result does not depend
// on the sizes of blocks.
#ifndef ARIO_APPS_LIMITER_H
#define ARIO_APPS_LIMITER_H

#include <stddef.h>
#include <stdint.h>

// Plain data.
typedef struct ario__limiter {
  unsigned rate; // 0: samples pass
  double gain;   // now
  int64_t held;  // frames for which it has stood still
  double peak;   // the loudest sample that came in
} ario__limiter;

extern const double ario__limiter_ceiling; // -0.1 dBFS

ario__limiter ario__limiter_make(unsigned rate);

// Limits samples [frames, channels] in place.
void ario__limiter_apply(ario__limiter *limiter, float *samples, size_t frames, size_t channels);

#endif
