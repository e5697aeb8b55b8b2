// SPDX-License-Identifier: MIT
//
// The system's monotonic clock.
#include "apps/cli/stopwatch.h"

#include <math.h>
#include <time.h>

double ario__seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void ario__sleep(double seconds) {
  double whole = floor(seconds);
  const struct timespec time = {.tv_sec = (time_t)whole, .tv_nsec = (long)((seconds - whole) * 1e9)};
  nanosleep(&time, NULL);
}
