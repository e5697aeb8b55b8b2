// SPDX-License-Identifier: MIT
//
// Figures, histograms and faults of a stretch of notes.
#include "codecs/midi/statistics.h"
#include "arioso/hash.h"
#include "codecs/midi/song.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  SECOND = ARIO_MIDI_STEPS_PER_SECOND,
  SCALE_STEPS = 10 * SECOND,
  RUN = 8,
  LONG_SILENCE = 5 * SECOND,
  LOOP_STEPS = 2 * SECOND,
  LOOP_TIMES = 4
};

// The notes that start in a stretch, with times from its beginning, cut at its end.
struct stretch {
  ario_note *notes; // [count]
  size_t count;
  int64_t steps; // the last note's end
};

typedef struct ario_statistics stats;

static double *bins_of(stats *s, ario_histogram histogram) {
  return s->histograms[histogram];
}

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

static void count_in(stats *s, ario_histogram histogram, size_t bin, double weight) {
  bins_of(s, histogram)[smaller(bin, ario_histogram_bins(histogram) - 1)] += weight;
}

static size_t logarithmic(int64_t steps) {
  return steps > 0 ? 1 + (size_t)floor(2 * log2((double)steps)) : 0;
}

// ---- Note by note ----

static void describe_notes(const struct stretch *t, stats *s) {
  double sum = 0, squares = 0;
  for (size_t i = 0; i < t->count; i++) {
    const ario_note *note = &t->notes[i];
    sum += note->velocity;
    squares += note->velocity * note->velocity;
    count_in(s, ARIO_HISTOGRAM_VELOCITY, note->velocity / 4, 1);
    if (i) count_in(s, ARIO_HISTOGRAM_ONSET_INTERVAL, logarithmic(note->start - note[-1].start), 1);
  }
  double n = (double)t->count, mean = sum / n;
  s->figures.velocity = mean;
  s->figures.velocity_spread = sqrt(fmax(0, squares / n - mean * mean));
  s->figures.notes_per_s = n * SECOND / (double)t->steps;
}

static void describe_pitches(const struct stretch *t, stats *s) {
  for (size_t i = 0; i < t->count; i++) {
    const ario_note *note = &t->notes[i];
    count_in(s, ARIO_HISTOGRAM_PITCH, note->pitch, 1);
    count_in(s, ARIO_HISTOGRAM_PITCH_CLASS, note->pitch % ARIO__PITCH_CLASSES, 1);
    count_in(s, ARIO_HISTOGRAM_DURATION, logarithmic(note->end - note->start), 1);
  }
  const double *pitches = bins_of(s, ARIO_HISTOGRAM_PITCH), *classes = bins_of(s, ARIO_HISTOGRAM_PITCH_CLASS);
  double n = (double)t->count, below = 0, low = -1, high = 0, entropy = 0;
  for (size_t p = 0; p < ARIO__PITCHES; p++) {
    below += pitches[p];
    if (low < 0 && below > 0.05 * n) low = (double)p;
    if (pitches[p] > 0 && below - pitches[p] < 0.95 * n) high = (double)p;
  }
  for (size_t c = 0; c < ARIO__PITCH_CLASSES; c++)
    if (classes[c] > 0) entropy -= classes[c] / n * log2(classes[c] / n);
  s->figures.pitch_range = high - low;
  s->figures.pitch_entropy = entropy;
}

size_t ario__best_in_scale(const size_t classes[ARIO__PITCH_CLASSES]) {
  static const unsigned steps[] = {0, 2, 4, 5, 7, 9, 11};
  size_t best = 0;
  for (unsigned tonic = 0; tonic < ARIO__PITCH_CLASSES; tonic++) {
    size_t in = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
      in += classes[(tonic + steps[i]) % ARIO__PITCH_CLASSES];
    best = in > best ? in : best;
  }
  return best;
}

static void describe_scale(const struct stretch *t, stats *s) {
  double in = 0;
  for (size_t i = 0; i < t->count;) {
    int64_t part = t->notes[i].start / SCALE_STEPS;
    size_t classes[ARIO__PITCH_CLASSES] = {0};
    for (; i < t->count && t->notes[i].start / SCALE_STEPS == part; i++)
      classes[t->notes[i].pitch % ARIO__PITCH_CLASSES]++;
    in += (double)ario__best_in_scale(classes);
  }
  s->figures.in_scale = 100 * in / (double)t->count;
}

