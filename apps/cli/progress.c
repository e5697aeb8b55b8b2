// SPDX-License-Identifier: MIT
//
// The progress line.
#include "apps/cli/progress.h"
#include "apps/cli/console.h"
#include "apps/cli/stderr_guard.h"
#include "apps/cli/stopwatch.h"

#include <math.h>
#include <stdio.h>

void ario__progress_start(ario__progress *progress, const char *what) {
  *progress = (ario__progress){.what = what, .started = ario__seconds_now(), .from = -1};
}

const char *ario__progress_left(const ario__progress *progress, double fraction, char *text) {
  double elapsed = ario__seconds_now() - progress->started, done = fraction - progress->from;
  double left = elapsed / done * (1 - fraction), minutes = left / 60;
  *text = 0;
  if (progress->from < 0 || elapsed < 1 || done < 0.02 * (1 - progress->from)) return text;
  if (minutes >= 60)
    snprintf(text, 24, "%.0f h %02.0f min left", floor(minutes / 60), floor(fmod(minutes, 60)));
  else
    snprintf(text, 24, minutes >= 10 ? "%.0f min left" : "%.0f s left", minutes >= 10 ? minutes : left);
  return text;
}

void ario__progress_show(ario__progress *progress, double fraction, const char *detail) {
  double now = ario__seconds_now();
  char left[24], line[240];
  if (progress->from < 0) progress->from = fraction;
  if (now - progress->last < 0.1 || !ario__stderr_is_terminal()) return;
  progress->last = now;
  progress->shown = true;
  ario__progress_left(progress, fraction, left);
  snprintf(line, sizeof line, "%s: %3.0f %%%s%s%s%s", progress->what, 100 * fraction, *left ? "  " : "", left,
           detail ? "  " : "", detail ? detail : "");
  ario__console_line(line);
}

void ario__progress_end(ario__progress *progress) {
  if (progress->shown) ario__console_line("");
  progress->shown = false;
}
