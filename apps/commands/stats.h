// SPDX-License-Identifier: MIT
//
// The findings of stats: stats.c makes them, stats_print.c prints them.
#ifndef ARIO_APPS_STATS_H
#define ARIO_APPS_STATS_H

#include "arioso/statistics.h"

// One file.
typedef struct ario__stats_piece {
  const char *path;
  ario_statistics statistics; // of the part that is described
  bool early;                 // its music ends too soon
  size_t shared;              // notes in the longest run that a training file has, too
  const char *shared_with;    // that file; NULL: none
  double shared_at;           // where the run begins here, in seconds from the first onset
} ario__stats_piece;

typedef struct ario__stats_set {
  ario__stats_piece *pieces; // [count]
  size_t count;
  ario_statistics total;
} ario__stats_set;

typedef struct ario__stats_findings {
  ario__stats_set own, other; // other.count 0: nothing to compare with
  double expected;            // seconds that pieces should last; 0: unknown
  bool trained;               // compared with training files
  bool per_file;
} ario__stats_findings;

void ario__stats_print(const ario__stats_findings *findings);
// Returns the exit status, with the reason printed.
int ario__stats_print_json(const ario__stats_findings *findings, const char *command);

#endif
