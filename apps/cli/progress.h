// SPDX-License-Identifier: MIT
//
// A line on the terminal that says how far work has come; nothing where standard error is no terminal.
#ifndef ARIO_APPS_PROGRESS_H
#define ARIO_APPS_PROGRESS_H

#include <stdbool.h>

typedef struct ario__progress {
  const char *what; // "take 2 of 3"
  bool shown;       // standard error is a terminal and something stands there
  double started, last;
  double from; // fraction that was there at the start, of work that goes on; negative: not known yet
} ario__progress;

void ario__progress_start(ario__progress *progress, const char *what);
// Renews the line, ten times a second at most: fraction 0..1, and a detail ("212 tokens/s") that may be NULL.
void ario__progress_show(ario__progress *progress, double fraction, const char *detail);
void ario__progress_end(ario__progress *progress); // clears the line

// text [24] = how long the rest takes at the speed so far: "1 h 05 min left", "40 s left"; "" while that is
// not to be told.
const char *ario__progress_left(const ario__progress *progress, double fraction, char *text);

#endif
