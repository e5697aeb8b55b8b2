// SPDX-License-Identifier: MIT
//
// What music is like, in numbers: to compare what a model makes with the music that it should resemble. There
// are figures of a stretch of notes; histograms that can be added up and compared by overlap and divergence
// (after Yang and Lerch 2020, "On the evaluation of generative models in music", here taken of the histograms
// themselves); faults that a listener would notice; the course of a piece over time; and the longest run of notes
// that also stands in another piece.
//
// Times are steps of 10 ms, as in ario_note. All functions: any thread.
#ifndef ARIOSO_STATISTICS_H
#define ARIOSO_STATISTICS_H

#include "arioso/midi.h"

#ifdef __cplusplus
extern "C" {
#endif

// X(name, unit, meaning). An "onset" is a note that starts in the stretch. Onsets are ordered by start, then
// pitch.
#define ARIO_FIGURES(X)                                                                                      \
  X(notes_per_s, "notes/s", "onsets a second")                                                               \
  X(polyphony, "notes", "notes that sound at a time, averaged over the time in which any does")              \
  X(pitch_range, "semitones", "from the 5th to the 95th percentile of the onsets' pitches")                  \
  X(pitch_entropy, "bits", "entropy of the onsets' pitch classes; 3.58 if all twelve are as frequent")       \
  X(in_scale, "%", "onsets in the best major scale, or its minor, of each 10 seconds")                       \
  X(velocity, "", "mean MIDI velocity of the onsets, 1 to 127")                                              \
  X(velocity_spread, "", "its standard deviation")                                                           \
  X(overlap, "%", "share of a note's length that overlaps later notes: legato and pedal")                    \
  X(silence, "s", "the longest time in which nothing sounds, before the last note's end")                    \
  X(similarity, "%", "onsets that end a run of eight pitches that occurred before")                          \
  X(same_pitch, "notes", "the longest run of onsets of one pitch")

// X(name, unit, meaning), of notes that tell who plays them and where in the bar. Figures of pitch, length and
// repetition, and the faults but for silences, leave drums out.
#define ARIO_BAND_FIGURES(X)                                                                                 \
  X(instruments, "", "instruments that play, drums among them")                                              \
  X(drums, "%", "onsets that are drums'")                                                                    \
  X(on_grid, "%", "onsets within 1/48 of a quarter of a sixteenth or of a triplet's eighth")

typedef struct ario_band_figures {
#define ARIO_FIGURE_FIELD(name, unit, text) double name;
  ARIO_BAND_FIGURES(ARIO_FIGURE_FIELD)
#undef ARIO_FIGURE_FIELD
} ario_band_figures;

// The instrument of drums (ario_note).
enum { ARIO_NOTE_DRUMS = 129 };

// The figures of a stretch of notes.
typedef struct ario_figures {
#define ARIO_FIGURE_FIELD(name, unit, text) double name;
  ARIO_FIGURES(ARIO_FIGURE_FIELD)
#undef ARIO_FIGURE_FIELD
} ario_figures;

// X(NAME, bins, what is counted). Logarithmic bins of a time of t steps: 0 for t = 0, else 1 + floor(2 log2
// t); the last bin takes all that is longer.
#define ARIO_HISTOGRAMS(X)                                                                                   \
  X(PITCH, 128, "pitch")                                                                                     \
  X(PITCH_CLASS, 12, "pitch class")                                                                          \
  X(ONSET_INTERVAL, 20, "time from onset to onset, logarithmic")                                             \
  X(DURATION, 24, "length of notes, logarithmic")                                                            \
  X(VELOCITY, 32, "velocity, four to a bin")                                                                 \
  X(POLYPHONY, 24, "steps by the number of notes that sound, if any does")                                   \
  X(DENSITY, 64, "onsets in each second")                                                                    \
  X(INSTRUMENT, 129, "instrument, drums the last")                                                           \
  X(DRUM, 128, "drum")                                                                                       \
  X(GRID, 48, "place in the quarter, in 1/48")                                                               \
  X(BAR, 32, "sixteenth of the bar")

// The histograms of a stretch of notes.
typedef enum ario_histogram {
#define ARIO_HISTOGRAM_NAME(name, bins, text) ARIO_HISTOGRAM_##name,
  ARIO_HISTOGRAMS(ARIO_HISTOGRAM_NAME)
#undef ARIO_HISTOGRAM_NAME
      ARIO_HISTOGRAM_COUNT
} ario_histogram;

// Those from ARIO_HISTOGRAM_INSTRUMENT on are empty unless the notes tell instrument and place.
enum { ARIO_HISTOGRAM_BINS = 129 };

// Faults of a stretch of notes.
typedef struct ario_faults {
  size_t silences;     // silences of more than 5 s before the last note's end
  size_t loops;        // runs of at least 2 s that occur four times in a row, pitch for pitch
  size_t off_keyboard; // onsets below A0 (21) or above C8 (108)
  int64_t first;       // step of the first fault, from the stretch's beginning; -1: none
} ario_faults;

// All of it, for one stretch or the sum of several.
typedef struct ario_statistics {
  size_t onsets;
  int64_t steps; // from the stretch's beginning to the last note's end, but no further than its own end
  ario_figures figures;
  double histograms[ARIO_HISTOGRAM_COUNT][ARIO_HISTOGRAM_BINS]; // counts
  ario_faults faults;
  bool told; // the notes tell instrument and place
  ario_band_figures band;
} ario_statistics;

// Statistics of the notes that start in [from, until). notes [count] are ordered as ario_song_notes has them;
// what sounds past `until` is cut there. Without onsets every figure is 0. Errors: ERR_ARGUMENT if the notes
// are not in order or from >= until, ERR_LIMIT past ten days of music, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_statistics_of(const ario_note *notes, size_t count, int64_t from,
                                                       int64_t until, ario_statistics *out);

