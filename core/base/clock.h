// SPDX-License-Identifier: MIT
//
// A clock that only goes forward, for durations.
#ifndef ARIO_CLOCK_H
#define ARIO_CLOCK_H

#include <time.h>

static inline double ario__clock_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

#endif
