// SPDX-License-Identifier: MIT
//
// The course of a piece: windows of time, notes that do not end, pitches that come back.
#include "codecs/midi/song.h"
#include "codecs/midi/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  SECOND = ARIO_MIDI_STEPS_PER_SECOND,
  WINDOW = 10 * SECOND,
  END = 20 * SECOND,
  SHORTEST_LIMIT = 3 * SECOND,
  RUN = 6
};

// Notes of a stretch without its drums.
struct course {
  ario_note *notes; // [count]
  size_t count;
};

// ---- A window ----

static int64_t later(int64_t a, int64_t b) {
  return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b) {
  return a < b ? a : b;
}

// Adds to sounding [until - from] how many notes sound in each step, those from before the window, too.
static void count_sounding(const struct course *c, int64_t from, int64_t until, uint32_t *sounding) {
  for (size_t i = 0; i < c->count; i++) {
    int64_t end = earlier(c->notes[i].end, until);
    for (int64_t step = later(c->notes[i].start, from); step < end; step++) sounding[step - from]++;
  }
}

static void describe_sounding(const uint32_t *sounding, int64_t steps, ario_window_figures *out) {
  double any = 0, all = 0;
  for (int64_t step = 0; step < steps; step++) {
    any += sounding[step] > 0;
    all += sounding[step];
  }
  out->polyphony = any > 0 ? all / any : 0;
  out->silence = 100 * (1 - any / (double)steps);
}

static void describe_notes(const struct course *c, int64_t from, int64_t until, ario_window_figures *out) {
  size_t onsets = 0, classes[ARIO__PITCH_CLASSES] = {0};
  double length = 0;
  for (size_t i = 0; i < c->count; i++) {
    const ario_note *note = &c->notes[i];
    if (note->start < from || note->start >= until) continue;
    onsets++;
    classes[note->pitch % ARIO__PITCH_CLASSES]++;
    length += (double)(note->end - note->start) / SECOND;
  }
  out->notes_per_s = (double)onsets * SECOND / (double)(until - from);
  if (!onsets) return;
  out->length = length / (double)onsets;
  out->in_scale = 100 * (double)ario__best_in_scale(classes) / (double)onsets;
}

static ario_status describe_window(const struct course *c, int64_t from, int64_t until,
                                   ario_window_figures *out) {
  *out = (ario_window_figures){0};
  uint32_t *sounding = calloc((size_t)(until - from), sizeof *sounding);
  if (!sounding) return ARIO_ERR_MEMORY;
  count_sounding(c, from, until, sounding);
  describe_sounding(sounding, until - from, out);
  describe_notes(c, from, until, out);
  free(sounding);
  return ARIO_OK;
}

// ---- Notes that do not end ----

static int by_length(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

ario_status ario_note_limit(const ario_note *notes, size_t count, int64_t *limit) {
  *limit = SHORTEST_LIMIT;
  if (!count) return ARIO_OK;
  int64_t *lengths = calloc(count, sizeof *lengths);
  if (!lengths) return ARIO_ERR_MEMORY;
  for (size_t i = 0; i < count; i++) lengths[i] = notes[i].end - notes[i].start;
  qsort(lengths, count, sizeof *lengths, by_length);
  double place = 0.995 * (double)(count - 1); // between two lengths linear
  size_t below = (size_t)place, above = below + 1 < count ? below + 1 : below;
  double rest = place - (double)below;
  double usual = (1 - rest) * (double)lengths[below] + rest * (double)lengths[above];
  int64_t twice = (int64_t)floor(2 * usual);
  if (twice > *limit) *limit = twice;
  free(lengths);
  return ARIO_OK;
}

// ---- What comes back ----

static int by_end(const void *a, const void *b) {
  const ario_note *x = a, *y = b;
  if (x->start != y->start) return x->start < y->start ? -1 : 1;
  if (x->end != y->end) return x->end < y->end ? -1 : 1;
  return (x->pitch > y->pitch) - (x->pitch < y->pitch);
}

static int by_pitches(const void *a, const void *b) {
  return memcmp(a, b, RUN);
}

// Sorts all runs of pitches, so that equal ones are neighbours.
static ario_status count_returns(struct course *c, double *share) {
  *share = 0;
  if (c->count < RUN) return ARIO_OK;
  size_t runs = c->count - RUN + 1, again = 0;
  uint8_t(*pitches)[RUN] = calloc(runs, sizeof *pitches);
  if (!pitches) return ARIO_ERR_MEMORY;
  qsort(c->notes, c->count, sizeof *c->notes, by_end);
  for (size_t i = 0; i < runs; i++)
    for (size_t n = 0; n < RUN; n++) pitches[i][n] = c->notes[i + n].pitch;
  qsort(pitches, runs, sizeof *pitches, by_pitches);
  for (size_t i = 0; i < runs; i++)
    again += (i && !memcmp(pitches[i - 1], pitches[i], RUN)) ||
             (i + 1 < runs && !memcmp(pitches[i], pitches[i + 1], RUN));
  *share = 100 * (double)again / (double)runs;
  free(pitches);
  return ARIO_OK;
}

// ---- All together ----

// Copies the stretch without drums. *until: where it ends.
static ario_status cut_out(const ario_note *notes, size_t count, int64_t from, int64_t *until,
                           struct course *c) {
  int64_t end = from;
  c->notes = calloc(count + 1, sizeof *c->notes);
  if (!c->notes) return ARIO_ERR_MEMORY;
  for (size_t i = 0; i < count; i++) {
    if (i && notes[i].start < notes[i - 1].start) return ARIO_ERR_ARGUMENT;
    if (notes[i].start < from || notes[i].start >= *until || ario__is_drum(&notes[i])) continue;
    if (notes[i].end > ARIO__MAX_STEPS) return ARIO_ERR_LIMIT;
    c->notes[c->count++] = notes[i];
    if (notes[i].end > end) end = notes[i].end;
  }
  if (*until == INT64_MAX) *until = later(end, from + 1);
  return ARIO_OK;
}

// A stretch that is shorter than a window is all of it.
static ario_status describe(struct course *c, int64_t from, int64_t until, int64_t limit, ario_course *out) {
  ario_status status = describe_window(c, from, earlier(from + WINDOW, until), &out->first);
  if (!status) status = describe_window(c, later(from, until - WINDOW), until, &out->last);
  if (!status) status = describe_window(c, later(from, until - END), until, &out->end);
  if (!status) status = ario_note_limit(c->notes, c->count, &out->limit);
  if (limit <= 0) limit = out->limit;
  for (size_t i = 0; i < c->count; i++) out->stuck += c->notes[i].end - c->notes[i].start > limit;
  return status ? status : count_returns(c, &out->returns);
}

ario_status ario_course_of(const ario_note *notes, size_t count, int64_t from, int64_t until, int64_t limit,
                           ario_course *out) {
  struct course c = {.notes = NULL};
  *out = (ario_course){.limit = SHORTEST_LIMIT};
  if (from >= until) return ARIO_ERR_ARGUMENT;
  ario_status status = cut_out(notes, count, from, &until, &c);
  if (!status && c.count) status = describe(&c, from, until, limit, out);
  free(c.notes);
  return status;
}
