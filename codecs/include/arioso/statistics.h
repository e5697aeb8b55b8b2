// SPDX-License-Identifier: MIT
//
// What music is like, in numbers: to see whether what a model makes resembles what it was to resemble.
// Figures of a stretch of notes, histograms that can be added up and compared (after Yang and Lerch 2020, "On
// the evaluation of generative models in music", whose overlap area and divergence these are, taken of the
// histograms themselves), faults that a listener would notice, and the longest run of notes that stands in
// another piece.
//
// Times are steps of 10 ms, as ario_note has them. All functions: any thread.
#ifndef ARIOSO_STATISTICS_H
#define ARIOSO_STATISTICS_H

#include "arioso/midi.h"

#ifdef __cplusplus
extern "C" {
#endif

// X(name, unit, what it says). An "onset" is a note that starts in the stretch; the order of onsets is that
// of their starts, low pitches first.
#define ARIO_FIGURES(X)                                                                                      \
  X(notes_per_s, "notes/s", "onsets a second")                                                               \
  X(polyphony, "notes", "how many sound at a time, on average over the time in which any does")              \
  X(pitch_range, "semitones", "from the 5th to the 95th percentile of the onsets' pitches")                  \
  X(pitch_entropy, "bits", "entropy of the onsets' pitch classes; 3.58 if all twelve are as frequent")       \
  X(in_scale, "%", "onsets in the best major scale, or its minor, of each 10 seconds")                       \
  X(velocity, "", "mean MIDI velocity of the onsets, 1 to 127")                                              \
  X(velocity_spread, "", "its standard deviation")                                                           \
  X(overlap, "%", "of a note's length, what is shared with notes that start later: legato and pedal")        \
  X(silence, "s", "the longest time in which nothing sounds, before the last note's end")                    \
  X(similarity, "%", "onsets that end a run of eight pitches that stood in the stretch before")              \
  X(same_pitch, "notes", "the longest run of onsets of one pitch")

typedef struct ario_figures {
#define ARIO_FIGURE_FIELD(name, unit, text) double name;
  ARIO_FIGURES(ARIO_FIGURE_FIELD)
#undef ARIO_FIGURE_FIELD
} ario_figures;

// X(NAME, bins, what is counted). Logarithmic bins of a time of t steps: 0 for t = 0, else 1 + floor(2 log2
// t), the last for all that is longer.
#define ARIO_HISTOGRAMS(X)                                                                                   \
  X(PITCH, 128, "pitch")                                                                                     \
  X(PITCH_CLASS, 12, "pitch class")                                                                          \
  X(ONSET_INTERVAL, 20, "time from onset to onset, logarithmic")                                             \
  X(DURATION, 24, "length of notes, logarithmic")                                                            \
  X(VELOCITY, 32, "velocity, four to a bin")                                                                 \
  X(POLYPHONY, 24, "steps in which so many notes sound, of those in which any does")                         \
  X(DENSITY, 64, "onsets in each second")

typedef enum ario_histogram {
#define ARIO_HISTOGRAM_NAME(name, bins, text) ARIO_HISTOGRAM_##name,
  ARIO_HISTOGRAMS(ARIO_HISTOGRAM_NAME)
#undef ARIO_HISTOGRAM_NAME
      ARIO_HISTOGRAM_COUNT
} ario_histogram;

enum { ARIO_HISTOGRAM_BINS = 128 };

typedef struct ario_faults {
  size_t silences;     // times of more than 5 s in which nothing sounds, before the last note's end
  size_t loops;        // runs of notes of at least 2 s that come four times in a row, pitch for pitch
  size_t off_keyboard; // onsets below A0 (21) or above C8 (108)
  int64_t first;       // the step of the first of all these, from the stretch's beginning; -1: there is none
} ario_faults;

typedef struct ario_statistics {
  size_t onsets;
  int64_t steps; // from the stretch's beginning to the last note's end, or its own end if that is before
  ario_figures figures;
  double histograms[ARIO_HISTOGRAM_COUNT][ARIO_HISTOGRAM_BINS]; // counts
  ario_faults faults;
} ario_statistics;

// Of the notes [count], ordered as ario_song_notes has them, those that start in [from, until), what sounds
// past `until` being cut there. With no onset every figure is 0. Errors: ERR_ARGUMENT if they are not in
// order or from >= until, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_statistics_of(const ario_note *notes, size_t count, int64_t from,
                                                       int64_t until, ario_statistics *out);

// Adds up: onsets, steps, histograms and faults (`first` becomes -1); the figures become means weighted by
// onsets.
ARIO_API void ario_statistics_add(ario_statistics *total, const ario_statistics *more);

// Two histograms as distributions p and q, `a` being p. overlap: the sum of min(p, q), 1 if they are alike;
// divergence: KL(p || q) in nats, half a count having been added to each bin; both 0 if either is empty.
ARIO_API void ario_histogram_compare(const ario_statistics *a, const ario_statistics *b,
                                     ario_histogram histogram, double *overlap, double *divergence);

// What a histogram counts, in words.
ARIO_API const char *ario_histogram_text(ario_histogram histogram);

// How many bins it has, at most ARIO_HISTOGRAM_BINS.
ARIO_API size_t ario_histogram_bins(ario_histogram histogram);

// ---- Runs that two pieces share ----

// An index of one piece's runs of pitches in the order of onsets, whatever their times: a suffix automaton
// (Blumer et al. 1985), 1 KiB a note.
typedef struct ario_pitch_runs ario_pitch_runs;

// Errors: ERR_LIMIT for more than 2^21 notes, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_pitch_runs_create(const ario_note *notes, size_t count,
                                                           ario_pitch_runs **out);
ARIO_API void ario_pitch_runs_free(ario_pitch_runs *runs); // safe on NULL

// The longest run that the notes [count] share with the indexed piece. *end: the index after its last note in
// `notes`; of several runs the first.
ARIO_API size_t ario_pitch_runs_longest(const ario_pitch_runs *runs, const ario_note *notes, size_t count,
                                        size_t *end);

#ifdef __cplusplus
}
#endif

#endif
