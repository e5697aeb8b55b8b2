// SPDX-License-Identifier: MIT
//
// A song's events -> its notes. Note-offs, pedal and cut are folded into the notes' ends.
#include "codecs/midi/song.h"

#include <stdlib.h>
#include <string.h>

typedef struct sounding {
  size_t note; // index + 1; 0: silent
  bool released;
} sounding;

typedef struct folder {
  ario_note *notes;
  size_t count, room;
  bool failed;
  sounding keys[ARIO__CHANNELS][ARIO__PITCHES];
  bool pedal[ARIO__CHANNELS];
} folder;

static void stop(folder *f, unsigned channel, unsigned pitch, int64_t step) {
  sounding *key = &f->keys[channel][pitch];
  if (key->note) f->notes[key->note - 1].end = step;
  *key = (sounding){0};
}

static void note_on(folder *f, const ario_midi_event *event) {
  unsigned channel = event->bytes[0] & 15, pitch = event->bytes[1];
  stop(f, channel, pitch, event->step);
  if (f->count == f->room) {
    size_t room = f->room ? 2 * f->room : 256;
    ario_note *grown = realloc(f->notes, room * sizeof *grown);
    if (!grown) {
      f->failed = true;
      return;
    }
    f->notes = grown;
    f->room = room;
  }
  f->notes[f->count++] = (ario_note){.start = event->step,
                                     .end = INT64_MAX,
                                     .pitch = (uint8_t)pitch,
                                     .velocity = event->bytes[2],
                                     .channel = (uint8_t)channel,
                                     .track = event->track};
  f->keys[channel][pitch].note = f->count;
}

static void note_off(folder *f, const ario_midi_event *event) {
  unsigned channel = event->bytes[0] & 15, pitch = event->bytes[1];
  if (f->pedal[channel])
    f->keys[channel][pitch].released = true;
  else
    stop(f, channel, pitch, event->step);
}

static void pedal_up(folder *f, unsigned channel, int64_t step) {
  f->pedal[channel] = false;
  for (unsigned pitch = 0; pitch < ARIO__PITCHES; pitch++)
    if (f->keys[channel][pitch].released) stop(f, channel, pitch, step);
}

// Applies an event. At the cut itself notes end but none begins, so a note that ends there is not open.
static void fold_event(folder *f, const ario_midi_event *event, bool at_cut) {
  unsigned kind = event->bytes[0] & 0xf0, channel = event->bytes[0] & 15;
  if (event->bytes[0] >= 0xf0 || channel == ARIO__DRUMS) return;
  bool on = kind == 0x90 && event->bytes[2] > 0, pedal = kind == 0xb0 && event->bytes[1] == ARIO__PEDAL;
  if (on && !at_cut)
    note_on(f, event);
  else if (kind == 0x80 || (kind == 0x90 && !on))
    note_off(f, event);
  else if (pedal && event->bytes[2] < 64)
    pedal_up(f, channel, event->step);
  else if (pedal && !at_cut)
    f->pedal[channel] = true;
}

static int by_start(const void *a, const void *b) {
  const ario_note *x = a, *y = b;
  if (x->start != y->start) return x->start < y->start ? -1 : 1;
  if (x->pitch != y->pitch) return x->pitch < y->pitch ? -1 : 1;
  if (x->channel != y->channel) return x->channel < y->channel ? -1 : 1;
  return (x->end > y->end) - (x->end < y->end);
}

// Keeps the notes that were asked for, in order.
static void choose(folder *f, size_t first, const bool *hear) {
  size_t kept = 0;
  for (size_t i = first; i < f->count; i++)
    if (!hear || hear[f->notes[i].track - 1]) f->notes[kept++] = f->notes[i];
  f->count = kept;
  if (kept) qsort(f->notes, kept, sizeof *f->notes, by_start);
}

bool ario__song_fold(const ario_song *song, int64_t from, int64_t to, const bool *hear, ario_note **notes,
                     size_t *count) {
  *notes = NULL;
  *count = 0;
  folder *f = calloc(1, sizeof *f);
  if (!f) return false;
  size_t first = 0; // of the notes that start at or after `from`
  for (size_t i = 0; i < song->smf.event_count && !f->failed; i++) {
    const ario_midi_event *event = &song->events[i];
    if (event->microseconds > to) break;
    fold_event(f, event, event->microseconds == to);
    if (event->microseconds < from) first = f->count;
  }
  // A cut after all events is no cut: the end of the file ends all notes.
  for (size_t i = 0; i < f->count && to > song->end_microseconds; i++)
    if (f->notes[i].end == INT64_MAX) f->notes[i].end = song->end_step;
  choose(f, first, hear);
  bool failed = f->failed;
  if (failed)
    free(f->notes);
  else
    *notes = f->notes;
  if (!failed) *count = f->count;
  free(f);
  return !failed;
}
