// SPDX-License-Identifier: MIT
//
// Keys and pedals that are down where a song is cut.
#include "codecs/midi/band_splice.h"

#include <stdlib.h>

enum { LONGEST_STEPS = 768 }; // a length stands for

typedef uint32_t key_ticks[ARIO_MIDI_CHANNELS][ARIO__PITCHES];

// The ticks at which the song itself lets go of the keys that are down at the cut.
static void find_ends(const ario__splice *s, key_ticks ends) {
  const ario_song *song = s->song;
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++)
    for (unsigned p = 0; p < ARIO__PITCHES; p++) ends[c][p] = UINT32_MAX;
  for (size_t i = s->copy.kept; i < song->smf.event_count; i++) {
    const ario_midi_event *event = &song->events[i];
    unsigned kind = event->bytes[0] & 0xf0, c = ario__band_channel(event);
    if ((kind == 0x80 || kind == 0x90) && ends[c][event->bytes[1]] == UINT32_MAX)
      ends[c][event->bytes[1]] = (uint32_t)event->tick;
  }
}

// Where a channel's keys and pedals are let go.
static ario__track_events *ends_of(ario__splice *s, unsigned c) {
  size_t by = s->channels[c].goes_on;
  return by ? &s->parts[by - 1].events : &s->ends;
}

// Ends a key where the song does, at the latest after the longest length, or with a new onset, and then before it in its
// track.
static void end_key(ario__splice *s, unsigned c, unsigned pitch, uint32_t in_song) {
  uint64_t close = (uint64_t)s->copy.close, longest = close + ario__splice_tick(&s->copy, LONGEST_STEPS);
  uint64_t end = (uint64_t)(in_song == UINT32_MAX ? s->song->end_tick : in_song) * s->copy.factor;
  const ario__splice_note *next =
      s->channels[c].first[pitch] ? &s->notes[s->channels[c].first[pitch] - 1] : NULL;
  ario__track_events *list = next ? &s->parts[next->by].events : ends_of(s, c);
  if (end > longest) end = longest;
  if (next && next->start < end) end = next->start;
  if (end < close) end = close;
  int64_t moment = end % s->copy.factor ? -1 : (int64_t)(end / s->copy.factor);
  ario__channel_end_key(list, (uint32_t)end, moment, c, &s->state.channels[c], pitch);
}

ario_status ario__splice_end_open(ario__splice *s) {
  key_ticks *ends = malloc(sizeof *ends);
  if (!ends) return ARIO_ERR_MEMORY;
  find_ends(s, *ends);
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++) {
    const ario_channel *state = &s->state.channels[c];
    if (!state->used) continue;
    ario__channel_lift(ends_of(s, c), (uint32_t)s->copy.close, c, state);
    for (unsigned p = 0; p < ARIO__PITCHES; p++)
      if (ario__channel_key_down(state, p)) end_key(s, c, p, (*ends)[c][p]);
  }
  free(ends);
  return ARIO_OK;
}