// ---- Over time ----

// sounding [steps]: the number of notes that sound in each step.
static void describe_polyphony(const struct stretch *t, const uint32_t *sounding, stats *s) {
  double any = 0, all = 0;
  for (int64_t step = 0; step < t->steps; step++) {
    if (!sounding[step]) continue;
    any++;
    all += sounding[step];
    count_in(s, ARIO_HISTOGRAM_POLYPHONY, sounding[step], 1);
  }
  s->figures.polyphony = any > 0 ? all / any : 0;
}

static void describe_silence(const struct stretch *t, const uint32_t *sounding, stats *s) {
  int64_t silence = 0, longest = 0;
  for (int64_t step = 0; step < t->steps; step++) {
    silence = sounding[step] ? 0 : silence + 1;
    longest = silence > longest ? silence : longest;
    if (silence != LONG_SILENCE + 1) continue;
    s->faults.silences++;
    if (s->faults.first < 0) s->faults.first = step - LONG_SILENCE;
  }
  s->figures.silence = (double)longest / SECOND;
}

// A note shares the time from the next later onset to its own end.
static void describe_overlap(const struct stretch *t, stats *s) {
  double length = 0, shared = 0;
  for (size_t i = 0; i < t->count; i++) {
    const ario_note *note = &t->notes[i];
    size_t next = i + 1;
    while (next < t->count && t->notes[next].start == note->start) next++;
    length += (double)(note->end - note->start);
    if (next < t->count && t->notes[next].start < note->end)
      shared += (double)(note->end - t->notes[next].start);
  }
  s->figures.overlap = length > 0 ? 100 * shared / length : 0;
}

static void describe_density(const struct stretch *t, stats *s) {
  size_t i = 0;
  for (int64_t second = 0; (second + 1) * SECOND <= t->steps; second++) {
    size_t onsets = 0;
    for (; i < t->count && t->notes[i].start < (second + 1) * SECOND; i++) onsets++;
    count_in(s, ARIO_HISTOGRAM_DENSITY, onsets, 1);
  }
}

static ario_status describe_sounding(const struct stretch *t, stats *s,
                                     void (*describe)(const struct stretch *, const uint32_t *, stats *)) {
  uint32_t *sounding = calloc((size_t)t->steps + 1, sizeof *sounding);
  if (!sounding) return ARIO_ERR_MEMORY;
  for (size_t i = 0; i < t->count; i++) { // differences first, then sums
    sounding[t->notes[i].start]++;
    sounding[t->notes[i].end]--;
  }
  for (int64_t step = 1; step < t->steps; step++) sounding[step] += sounding[step - 1];
  describe(t, sounding, s);
  free(sounding);
  return ARIO_OK;
}

// ---- Repetition ----

static bool same_pitches(const ario_note *a, const ario_note *b, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (a[i].pitch != b[i].pitch) return false;
  return true;
}

static uint64_t hash_of(const ario_note *notes) {
  uint64_t hash = ARIO_HASH_START;
  for (size_t i = 0; i < RUN; i++) hash = ario_hash_number(hash, notes[i].pitch);
  return hash ^ hash >> 32;
}

// Keeps the places of all runs so far in a hash table.
static ario_status describe_similarity(const struct stretch *t, stats *s) {
  size_t slots = 16, again = 0;
  if (t->count < RUN) return ARIO_OK;
  while (slots < 2 * t->count) slots *= 2;
  uint32_t *places = calloc(slots, sizeof *places); // place + 1; 0: free
  if (!places) return ARIO_ERR_MEMORY;
  for (size_t i = 0; i + RUN <= t->count; i++) {
    size_t slot = hash_of(&t->notes[i]) % slots;
    while (places[slot] && !same_pitches(&t->notes[places[slot] - 1], &t->notes[i], RUN))
      slot = (slot + 1) % slots;
    if (places[slot])
      again++;
    else
      places[slot] = (uint32_t)(i + 1);
  }
  free(places);
  s->figures.similarity = 100 * (double)again / (double)t->count;
  return ARIO_OK;
}

