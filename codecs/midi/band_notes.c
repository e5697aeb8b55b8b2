// SPDX-License-Identifier: MIT
//
// Tokens of a band -> notes in seconds, which tell who plays them and where in the bar.
#include "codecs/midi/band_notes.h"
#include "codecs/midi/band_music.h"
#include "codecs/midi/song.h"

#include <math.h>
#include <stdlib.h>

enum { STEP = 1000000 / ARIO_SONG_STEPS_PER_SECOND }; // microseconds

// From a step on.
typedef struct mark {
  int64_t step;
  double time; // microseconds
  uint32_t tempo;
} mark;

typedef struct timing {
  mark *marks; // [count >= 1]
  size_t count;
} timing;

static double time_at(const timing *t, int64_t step) {
  size_t low = 0, high = t->count;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (t->marks[middle].step <= step)
      low = middle;
    else
      high = middle;
  }
  const mark *m = &t->marks[low];
  return m->time + (double)(step - m->step) * m->tempo / ARIO_BAND_STEPS;
}

static void add_tempo(timing *t, int64_t step, unsigned bin) {
  mark m = {.step = step, .time = time_at(t, step), .tempo = ario__band_tempo(bin)};
  if (t->marks[t->count - 1].step == step) t->count--;
  t->marks[t->count++] = m;
}

static int by_start(const void *a, const void *b) {
  const ario_note *x = a, *y = b;
  if (x->start != y->start) return x->start < y->start ? -1 : 1;
  if (x->pitch != y->pitch) return x->pitch < y->pitch ? -1 : 1;
  if (x->instrument != y->instrument) return x->instrument < y->instrument ? -1 : 1;
  return (x->end > y->end) - (x->end < y->end);
}

static ario_note note_of(const ario__band_event *event, const timing *t, int64_t step, double first) {
  bool drum = event->instrument == ARIO_BAND_DRUMS;
  int64_t length = drum ? ARIO__BAND_DRUM_STEPS : (int64_t)ario_band_length(event->length);
  unsigned bin = event->velocity == ARIO__BAND_UNKNOWN ? ARIO__BAND_FIRST_BIN : event->velocity;
  return (ario_note){.start = llround((time_at(t, step) - first) / STEP),
                     .end = llround((time_at(t, step + length) - first) / STEP),
                     .pitch = event->pitch,
                     .velocity = (uint8_t)(4 * bin + 3),
                     .channel = drum ? ARIO_MIDI_DRUM_CHANNEL : 0,
                     .track = 1,
                     .program = drum ? 0 : event->instrument,
                     .instrument = (uint8_t)(event->instrument + 1),
                     .place = (uint16_t)(event->position + 1)};
}

// Tempos first, since a note may outlast the next.
static size_t fill(const ario__band *band, timing *t, ario_note *notes) {
  size_t used = 0;
  double first = 0;
  for (int onsets = 0; onsets < 2; onsets++) {
    int64_t line = 0;
    size_t bar = 0;
    for (size_t i = 0; i < band->event_count; i++) {
      const ario__band_event *event = &band->events[i];
      for (; bar < event->bar; bar++) line += ario__band_bar_steps(&band->bars[bar]);
      int64_t step = line + event->position;
      bool tempo = event->instrument == ARIO__BAND_TEMPO;
      if (tempo && !onsets) add_tempo(t, step, event->pitch);
      if (tempo || !onsets) continue;
      if (!used) first = time_at(t, step);
      notes[used++] = note_of(event, t, step, first);
    }
  }
  if (used) qsort(notes, used, sizeof *notes, by_start);
  return used;
}

ario_status ario__band_notes(const ario_token *tokens, size_t count, ario_note **notes, size_t *note_count) {
  ario__band band;
  *notes = NULL;
  *note_count = 0;
  ario_status status = ario__band_of_tokens(tokens, count, &band);
  timing t = {.marks = malloc((band.event_count + 1) * sizeof *t.marks), .count = 1};
  if (!status) *notes = malloc((band.event_count + 1) * sizeof **notes);
  if (!status && (!t.marks || !*notes)) status = ARIO_ERR_MEMORY;
  if (!status) {
    ario__band_sort(&band);
    t.marks[0] = (mark){.tempo = ARIO__DEFAULT_TEMPO};
    *note_count = fill(&band, &t, *notes);
  } else {
    free(*notes);
    *notes = NULL;
  }
  free(t.marks);
  ario__band_free(&band);
  return status;
}
