// SPDX-License-Identifier: MIT
//
// Means over the pieces of a set, and over pairs of pieces.
#include "apps/commands/stats.h"

#include <math.h>

void ario__stats_means_of(ario__stats_set *set) {
  ario__stats_means *means = &set->means;
  double share = 1 / (double)set->count;
  set->means = (ario__stats_means){.returns = 0};
  set->stuck = set->stuck_pieces = 0;
  for (size_t i = 0; i < set->count; i++) {
    const ario_statistics *s = &set->pieces[i].statistics;
    const ario_course *c = &set->pieces[i].course;
#define ADD(name, unit, text) means->figures.name += share * s->figures.name;
    ARIO_FIGURES(ADD)
#undef ADD
#define ADD(name, unit, text) means->band.name += share * s->band.name;
    ARIO_BAND_FIGURES(ADD)
#undef ADD
#define ADD(name, unit, text)                                                                                \
  means->first.name += share * c->first.name;                                                                \
  means->last.name += share * c->last.name;
    ARIO_WINDOW_FIGURES(ADD)
#undef ADD
    means->returns += share * c->returns;
    set->stuck += c->stuck;
    set->stuck_pieces += c->stuck > 0;
  }
}

// ---- Pairs ----

struct sums {
  double all, squares;
};

// A thousandth more on both sides, so that silence has a ratio, too.
static void add(struct sums *sums, double own, double other) {
  const double more = 1e-3;
  double x = log((own + more) / (other + more));
  sums->all += x;
  sums->squares += x * x;
}

// The interval is that of a normal distribution of logarithms.
static ario__stats_ratio ratio_of(const struct sums *sums, size_t count) {
  const double deviations = 1.96;
  double n = (double)count, mean = sums->all / n;
  double error = sqrt(fmax(0, sums->squares / n - mean * mean) / n);
  return (ario__stats_ratio){exp(mean), exp(mean - deviations * error), exp(mean + deviations * error)};
}

void ario__stats_ratios_of(ario__stats_findings *f) {
#define RATIO(name)                                                                                          \
  {                                                                                                          \
    struct sums sums = {0};                                                                                  \
    for (size_t i = 0; i < f->own.count; i++)                                                                \
      add(&sums, f->own.pieces[i].course.end.name,                                                           \
          f->other.pieces[f->own.pieces[i].partner].course.end.name);                                        \
    f->ratios.name = ratio_of(&sums, f->own.count);                                                          \
  }
  ARIO__STATS_RATIOS(RATIO)
#undef RATIO
}
