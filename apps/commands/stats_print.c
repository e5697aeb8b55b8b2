// SPDX-License-Identifier: MIT
//
// The output of stats: tables and JSON.
#include "apps/cli/print.h"
#include "apps/cli/report.h"
#include "apps/cli/times.h"
#include "apps/commands/stats.h"

#include <stdio.h>
#include <stdlib.h>

static double seconds_of(int64_t steps) {
  return (double)steps / ARIO_SONG_STEPS_PER_SECOND;
}

static bool has_fault(const ario__stats_piece *piece) {
  const ario_faults *faults = &piece->statistics.faults;
  return faults->silences || faults->loops || faults->off_keyboard || piece->early;
}

// ---- Numbers over a set ----

// Whether the notes of all sets tell who plays and where in the bar.
static bool is_told(const ario__stats_findings *f) {
  return f->own.total.told && (!f->other.count || f->other.total.told);
}

// The histograms that all sets have.
static int histograms(const ario__stats_findings *f) {
  return is_told(f) ? ARIO_HISTOGRAM_COUNT : ARIO_HISTOGRAM_INSTRUMENT;
}

// A set beside `other`, on average over the histograms.
static void compare_all(const ario__stats_findings *f, const ario__stats_set *set, double *overlap,
                        double *divergence) {
  *overlap = *divergence = 0;
  for (int h = 0; h < histograms(f); h++) {
    double one, two;
    ario_histogram_compare(&set->total, &f->other.total, (ario_histogram)h, &one, &two);
    *overlap += one / histograms(f);
    *divergence += two / histograms(f);
  }
}

static int by_shared(const void *a, const void *b) {
  const ario__stats_piece *const *x = a, *const *y = b;
  return ((*x)->shared > (*y)->shared) - ((*x)->shared < (*y)->shared);
}

// The piece with the longest run, and the median length; false without memory.
static bool rank_shared(const ario__stats_set *set, const ario__stats_piece **most, size_t *median) {
  const ario__stats_piece **ranked = malloc(set->count * sizeof *ranked);
  if (!ranked) return false;
  for (size_t i = 0; i < set->count; i++) ranked[i] = &set->pieces[i];
  qsort(ranked, set->count, sizeof *ranked, by_shared);
  *most = ranked[set->count - 1];
  *median = ranked[set->count / 2]->shared;
  free(ranked);
  return true;
}

// ---- For people ----

static void print_head(const ario__stats_set *set) {
  char text[24];
  ario__print("%zu file%s, %zu notes, %s of music\n", set->count, set->count == 1 ? "" : "s",
              set->total.onsets, ario__time_text(seconds_of(set->total.steps), text));
}

static void print_figure(const ario__stats_findings *f, const char *name, const double values[4],
                         const char *unit, const char *text) {
  ario__print("  %-16s", name);
  for (int i = 0; i < (f->other.count ? 4 : 2); i++) ario__print(" %8.2f", values[i]);
  ario__print(" %-9s  %s\n", unit, text);
}

static void print_heading(const ario__stats_findings *f, const char *what, const char *first,
                          const char *second) {
  ario__print("%-18s %8s %8s", what, first, second);
  if (f->other.count) ario__print(" %8s %8s", first, second);
  ario__print("\n");
}

static void print_figures(const ario__stats_findings *f) {
  const ario__stats_set *a = &f->own, *b = &f->other;
  print_heading(f, "mean over", "notes", "pieces");
#define PRINT(name, unit, text)                                                                              \
  print_figure(f, #name,                                                                                     \
               (double[]){a->total.figures.name, a->means.figures.name, b->total.figures.name,               \
                          b->means.figures.name},                                                            \
               unit, text);
  ARIO_FIGURES(PRINT)
#undef PRINT
#define PRINT(name, unit, text)                                                                              \
  print_figure(f, #name,                                                                                     \
               (double[]){a->total.band.name, a->means.band.name, b->total.band.name, b->means.band.name},   \
               unit, text);
  if (is_told(f)) {
    ARIO_BAND_FIGURES(PRINT)
  }
#undef PRINT
}

