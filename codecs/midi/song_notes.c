// SPDX-License-Identifier: MIT
//
// A song's events -> its notes: the channels' state and the cut folded into their ends.
#include "codecs/midi/song.h"

#include <stdlib.h>
#include <string.h>

typedef struct folder {
  ario_note *notes;
  size_t count, room;
  bool failed;
  const ario_midi_event *event;                         // that is being heard
  uint32_t sounding[ARIO_MIDI_CHANNELS][ARIO__PITCHES]; // index of the note + 1; 0: silent
  ario_channels channels;
} folder;

static void begin(folder *f, unsigned channel, unsigned pitch, unsigned velocity) {
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
  f->notes[f->count++] = (ario_note){.start = f->event->step,
                                     .end = INT64_MAX,
                                     .pitch = (uint8_t)pitch,
                                     .velocity = (uint8_t)velocity,
                                     .channel = (uint8_t)channel,
                                     .track = f->event->track};
  f->sounding[channel][pitch] = (uint32_t)f->count; // at most ARIO__SMF_MAX_EVENTS
}

static void change(void *context, unsigned channel, unsigned pitch, unsigned velocity) {
  folder *f = context;
  uint32_t *sounding = &f->sounding[channel][pitch];
  if (velocity) {
    begin(f, channel, pitch, velocity);
    return;
  }
  if (*sounding) f->notes[*sounding - 1].end = f->event->step;
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

// Keeps the notes that were asked for, in order.
static void choose(folder *f, size_t first, const bool *hear_track) {
  size_t kept = 0;
  for (size_t i = first; i < f->count; i++)
    if (!hear_track || hear_track[f->notes[i].track - 1]) f->notes[kept++] = f->notes[i];
  f->count = kept;
  if (kept) qsort(f->notes, kept, sizeof *f->notes, by_start);
}

static folder *open_folder(void) {
  folder *f = calloc(1, sizeof *f);
  if (f) ario_channels_init(&f->channels);
  return f;
}

// The end of the file ends all notes. Returns how many.
static size_t end_notes(folder *f, const ario_song *song) {
  size_t hanging = 0;
  for (size_t i = 0; i < f->count; i++) {
    if (f->notes[i].end != INT64_MAX) continue;
    f->notes[i].end = song->end_step;
    hanging++;
  }
  return hanging;
}

// Hands over the notes and frees the folder. False if memory ran out.
static bool close_folder(folder *f, ario_note **notes, size_t *count) {
  bool failed = f->failed;
  if (failed) free(f->notes);
  *notes = failed ? NULL : f->notes;
  *count = failed ? 0 : f->count;
  free(f);
  return !failed;
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
    if (event->microseconds < from) first = f->count;
  }
  if (to > song->end_microseconds) end_notes(f, song); // a cut after all events is no cut
  choose(f, first, hear_track);
  return close_folder(f, notes, count);
}

// A note's or a drum's onset.
static void count_onset(ario_song *song, const folder *f, const ario_midi_event *event) {
  ario_track_info *track = &song->track_infos[event->track - 1];
  unsigned channel = 16u * event->port + (event->bytes[0] & 15);
  track->notes++;
  track->channels |= (uint64_t)1 << channel;
  song->drum_count += f->channels.channels[channel].drums;
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
  choose(f, 0, NULL);
  return close_folder(f, &song->notes, &song->note_count);
}