static void describe_same_pitch(const struct stretch *t, stats *s) {
  size_t run = 0, longest = 0;
  for (size_t i = 0; i < t->count; i++) {
    run = i && t->notes[i].pitch == t->notes[i - 1].pitch ? run + 1 : 1;
    longest = run > longest ? run : longest;
  }
  s->figures.same_pitch = (double)longest;
}

// The fewest notes that a loop beginning with note i can have: those of 2 s. 0: there are not enough.
static size_t least_period(const struct stretch *t, size_t i) {
  size_t next = i;
  while (next < t->count && t->notes[next].start < t->notes[i].start + LOOP_STEPS) next++;
  return next < t->count ? next - i : 0;
}

// True if a loop begins with note i; *end is the note after it.
static bool loops_at(const struct stretch *t, size_t i, size_t *end) {
  size_t period = least_period(t, i);
  for (; period && i + LOOP_TIMES * period <= t->count; period++)
    if (same_pitches(&t->notes[i], &t->notes[i + period], (LOOP_TIMES - 1) * period)) {
      *end = i + LOOP_TIMES * period;
      return true;
    }
  return false;
}

static void find_loops(const struct stretch *t, stats *s) {
  for (size_t i = 0, end; i < t->count; i = end) {
    end = i + 1;
    if (!loops_at(t, i, &end)) continue;
    s->faults.loops++;
    if (s->faults.first < 0 || t->notes[i].start < s->faults.first) s->faults.first = t->notes[i].start;
  }
}

static void find_off_keyboard(const struct stretch *t, stats *s) {
  for (size_t i = 0; i < t->count; i++) {
    if (t->notes[i].pitch >= ARIO_MIDI_LOWEST_KEY && t->notes[i].pitch <= ARIO_MIDI_HIGHEST_KEY) continue;
    s->faults.off_keyboard++;
    if (s->faults.first < 0 || t->notes[i].start < s->faults.first) s->faults.first = t->notes[i].start;
  }
}

// ---- Who plays, and where in the bar ----

enum { QUARTER = 48, SIXTEENTH = 12, TRIPLET = 16 };

static unsigned off(unsigned place, unsigned grid) {
  unsigned rest = place % grid;
  return rest < grid - rest ? rest : grid - rest;
}

static void describe_band(const struct stretch *t, stats *s) {
  bool plays[ARIO_NOTE_DRUMS + 1] = {false};
  double near = 0, told = 0, drums = 0;
  for (size_t i = 0; i < t->count; i++) {
    const ario_note *note = &t->notes[i];
    if (!note->instrument || !note->place) continue;
    unsigned place = note->place - 1u;
    told++;
    drums += ario__is_drum(note);
    near += off(place, SIXTEENTH) <= 1 || off(place, TRIPLET) <= 1;
    s->band.instruments += !plays[smaller(note->instrument, ARIO_NOTE_DRUMS)];
    plays[smaller(note->instrument, ARIO_NOTE_DRUMS)] = true;
    count_in(s, ARIO_HISTOGRAM_INSTRUMENT, note->instrument - 1u, 1);
    if (ario__is_drum(note)) count_in(s, ARIO_HISTOGRAM_DRUM, note->pitch, 1);
    count_in(s, ARIO_HISTOGRAM_GRID, place % QUARTER, 1);
    count_in(s, ARIO_HISTOGRAM_BAR, place / SIXTEENTH, 1);
  }
  s->told = told > 0;
  if (!s->told) return;
  s->band.drums = 100 * drums / told;
  s->band.on_grid = 100 * near / told;
}

// ---- All together ----

static ario_status cut_out(const ario_note *notes, size_t count, int64_t from, int64_t until,
                           struct stretch *t) {
  *t = (struct stretch){.notes = malloc((count + 1) * sizeof *t->notes)};
  if (!t->notes) return ARIO_ERR_MEMORY;
  for (size_t i = 0; i < count; i++) {
    if (i && notes[i].start < notes[i - 1].start) return ARIO_ERR_ARGUMENT;
    if (notes[i].start < from || notes[i].start >= until) continue;
    ario_note note = notes[i];
    note.end = (note.end < until ? note.end : until) - from;
    note.start -= from;
    if (note.end <= note.start) note.end = note.start + 1;
    if (note.end > ARIO__MAX_STEPS) return ARIO_ERR_LIMIT;
    t->steps = note.end > t->steps ? note.end : t->steps;
    t->notes[t->count++] = note;
  }
  return ARIO_OK;
}

