// SPDX-License-Identifier: MIT
//
// A song up to where it is cut: who plays on it, and how its channels sound.
#include "codecs/midi/band_splice.h"

#include <stdlib.h>
#include <string.h>

enum {
  DRUM_TIME = 250000, // microseconds that a drum counts as heard
  RECENT = 32,        // notes over which a part's pitch is the mean
};

// What the song says of tempo and meter at the cut itself belongs to the bar that begins there.
static void keep_map(ario__splice *s) {
  const ario_song *song = s->song;
  for (size_t i = s->copy.kept; i < song->smf.event_count; i++) {
    const ario_midi_event *event = &song->events[i];
    if (event->microseconds > s->passage->to) return;
    if (event->bytes[0] != 0xff || (event->bytes[1] != 0x51 && event->bytes[1] != 0x58)) continue;
    if (s->tail.size)
      ario__buffer_vlq(&s->tail, 0);
    else
      s->copy.tail_tick = (uint32_t)event->tick;
    ario__buffer_add(&s->tail, event->bytes, 2);
    ario__buffer_vlq(&s->tail, event->size - 2);
    ario__buffer_add(&s->tail, event->bytes + 2, event->size - 2);
  }
}

void ario__splice_cut(ario__splice *s) {
  const ario_song *song = s->song;
  size_t kept = song->smf.event_count;
  unsigned division = song->smf.division;
  while (kept && s->passage->cut && song->events[kept - 1].microseconds >= s->passage->to) kept--;
  unsigned factor = division < ARIO_BAND_STEPS ? (ARIO_BAND_STEPS + division - 1) / division : 1;
  s->copy = (ario__song_copy){.song = song, .kept = kept, .factor = factor, .tail = &s->tail};
  if (s->passage->cut) keep_map(s);
  uint64_t last = (uint64_t)(kept && s->passage->cut ? song->events[kept - 1].tick : 0) * factor;
  uint64_t close =
      s->passage->cut ? ario__splice_tick(&s->copy, s->passage->begin) : (uint64_t)song->end_tick * factor;
  s->copy.close = (int64_t)(close > last ? close : last);
}

static ario__splice_voice voice_of(const ario_channel *channel) {
  ario__splice_voice v = {.program = channel->program};
  for (unsigned i = 0; i < ARIO__TAKEN_OVER; i++) v.values[i] = channel->control[ario__taken_over[i].number];
  v.values[ARIO__BANK] = channel->program_bank;
  return v;
}

static bool is_part(const ario__splice_part *p, unsigned track, unsigned channel, unsigned instrument) {
  return p->track == track && p->channel == channel && p->instrument == instrument;
}

// The part of the song that an onset belongs to; SIZE_MAX without memory.
static size_t song_part(ario__splice *s, unsigned track, unsigned channel, unsigned instrument) {
  size_t last = s->channels[channel].heard;
  if (last && is_part(&s->parts[last - 1], track, channel, instrument)) return last - 1;
  size_t i = 0;
  while (i < s->part_count && !is_part(&s->parts[i], track, channel, instrument)) i++;
  if (i == s->part_count)
    i = ario__splice_add_part(
        s, (ario__splice_part){.track = track, .channel = channel, .instrument = (uint8_t)instrument});
  if (i != SIZE_MAX) s->channels[channel].heard = i + 1;
  return i;
}

static void hear_onset(ario__splice *s, const ario_midi_event *event) {
  unsigned pitch = event->bytes[1], c = ario__band_channel(event);
  const ario_channel *state = &s->state.channels[c];
  size_t by = song_part(s, event->track, c, ario__band_instrument(state));
  if (by == SIZE_MAX) return;
  ario__splice_part *p = &s->parts[by];
  s->channels[c].notes++;
  p->notes++;
  p->pitch += (pitch - p->pitch) / (double)(p->notes < RECENT ? p->notes : RECENT);
  p->each[pitch] = (uint16_t)(p->each[pitch] + (p->each[pitch] < UINT16_MAX));
  p->voice = voice_of(state);
}

static int or_normal(const ario_channel *state, unsigned taken) {
  int value = state->control[ario__taken_over[taken].number];
  return value < 0 ? ario__taken_over[taken].normal : value;
}

static void hear_loudness(ario__splice *s, unsigned c, int64_t length) {
  const ario_channel *state = &s->state.channels[c];
  ario__loudness_add(&s->channels[c].loudness, length, or_normal(state, ARIO__VOLUME),
                     or_normal(state, ARIO__EXPRESSION));
}

static void hear_event(ario__splice *s, const ario_midi_event *event) {
  unsigned c = ario__band_channel(event);
  bool onset = ario__band_is_onset(event), of_channel = event->bytes[0] < 0xf0;
  if (of_channel && s->state.channels[c].sounding)
    hear_loudness(s, c, event->microseconds - s->channels[c].since);
  if (of_channel) s->channels[c].since = event->microseconds;
  ario_channels_feed(&s->state, event->port, event->tick, event->bytes, event->size, NULL, NULL);
  if (onset && s->state.channels[c].drums) hear_loudness(s, c, DRUM_TIME);
  if (onset) hear_onset(s, event);
}

// After a fade-out the volume is that of the passage before it.
static void undo_fade(const ario__splice_channel *c, const ario_channel *state, ario__splice_voice *v) {
  int volume, expression;
  int level = or_normal(state, ARIO__VOLUME) * or_normal(state, ARIO__EXPRESSION);
  if (!ario__loudness_level(&c->loudness, &volume, &expression) || 2 * level >= volume * expression) return;
  v->values[ARIO__VOLUME] = (int16_t)volume;
  v->values[ARIO__EXPRESSION] = (int16_t)expression;
}

static int by_track(const void *a, const void *b) {
  const ario__splice_part *x = a, *y = b;
  if (x->track != y->track) return x->track < y->track ? -1 : 1;
  return (x->order > y->order) - (x->order < y->order);
}

// Whoever has the channel at the cut sounds as it does there, the others as they did last.
static void settle_parts(ario__splice *s) {
  for (size_t i = 0; i < s->part_count; i++) {
    ario__splice_part *p = &s->parts[i];
    const ario_channel *state = &s->state.channels[p->channel];
    if (ario__band_instrument(state) != p->instrument) continue;
    p->voice = voice_of(state);
    undo_fade(&s->channels[p->channel], state, &p->voice);
  }
  if (s->part_count) qsort(s->parts, s->part_count, sizeof *s->parts, by_track);
}

void ario__splice_hear(ario__splice *s) {
  ario_channels_init(&s->state);
  for (size_t i = 0; i < s->copy.kept && !s->failed; i++)
    if (s->song->events[i].bytes[0] != 0xff) hear_event(s, &s->song->events[i]);
  settle_parts(s);
  for (unsigned c = 0; c < ARIO_MIDI_CHANNELS; c++) {
    s->failed |= s->channels[c].loudness.failed;
    if (s->alone)
      memset(&s->channels[c].now, -1, sizeof s->channels[c].now);
    else
      s->channels[c].now = voice_of(&s->state.channels[c]);
  }
}
