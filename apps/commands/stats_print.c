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

static void compare(const ario__stats_findings *f, ario_histogram h, double *overlap, double *divergence) {
  ario_histogram_compare(&f->own.total, &f->other.total, h, overlap, divergence);
}

static void compare_all(const ario__stats_findings *f, double *overlap, double *divergence) {
  *overlap = *divergence = 0;
  for (int h = 0; h < histograms(f); h++) {
    double one, two;
    compare(f, (ario_histogram)h, &one, &two);
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

static void print_figures(const ario__stats_findings *f) {
  const ario_figures *own = &f->own.total.figures, *other = &f->other.total.figures;
  bool both = f->other.count > 0;
#define PRINT(name, unit, text)                                                                              \
  ario__print("  %-16s %8.2f", #name, own->name);                                                            \
  if (both) ario__print(" %8.2f", other->name);                                                              \
  ario__print(" %-9s  %s\n", unit, text);
  ARIO_FIGURES(PRINT)
#undef PRINT
  const ario_band_figures *band = &f->own.total.band, *others = &f->other.total.band;
#define PRINT(name, unit, text)                                                                              \
  ario__print("  %-16s %8.2f", #name, band->name);                                                           \
  if (both) ario__print(" %8.2f", others->name);                                                             \
  ario__print(" %-9s  %s\n", unit, text);
  if (is_told(f)) {
    ARIO_BAND_FIGURES(PRINT)
  }
#undef PRINT
}

static void print_comparison(const ario__stats_findings *f) {
  double overlap, divergence;
  ario__print("similarity             overlap  divergence\n");
  for (int h = 0; h < histograms(f); h++) {
    compare(f, (ario_histogram)h, &overlap, &divergence);
    ario__print("  %20.3f  %10.4f  %s\n", overlap, divergence, ario_histogram_text((ario_histogram)h));
  }
  compare_all(f, &overlap, &divergence);
  ario__print("  %20.3f  %10.4f  on average\n", overlap, divergence);
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

static void report_pieces(ario__report *list, const ario__stats_findings *f) {
  for (size_t i = 0; i < f->own.count; i++) {
    const ario__stats_piece *piece = &f->own.pieces[i];
    ario__report *to = ario__report_add_object(list, NULL);
    ario__report_add_text(to, "file", piece->path);
    report_statistics(to, &piece->statistics);
    if (f->expected > 0) ario__report_add_bool(to, "early", piece->early);
    if (!f->trained) continue;
    ario__report_add_whole(to, "shared", piece->shared);
    ario__report_add_text(to, "shared_with", piece->shared_with);
    ario__report_add_number(to, "shared_at", piece->shared_at);
  }
}

static void report_comparison(ario__report *to, const ario__stats_findings *f) {
  static const char *const names[] = {
#define NAME(name, bins, text) #name,
      ARIO_HISTOGRAMS(NAME)
#undef NAME
  };
  double overlap, divergence;
  for (int h = 0; h < histograms(f); h++) {
    compare(f, (ario_histogram)h, &overlap, &divergence);
    ario__report *one = ario__report_add_object(to, names[h]);
    ario__report_add_number(one, "overlap", overlap);
    ario__report_add_number(one, "divergence", divergence);
  }
  compare_all(f, &overlap, &divergence);
  ario__report_add_number(to, "overlap", overlap);
  ario__report_add_number(to, "divergence", divergence);
}

int ario__stats_print_json(const ario__stats_findings *f, const char *command) {
  ario__report *root = ario__report_object();
  report_pieces(ario__report_add_array(root, "files"), f);
  report_statistics(ario__report_add_object(root, "all"), &f->own.total);
  if (f->other.count) {
    report_statistics(ario__report_add_object(root, "against"), &f->other.total);
    report_comparison(ario__report_add_object(root, "compared"), f);
  }
  return ario__report_finish(root, command);
}
