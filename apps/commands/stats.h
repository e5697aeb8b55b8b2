// SPDX-License-Identifier: MIT
//
// What stats has found out, between the file that finds it and the one that prints it.
#ifndef ARIO_APPS_STATS_H
#define ARIO_APPS_STATS_H

#include "arioso/statistics.h"

// One file.
typedef struct ario__stats_piece {
  const char *path;
  ario_statistics statistics; // of the part that was asked for
  bool early;                 // its music ends too soon
  size_t shared;           // notes of the longest run that stands in a training file, too; 0: none looked for
  const char *shared_with; // that file; NULL: none
  double shared_at;        // seconds from the first onset at which the run begins here
} ario__stats_piece;

typedef struct ario__stats_set {
  ario__stats_piece *pieces; // [count]
  size_t count;
  ario_statistics total;
} ario__stats_set;

typedef struct ario__stats_findings {
  ario__stats_set own, other; // other.count 0: nothing to compare with
  double expected;            // seconds that pieces were to last; 0: not said
  bool trained;               // runs were looked for
  bool per_file;
} ario__stats_findings;

void ario__stats_print(const ario__stats_findings *findings);
bool ario__stats_print_json(const ario__stats_findings *findings); // false if the output failed

#endif
