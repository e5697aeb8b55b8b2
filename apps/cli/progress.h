// SPDX-License-Identifier: MIT
//
// A progress line on standard error, if that is a terminal.
#ifndef ARIO_APPS_PROGRESS_H
#define ARIO_APPS_PROGRESS_H

#include <stdbool.h>

typedef struct ario__progress {
  const char *what; // "take 2 of 3"
  bool shown;       // a line stands on the terminal
  double started, last;
  double from; // the fraction done at the start, of resumed work; negative: not known yet
} ario__progress;

void ario__progress_start(ario__progress *progress, const char *what);
// Rewrites the line, at most ten times a second: the fraction done, 0..1, and a detail ("212 tokens/s") or
// NULL.
void ario__progress_show(ario__progress *progress, double fraction, const char *detail);
void ario__progress_end(ario__progress *progress); // clears the line

// text [24]: the time left at the speed so far: "1 h 05 min left", "40 s left"; "" while it is too early to
// tell.
const char *ario__progress_left(const ario__progress *progress, double fraction, char *text);

#endif