static void print_course(const ario__stats_findings *f) {
  const ario__stats_means *a = &f->own.means, *b = &f->other.means;
  print_heading(f, "seconds", "first 10", "last 10");
#define PRINT(name, unit, text)                                                                              \
  print_figure(f, #name, (double[]){a->first.name, a->last.name, b->first.name, b->last.name}, unit, text);
  ARIO_WINDOW_FIGURES(PRINT)
#undef PRINT
  ario__print("returns: %.1f %% of runs of six pitches", a->returns);
  if (f->other.count) ario__print(", beside %.1f %%", b->returns);
  ario__print("\n");
  ario__print("stuck notes: %zu in %zu of %zu", f->own.stuck, f->own.stuck_pieces, f->own.count);
  if (f->other.count)
    ario__print(", beside %zu in %zu of %zu", f->other.stuck, f->other.stuck_pieces, f->other.count);
  ario__print("\n");
}

static void print_pairs(const ario__stats_findings *f) {
  ario__print("the last 20 seconds of %zu pairs, as a ratio, and where 95 %% of such means are\n",
              f->own.count);
#define PRINT(name)                                                                                          \
  ario__print("  %-16s %8.3f  %.3f to %.3f\n", #name, f->ratios.name.ratio, f->ratios.name.low,              \
              f->ratios.name.high);
  ARIO__STATS_RATIOS(PRINT)
#undef PRINT
}

static void print_comparison(const ario__stats_findings *f) {
  double overlap, divergence;
  ario__print("similarity             overlap  divergence\n");
  for (int h = 0; h < histograms(f); h++) {
    ario_histogram_compare(&f->own.total, &f->other.total, (ario_histogram)h, &overlap, &divergence);
    ario__print("  %20.3f  %10.4f  %s\n", overlap, divergence, ario_histogram_text((ario_histogram)h));
  }
  compare_all(f, &f->own, &overlap, &divergence);
  ario__print("  %20.3f  %10.4f  on average\n", overlap, divergence);
  if (!f->before.count) return;
  compare_all(f, &f->before, &overlap, &divergence);
  ario__print("  %20.3f  %10.4f  on average, of what came before\n", overlap, divergence);
}

static void print_faults(const ario__stats_set *set, bool expected) {
  const ario_faults *all = &set->total.faults;
  size_t early = 0, faulty = 0;
  for (size_t i = 0; i < set->count; i++) {
    early += set->pieces[i].early;
    faulty += has_fault(&set->pieces[i]);
  }
  ario__print("faults in %zu of %zu: %zu silences, %zu loops, %zu notes off the keyboard", faulty, set->count,
              all->silences, all->loops, all->off_keyboard);
  ario__print(expected ? ", %zu ending early\n" : "\n", early);
  for (size_t i = 0; i < set->count; i++) {
    const ario__stats_piece *piece = &set->pieces[i];
    const ario_faults *faults = &piece->statistics.faults;
    if (!has_fault(piece)) continue;
    ario__print("  %s: %zu silences, %zu loops, %zu off the keyboard", piece->path, faults->silences,
                faults->loops, faults->off_keyboard);
    if (faults->first >= 0) ario__print(", first after %.1f s", seconds_of(faults->first));
    ario__print(piece->early ? ", ends after %.1f s\n" : "\n", seconds_of(piece->statistics.steps));
  }
}

static void print_pieces(const ario__stats_findings *f) {
  for (size_t i = 0; i < f->own.count; i++) {
    const ario__stats_piece *piece = &f->own.pieces[i];
    const ario_figures *p = &piece->statistics.figures;
    ario__print("%s\n", piece->path);
    ario__print("  %zu notes in %.1f s\n", piece->statistics.onsets, seconds_of(piece->statistics.steps));
#define PRINT(name, unit, text) ario__print("  %-16s %8.2f %s\n", #name, p->name, unit);
    ARIO_FIGURES(PRINT)
#undef PRINT
    const ario_band_figures *band = &piece->statistics.band;
#define PRINT(name, unit, text) ario__print("  %-16s %8.2f %s\n", #name, band->name, unit);
    if (piece->statistics.told) {
      ARIO_BAND_FIGURES(PRINT)
    }
#undef PRINT
    if (piece->shared_with)
      ario__print("  %-16s %8zu notes from %.1f s on, as in %s\n", "shared", piece->shared, piece->shared_at,
                  piece->shared_with);
  }
}

void ario__stats_print(const ario__stats_findings *f) {
  const ario__stats_piece *most;
  size_t median;
  if (f->per_file) print_pieces(f);
  print_head(&f->own);
  if (f->other.count) {
    ario__print("beside ");
    print_head(&f->other);
  }
  print_figures(f);
  print_course(f);
  if (f->paired) print_pairs(f);
  if (f->other.count) print_comparison(f);
  print_faults(&f->own, f->expected > 0);
  if (f->trained && rank_shared(&f->own, &most, &median))
    ario__print(
        "shared with training files: runs of %zu notes (median), of %zu at most: %s from %.1f s on, as in "
        "%s\n",
        median, most->shared, most->path, most->shared_at, most->shared_with ? most->shared_with : "none");
}

// ---- For programs ----

static void report_statistics(ario__report *to, const ario_statistics *s) {
  ario__report_add_whole(to, "notes", s->onsets);
  ario__report_add_number(to, "seconds", seconds_of(s->steps));
#define ADD(name, unit, text) ario__report_add_number(to, #name, s->figures.name);
  ARIO_FIGURES(ADD)
#undef ADD
#define ADD(name, unit, text) ario__report_add_number(to, #name, s->band.name);
  if (s->told) {
    ARIO_BAND_FIGURES(ADD)
  }
#undef ADD
  ario__report_add_whole(to, "silences", s->faults.silences);
  ario__report_add_whole(to, "loops", s->faults.loops);
  ario__report_add_whole(to, "off_keyboard", s->faults.off_keyboard);
}

static void report_window(ario__report *to, const ario_window_figures *window) {
#define ADD(name, unit, text) ario__report_add_number(to, #name, window->name);
  ARIO_WINDOW_FIGURES(ADD)
#undef ADD
}

static void report_course(ario__report *to, const ario_window_figures *first, const ario_window_figures *last,
                          double returns, size_t stuck) {
  report_window(ario__report_add_object(to, "first_10_s"), first);
  report_window(ario__report_add_object(to, "last_10_s"), last);
  ario__report_add_number(to, "returns", returns);
  ario__report_add_whole(to, "stuck_notes", stuck);
}

static void report_means(ario__report *to, const ario__stats_set *set) {
  const ario__stats_means *means = &set->means;
#define ADD(name, unit, text) ario__report_add_number(to, #name, means->figures.name);
  ARIO_FIGURES(ADD)
#undef ADD
#define ADD(name, unit, text) ario__report_add_number(to, #name, means->band.name);
  if (set->total.told) {
    ARIO_BAND_FIGURES(ADD)
  }
#undef ADD
  report_course(to, &means->first, &means->last, means->returns, set->stuck);
  ario__report_add_whole(to, "pieces_with_stuck", set->stuck_pieces);
}

static void report_pieces(ario__report *list, const ario__stats_findings *f) {
  for (size_t i = 0; i < f->own.count; i++) {
    const ario__stats_piece *piece = &f->own.pieces[i];
    ario__report *to = ario__report_add_object(list, NULL);
    ario__report_add_text(to, "file", piece->path);
    const ario_course *course = &piece->course;
    report_statistics(to, &piece->statistics);
    report_course(to, &course->first, &course->last, course->returns, course->stuck);
    if (f->expected > 0) ario__report_add_bool(to, "early", piece->early);
    if (!f->trained) continue;
    ario__report_add_whole(to, "shared", piece->shared);
    ario__report_add_text(to, "shared_with", piece->shared_with);
    ario__report_add_number(to, "shared_at", piece->shared_at);
  }
}

static void report_comparison(ario__report *to, const ario__stats_findings *f, const ario__stats_set *set) {
  static const char *const names[] = {
#define NAME(name, bins, text) #name,
      ARIO_HISTOGRAMS(NAME)
#undef NAME
  };
  double overlap, divergence;
  for (int h = 0; h < histograms(f); h++) {
    ario_histogram_compare(&set->total, &f->other.total, (ario_histogram)h, &overlap, &divergence);
    ario__report *one = ario__report_add_object(to, names[h]);
    ario__report_add_number(one, "overlap", overlap);
    ario__report_add_number(one, "divergence", divergence);
  }
  compare_all(f, set, &overlap, &divergence);
  ario__report_add_number(to, "overlap", overlap);
  ario__report_add_number(to, "divergence", divergence);
}

static void report_ratio(ario__report *to, const char *name, const ario__stats_ratio *ratio) {
  ario__report *one = ario__report_add_object(to, name);
  ario__report_add_number(one, "ratio", ratio->ratio);
  ario__report_add_number(one, "low", ratio->low);
  ario__report_add_number(one, "high", ratio->high);
}

static void report_pairs(ario__report *to, const ario__stats_findings *f) {
#define ADD(name) report_ratio(to, #name, &f->ratios.name);
  ARIO__STATS_RATIOS(ADD)
#undef ADD
}

int ario__stats_print_json(const ario__stats_findings *f, const char *command) {
  ario__report *root = ario__report_object();
  report_pieces(ario__report_add_array(root, "files"), f);
  report_statistics(ario__report_add_object(root, "all"), &f->own.total);
  report_means(ario__report_add_object(root, "means"), &f->own);
  if (f->other.count) {
    report_statistics(ario__report_add_object(root, "against"), &f->other.total);
    report_means(ario__report_add_object(root, "against_means"), &f->other);
    report_comparison(ario__report_add_object(root, "compared"), f, &f->own);
  }
  if (f->before.count) report_comparison(ario__report_add_object(root, "yardstick"), f, &f->before);
  if (f->paired) report_pairs(ario__report_add_object(root, "last_20_s"), f);
  return ario__report_finish(root, command);
}
