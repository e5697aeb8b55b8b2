// SPDX-License-Identifier: MIT
//
// A song's events -> its notes: the channels' state and the cut folded into their ends.
#include "codecs/midi/song.h"

#include <stdlib.h>
#include <string.h>

typedef struct note_list {
  ario_note *notes; // [count]
  size_t count, room;
} note_list;

typedef struct folder {
  note_list notes, drums;
  bool failed;
  const ario_midi_event *event;                         // that is being heard
  uint32_t sounding[ARIO_MIDI_CHANNELS][ARIO__PITCHES]; // index of the note + 1; 0: silent
  ario_channels channels;
} folder;

// A note of the event that is being heard.
static ario_note note_of(const folder *f, unsigned channel, unsigned pitch, unsigned velocity, int64_t end) {
  int program = f->channels.channels[channel].program;
  return (ario_note){.start = f->event->step,
                     .end = end,
                     .pitch = (uint8_t)pitch,
                     .velocity = (uint8_t)velocity,
                     .channel = (uint8_t)channel,
                     .track = f->event->track,
                     .program = program < 0 ? 0 : (uint8_t)program};
}

static bool add(folder *f, note_list *list, ario_note note) {
  if (list->count == list->room) {
    size_t room = list->room ? 2 * list->room : 256;
    ario_note *grown = realloc(list->notes, room * sizeof *grown);
    if (!grown) {
      f->failed = true;
      return false;
    }
    list->notes = grown;
    list->room = room;
  }
  list->notes[list->count++] = note;
  return true;
}

static void begin(folder *f, unsigned channel, unsigned pitch, unsigned velocity) {
  if (add(f, &f->notes, note_of(f, channel, pitch, velocity, INT64_MAX)))
    f->sounding[channel][pitch] = (uint32_t)f->notes.count; // at most ARIO__SMF_MAX_EVENTS
}

static void change(void *context, unsigned channel, unsigned pitch, unsigned velocity) {
  folder *f = context;
  uint32_t *sounding = &f->sounding[channel][pitch];
  if (velocity) {
    begin(f, channel, pitch, velocity);
    return;
  }
  if (*sounding) f->notes.notes[*sounding - 1].end = f->event->step;
  *sounding = 0;
}

// False for a note-off that comes late.
static bool hear(folder *f, const ario_midi_event *event) {
  f->event = event;
  return ario_channels_feed(&f->channels, event->port, event->tick, event->bytes, event->size, change, f);
}

static bool is_note_on(const ario_midi_event *event) {
  return (event->bytes[0] & 0xf0) == 0x90 && event->bytes[2] > 0;
}

// At the cut itself notes end but none begins, and no pedal goes down, so that a note that ends there is not open.
static bool is_heard_at_cut(const ario_midi_event *event) {
  bool pedal = (event->bytes[0] & 0xf0) == 0xb0 && (event->bytes[1] == 64 || event->bytes[1] == 66);
  return !is_note_on(event) && !(pedal && event->bytes[2] >= 64);
}

static int by_start(const void *a, const void *b) {
  const ario_note *x = a, *y = b;
  if (x->start != y->start) return x->start < y->start ? -1 : 1;
  if (x->pitch != y->pitch) return x->pitch < y->pitch ? -1 : 1;
  if (x->channel != y->channel) return x->channel < y->channel ? -1 : 1;
  return (x->end > y->end) - (x->end < y->end);
}

static void sort(note_list *list) {
  if (list->count) qsort(list->notes, list->count, sizeof *list->notes, by_start);
}

// Keeps the notes that were asked for, in order.
static void choose(note_list *list, size_t first, const bool *hear_track) {
  size_t kept = 0;
  for (size_t i = first; i < list->count; i++)
    if (!hear_track || hear_track[list->notes[i].track - 1]) list->notes[kept++] = list->notes[i];
  list->count = kept;
  sort(list);
}

static folder *open_folder(void) {
  folder *f = calloc(1, sizeof *f);
  if (f) ario_channels_init(&f->channels);
  return f;
}

// The end of the file ends all notes. Returns how many.
static size_t end_notes(folder *f, const ario_song *song) {
  size_t hanging = 0;
  for (size_t i = 0; i < f->notes.count; i++) {
    if (f->notes.notes[i].end != INT64_MAX) continue;
    f->notes.notes[i].end = song->end_step;
    hanging++;
  }
  return hanging;
}

// Hands over a list, or frees it where memory has run out.
static void hand_over(const folder *f, note_list *list, ario_note **notes, size_t *count) {
  if (f->failed) free(list->notes);
  *notes = f->failed ? NULL : list->notes;
  *count = f->failed ? 0 : list->count;
}

bool ario__song_fold(const ario_song *song, int64_t from, int64_t to, const bool *hear_track,
                     ario_note **notes, size_t *count) {
  *notes = NULL;
  *count = 0;
  folder *f = open_folder();
  if (!f) return false;
  size_t first = 0; // of the notes that start at or after `from`
  for (size_t i = 0; i < song->smf.event_count && !f->failed; i++) {
    const ario_midi_event *event = &song->events[i];
    if (event->microseconds > to) break;
    if (event->microseconds < to || is_heard_at_cut(event)) hear(f, event);
    if (event->microseconds < from) first = f->notes.count;
  }
  if (to > song->end_microseconds) end_notes(f, song); // a cut after all events is no cut
  choose(&f->notes, first, hear_track);
  hand_over(f, &f->notes, notes, count);
  bool done = !f->failed;
  free(f);
  return done;
}

// A note's or a drum's onset.
static void count_onset(ario_song *song, folder *f, const ario_midi_event *event) {
  ario_track_info *track = &song->track_infos[event->track - 1];
  unsigned channel = 16u * event->port + (event->bytes[0] & 15);
  track->notes++;
  track->channels |= (uint64_t)1 << channel;
  if (f->channels.channels[channel].drums)
    add(f, &f->drums, note_of(f, channel, event->bytes[1], event->bytes[2], event->step));
}

bool ario__song_hear(ario_song *song) {
  folder *f = open_folder();
  if (!f) return false;
  for (size_t i = 0; i < song->smf.event_count && !f->failed; i++) {
    ario_midi_event *event = &song->events[i];
    if (event->bytes[0] == 0xff) continue;
    if (!hear(f, event)) event->late = true;
    if (is_note_on(event)) count_onset(song, f, event);
  }
  song->hanging = end_notes(f, song);
  sort(&f->notes);
  sort(&f->drums);
  hand_over(f, &f->notes, &song->notes, &song->note_count);
  hand_over(f, &f->drums, &song->drums, &song->drum_count);
  bool done = !f->failed;
  free(f);
  return done;
}
