// SPDX-License-Identifier: MIT
//
// The progress line.
#include "apps/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

double ario__seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void ario__progress_start(ario__progress *progress, const char *what) {
  *progress = (ario__progress){.what = what, .started = ario__seconds_now()};
}

void ario__progress_show(ario__progress *progress, double fraction, const char *detail) {
  double now = ario__seconds_now();
  if (now - progress->last < 0.1 || !isatty(STDERR_FILENO)) return;
  progress->last = now;
  progress->shown = true;
  fprintf(stderr, "\r\033[K%s: %3.0f %%", progress->what, 100 * fraction);
  double elapsed = now - progress->started;
  if (fraction > 0.02 && elapsed > 1) fprintf(stderr, ", %.0f s left", elapsed / fraction * (1 - fraction));
  if (detail) fprintf(stderr, ", %s", detail);
  fflush(stderr);
}

void ario__progress_end(ario__progress *progress) {
  if (progress->shown) fprintf(stderr, "\r\033[K");
  progress->shown = false;
}
