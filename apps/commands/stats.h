// SPDX-License-Identifier: MIT
//
// The findings of stats: stats.c makes them, stats_means.c those of a whole set, stats_print.c prints them.
#ifndef ARIO_APPS_STATS_H
#define ARIO_APPS_STATS_H

#include "arioso/statistics.h"

// One file.
typedef struct ario__stats_piece {
  const char *path;
  ario_statistics statistics; // of the part that is described
  ario_course course;
  size_t partner;          // with --pairs: the piece of `other` with the same name
  bool early;              // its music ends too soon
  size_t shared;           // notes in the longest run that a training file has, too
  const char *shared_with; // that file; NULL: none
  double shared_at;        // where the run begins here, in seconds from the first onset
} ario__stats_piece;

// Means over pieces, of which each counts alike.
typedef struct ario__stats_means {
  ario_figures figures;
  ario_band_figures band;
  ario_window_figures first, last; // of their first and last ten seconds
  double returns;
} ario__stats_means;

typedef struct ario__stats_set {
  ario__stats_piece *pieces; // [count]
  size_t count;
  ario_statistics total; // figures weighted by onsets
  ario__stats_means means;
  size_t stuck, stuck_pieces; // notes that do not end, and pieces with such notes
} ario__stats_set;

// X(name): figures of the last 20 s that pairs are compared by.
#define ARIO__STATS_RATIOS(X) X(notes_per_s) X(length) X(polyphony)

// The geometric mean over pairs of a figure of the one piece divided by that of the other.
typedef struct ario__stats_ratio {
  double ratio;
  double low, high; // 95 % of other choices of as many pairs would have their mean here
} ario__stats_ratio;

typedef struct ario__stats_ratios {
#define ARIO__RATIO_FIELD(name) ario__stats_ratio name;
  ARIO__STATS_RATIOS(ARIO__RATIO_FIELD)
#undef ARIO__RATIO_FIELD
} ario__stats_ratios;

typedef struct ario__stats_findings {
  ario__stats_set own, other; // other.count 0: nothing to compare with
  ario__stats_set before;     // what came before `other` in the same pieces; count 0: unknown
  bool paired;                // each of `own` has its partner in `other`
  ario__stats_ratios ratios;  // of these pairs
  double expected;            // seconds that pieces should last; 0: unknown
  bool trained;               // compared with training files
  bool per_file;
} ario__stats_findings;

// Sets the means of a set, and the ratios of pairs, from their pieces.
void ario__stats_means_of(ario__stats_set *set);
void ario__stats_ratios_of(ario__stats_findings *findings);

void ario__stats_print(const ario__stats_findings *findings);
// Returns the exit status, with the reason printed.
int ario__stats_print_json(const ario__stats_findings *findings, const char *command);

#endif
