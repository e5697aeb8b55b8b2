// SPDX-License-Identifier: MIT
//
// The system's monotonic clock.
#include "apps/cli/stopwatch.h"

#include <time.h>

double ario__seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
