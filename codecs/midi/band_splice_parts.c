// SPDX-License-Identifier: MIT
//
// The parts of a song that goes on: which one plays a new note, and how its channel comes to sound as it does.
#include "codecs/midi/band_splice.h"

#include <stdlib.h>
#include <string.h>

enum {
  NEW_VOLUME = 100, // of an instrument that the song has not
  CENTER = 64,      // pan
};

size_t ario__splice_add_part(ario__splice *s, ario__splice_part part) {
  if (s->part_count == s->part_room) {
    size_t room = s->part_room ? 2 * s->part_room : 32;
    ario__splice_part *grown = realloc(s->parts, room * sizeof *grown);
    if (!grown) {
      s->failed = true;
      return SIZE_MAX;
    }
    s->parts = grown;
    s->part_room = room;
  }
  part.order = s->part_count;
  s->parts[s->part_count] = part;
  return s->part_count++;
}

// A channel that nothing uses, else one without notes, else the one with the fewest up to now; never drums.
static unsigned free_channel(ario__splice *s) {
  size_t least = SIZE_MAX;
  unsigned best = 0;
  for (unsigned c = 0; c < 16 * s->song->port_count; c++) {
    size_t cost = s->channels[c].notes ? s->channels[c].notes + 1 : s->state.channels[c].used;
    if (s->state.channels[c].drums || c % 16 == ARIO_MIDI_DRUM_CHANNEL || cost >= least) continue;
    best = c;
    least = cost;
  }
  s->sharing += least > 1;
  return best;
}

static unsigned drum_channel(const ario__splice *s) {
  for (unsigned c = 0; c < 16 * s->song->port_count && !s->state.channels[ARIO_MIDI_DRUM_CHANNEL].drums; c++)
    if (s->state.channels[c].drums) return c;
  return ARIO_MIDI_DRUM_CHANNEL;
}

// An instrument that the song has not, with a channel of its own if there is one left.
static size_t new_part(ario__splice *s, const ario__splice_note *n) {
  bool drums = n->instrument == ARIO_BAND_DRUMS;
  ario__splice_part p = {.instrument = n->instrument, .pitch = n->pitch};
  p.channel = drums ? drum_channel(s) : free_channel(s);
  memset(&p.voice, -1, sizeof p.voice);
  p.voice.program = drums ? 0 : n->instrument;
  p.voice.values[ARIO__VOLUME] = NEW_VOLUME;
  p.voice.values[ARIO__PAN] = CENTER;
  return ario__splice_add_part(s, p);
}

// How little a note is a part's: it plays elsewhere, or has not this drum.
static double misfit(const ario__splice_part *p, const ario__splice_note *n) {
  if (n->instrument == ARIO_BAND_DRUMS) return -(1e9 * p->each[n->pitch] + (double)p->notes);
  return (n->pitch - p->pitch) * (n->pitch - p->pitch);
}

// Of those who play the instrument the one whose note it is; a new one where nobody does.
size_t ario__splice_part_of(ario__splice *s, const ario__splice_note *note) {
  size_t best = SIZE_MAX;
  double least = 0;
  for (size_t i = 0; i < s->part_count; i++) {
    const ario__splice_part *p = &s->parts[i];
    if (p->instrument != note->instrument || (best != SIZE_MAX && misfit(p, note) >= least)) continue;
    best = i;
    least = misfit(p, note);
  }
  return best == SIZE_MAX ? new_part(s, note) : best;
}

// Sets back how the last notes were played on a channel, or all that others left on one that is taken.
static void begin_channel(ario__splice *s, ario__splice_part *p, uint32_t tick) {
  const ario_channel *state = &s->state.channels[p->channel];
  if (s->alone) return;
  if (p->track)
    ario__channel_straighten(&p->events, tick, p->channel, state);
  else
    ario__channel_set_back(&p->events, tick, p->channel, state);
}

// Sets the controllers that are not in force, of a new part all that it has. True if its bank is among them.
static bool set_controllers(ario__splice_part *p, ario__splice_channel *c, uint32_t tick) {
  bool bank = false;
  for (unsigned i = 0; i < ARIO__TAKEN_OVER; i++) {
    int value = p->voice.values[i];
    if (value < 0 && c->now.values[i] >= 0) value = ario__taken_over[i].normal;
    if (value < 0 || (value == c->now.values[i] && p->track)) continue;
    bank |= i <= ARIO__BANK_LSB;
    c->now.values[i] = (int16_t)value;
    ario__track_add(&p->events, tick, ARIO__ORDER_CONTROL, p->channel, 0xb0, ario__taken_over[i].number,
                    (unsigned)value);
  }
  return bank;
}

void ario__splice_voice_from(ario__splice *s, size_t part, uint32_t tick) {
  ario__splice_part *p = &s->parts[part];
  ario__splice_channel *c = &s->channels[p->channel];
  if (c->plays == part + 1) return;
  if (!c->plays) begin_channel(s, p, tick);
  c->plays = part + 1;
  if (!c->goes_on) c->goes_on = part + 1;
  bool bank = set_controllers(p, c, tick);
  int program = p->voice.program < 0 && (c->now.program >= 0 || bank) ? 0 : p->voice.program;
  if (program < 0 || (program == c->now.program && p->track && !bank)) return;
  c->now.program = (int16_t)program;
  ario__track_add(&p->events, tick, ARIO__ORDER_PROGRAM, p->channel, 0xc0, (unsigned)program, 0);
}