// Of notes with a pitch: what drums have no part in.
static ario_status describe_pitched(struct stretch *t, stats *s) {
  size_t kept = 0;
  for (size_t i = 0; i < t->count; i++)
    if (!ario__is_drum(&t->notes[i])) t->notes[kept++] = t->notes[i];
  t->count = kept;
  if (!kept) return ARIO_OK;
  describe_pitches(t, s);
  describe_scale(t, s);
  describe_same_pitch(t, s);
  describe_overlap(t, s);
  ario_status status = describe_sounding(t, s, describe_polyphony);
  if (!status) status = describe_similarity(t, s);
  find_loops(t, s);
  find_off_keyboard(t, s);
  return status;
}

ario_status ario_statistics_of(const ario_note *notes, size_t count, int64_t from, int64_t until,
                               ario_statistics *out) {
  *out = (ario_statistics){.faults.first = -1};
  if (from >= until) return ARIO_ERR_ARGUMENT;
  struct stretch t;
  ario_status status = cut_out(notes, count, from, until, &t);
  if (!status && t.count) {
    out->onsets = t.count;
    out->steps = t.steps;
    describe_notes(&t, out);
    describe_density(&t, out);
    describe_band(&t, out);
    status = describe_sounding(&t, out, describe_silence);
    if (!status) status = describe_pitched(&t, out);
  }
  free(t.notes);
  return status;
}

void ario_statistics_add(ario_statistics *total, const ario_statistics *more) {
  double before = (double)total->onsets, added = (double)more->onsets;
  if (added > 0) {
#define ADD(name, unit, text)                                                                                \
  total->figures.name = (before * total->figures.name + added * more->figures.name) / (before + added);
    ARIO_FIGURES(ADD)
#undef ADD
#define ADD(name, unit, text)                                                                                \
  total->band.name = (before * total->band.name + added * more->band.name) / (before + added);
    ARIO_BAND_FIGURES(ADD)
#undef ADD
    total->told = more->told && (total->told || before <= 0);
  }
  total->onsets += more->onsets;
  total->steps += more->steps;
  for (size_t h = 0; h < ARIO_HISTOGRAM_COUNT; h++)
    for (size_t i = 0; i < ARIO_HISTOGRAM_BINS; i++) total->histograms[h][i] += more->histograms[h][i];
  total->faults.silences += more->faults.silences;
  total->faults.loops += more->faults.loops;
  total->faults.off_keyboard += more->faults.off_keyboard;
  total->faults.first = -1;
}

// ---- Histograms ----

static const struct {
  const char *text;
  size_t bins;
} histograms[] = {
#define ROW(name, bins, text) {text, bins},
    ARIO_HISTOGRAMS(ROW)
#undef ROW
};

const char *ario_histogram_text(ario_histogram histogram) {
  return histograms[histogram].text;
}

size_t ario_histogram_bins(ario_histogram histogram) {
  return histograms[histogram].bins;
}

void ario_histogram_compare(const ario_statistics *a, const ario_statistics *b, ario_histogram histogram,
                            double *overlap, double *divergence) {
  const double added = 0.5;
  const double *x = a->histograms[histogram], *y = b->histograms[histogram];
  size_t bins = ario_histogram_bins(histogram);
  double all_x = 0, all_y = 0;
  *overlap = *divergence = 0;
  for (size_t i = 0; i < bins; i++) {
    all_x += x[i];
    all_y += y[i];
  }
  if (!(all_x > 0 && all_y > 0)) return;
  double share_x = all_x + added * (double)bins, share_y = all_y + added * (double)bins;
  for (size_t i = 0; i < bins; i++) {
    double p = (x[i] + added) / share_x, q = (y[i] + added) / share_y;
    *overlap += fmin(x[i] / all_x, y[i] / all_y);
    *divergence += p * log(p / q);
  }
}
