// SPDX-License-Identifier: MIT
//
// The new notes in a song's ticks, each with the part that plays it.
#include "codecs/midi/band_splice.h"

#include <stdlib.h>

enum { NEW_WEIGHT = 16 }; // of a new note among those that say how much a channel is used

static int by_start(const void *a, const void *b) {
  const ario__splice_note *x = a, *y = b;
  if (x->start != y->start) return x->start < y->start ? -1 : 1;
  if (x->by != y->by) return x->by < y->by ? -1 : 1;
  if (x->instrument != y->instrument) return x->instrument - y->instrument;
  return x->pitch != y->pitch ? x->pitch - y->pitch : (x->end > y->end) - (x->end < y->end);
}

// A note that begins at a step of the song. False if that is too late for a file.
static bool place_note(ario__splice *s, const ario__band_event *event, int64_t start) {
  bool drum = event->instrument == ARIO_BAND_DRUMS;
  int64_t length = drum ? ARIO__BAND_DRUM_STEPS : (int64_t)ario_band_length(event->length);
  uint64_t from = ario__splice_tick(&s->copy, start), to = ario__splice_tick(&s->copy, start + length);
  if (to > ARIO__SMF_MAX_TICK - 1) return false;
  unsigned bin = event->velocity == ARIO__BAND_UNKNOWN ? ARIO__BAND_FIRST_BIN : event->velocity;
  s->notes[s->count++] = (ario__splice_note){.start = (uint32_t)(from - s->base),
                                             .end = (uint32_t)((to > from ? to : from + 1) - s->base),
                                             .instrument = event->instrument,
                                             .pitch = event->pitch,
                                             .velocity = (uint8_t)(4 * bin + 3)};
  return true;
}

static ario_status place_all(ario__splice *s, const ario__band *band, size_t first) {
  int64_t line = s->passage->origin;
  size_t bar = 0;
  s->notes = malloc((band->event_count + 1) * sizeof *s->notes);
  if (!s->notes) return ARIO_ERR_MEMORY;
  for (size_t i = first; i < band->event_count; i++) {
    const ario__band_event *event = &band->events[i];
    if (event->instrument == ARIO__BAND_TEMPO) continue;
    for (; bar < event->bar; bar++) line += ario__band_bar_steps(&band->bars[bar]);
    if (!place_note(s, event, line + event->position)) return ARIO_ERR_LIMIT;
  }
  if (s->count) qsort(s->notes, s->count, sizeof *s->notes, by_start);
  return ARIO_OK;
}

// Each note is decided by what comes before it, so that more notes do not change what was written.
static void choose_parts(ario__splice *s) {
  for (size_t i = 0; i < s->count && !s->failed; i++) {
    s->notes[i].by = ario__splice_part_of(s, &s->notes[i]);
    if (!s->failed) s->channels[s->parts[s->notes[i].by].channel].notes += NEW_WEIGHT;
  }
  if (s->count) qsort(s->notes, s->count, sizeof *s->notes, by_start);
}

// A new onset ends the note of its pitch on its channel; another part's a tick before, since that part's track may come
// first.
static void end_before(ario__splice_note *last, const ario__splice_note *n) {
  bool other = last->by != n->by;
  if (last->end < n->start + other) return;
  last->end = n->start - (other && n->start > last->start + 1);
}

static void play_notes(ario__splice *s) {
  for (size_t i = 0; i < s->count && !s->failed; i++) {
    const ario__splice_note *n = &s->notes[i];
    ario__splice_channel *c = &s->channels[s->parts[n->by].channel];
    if (c->last[n->pitch]) end_before(&s->notes[c->last[n->pitch] - 1], n);
    if (!c->first[n->pitch]) c->first[n->pitch] = i + 1;
    c->last[n->pitch] = i + 1;
    ario__splice_voice_from(s, n->by, n->start);
  }
}

static void add_notes(ario__splice *s) {
  for (size_t i = 0; i < s->count; i++) {
    const ario__splice_note *n = &s->notes[i];
    ario__splice_part *p = &s->parts[n->by];
    if (n->end <= n->start) continue; // ended as it began, by another of its pitch
    ario__track_add(&p->events, n->start, ARIO__ORDER_ON, p->channel, 0x90, n->pitch, n->velocity);
    ario__track_add(&p->events, n->end, ARIO__ORDER_OFF, p->channel, 0x80, n->pitch, 0);
  }
}

ario_status ario__splice_place(ario__splice *s, const ario__band *band, size_t first) {
  ario_status status = place_all(s, band, first);
  if (status) return status;
  choose_parts(s);
  play_notes(s);
  if (s->failed) return ARIO_ERR_MEMORY;
  add_notes(s);
  return ARIO_OK;
}