// Adds `more` to `total`: onsets, steps, histograms and faults (`first` becomes -1) are summed; figures
// become means weighted by onsets.
ARIO_API void ario_statistics_add(ario_statistics *total, const ario_statistics *more);

// Compares two histograms as distributions p (of `a`) and q (of `b`). overlap: the sum of min(p, q), 1 if
// they are equal. divergence: KL(p || q) in nats, with half a count added to each bin. Both are 0 if either
// histogram is empty.
ARIO_API void ario_histogram_compare(const ario_statistics *a, const ario_statistics *b,
                                     ario_histogram histogram, double *overlap, double *divergence);

// What a histogram counts, in words. The string is static.
ARIO_API const char *ario_histogram_text(ario_histogram histogram);

// Its number of bins, at most ARIO_HISTOGRAM_BINS.
ARIO_API size_t ario_histogram_bins(ario_histogram histogram);

// ---- The course of a piece ----

// X(name, unit, meaning), of a window of time: its onsets, and what sounds in it, also from before.
#define ARIO_WINDOW_FIGURES(X)                                                                               \
  X(notes_per_s, "notes/s", "onsets a second")                                                               \
  X(length, "s", "mean length of the notes")                                                                 \
  X(polyphony, "notes", "notes that sound at a time, averaged over the time in which any does")              \
  X(silence, "%", "share of the time in which none sounds")                                                  \
  X(in_scale, "%", "onsets in the best major scale")

typedef struct ario_window_figures {
#define ARIO_FIGURE_FIELD(name, unit, text) double name;
  ARIO_WINDOW_FIGURES(ARIO_FIGURE_FIELD)
#undef ARIO_FIGURE_FIELD
} ario_window_figures;

// How a stretch of notes goes on: whether it keeps its density and lengths, ends its notes, and comes back to what it
// played. Drums have no part in it.
typedef struct ario_course {
  ario_window_figures first, last; // of its first and last 10 s
  ario_window_figures end;         // of its last 20 s
  int64_t limit;                   // steps: ario_note_limit of its own notes
  size_t stuck;                    // notes longer than the limit that was asked for
  double returns;                  // %: runs of six pitches that occur more than once, of all such runs
} ario_course;

// The course of the notes [count] that start in [from, until); with `until` INT64_MAX to the last note's end. A note
// keeps its length where it sounds past `until`. `limit`, in steps: longer notes are stuck; 0: the notes' own. Runs of
// pitches are in the order of start, end and pitch. Errors: as ario_statistics_of.
ARIO_API ARIO_NODISCARD ario_status ario_course_of(const ario_note *notes, size_t count, int64_t from,
                                                   int64_t until, int64_t limit, ario_course *out);

// The length in steps that hardly a note of this music outlasts: twice the 99.5th percentile of the lengths of notes
// [count], and 3 s at least. 3 s without notes. Errors: ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_note_limit(const ario_note *notes, size_t count, int64_t *limit);

// ---- Runs that two pieces share ----

// An index of all runs of pitches of one piece, in the order of onsets, whatever their times: a suffix
// automaton (Blumer et al. 1985), 1 KiB per note. Immutable; any thread.
typedef struct ario_pitch_runs ario_pitch_runs;

// Indexes a piece; the notes are not needed afterwards. Errors: ERR_LIMIT for more than 2^21 notes,
// ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_pitch_runs_create(const ario_note *notes, size_t count,
                                                           ario_pitch_runs **out);
ARIO_API void ario_pitch_runs_free(ario_pitch_runs *runs); // safe on NULL

// The length of the longest run that notes [count] share with the indexed piece; of several the first. *end
// is the index after its last note in `notes`.
ARIO_API size_t ario_pitch_runs_longest(const ario_pitch_runs *runs, const ario_note *notes, size_t count,
                                        size_t *end);

#ifdef __cplusplus
}
#endif

#endif
