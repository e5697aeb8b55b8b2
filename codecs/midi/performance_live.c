// SPDX-License-Identifier: MIT
//
// Events -> tokens while music is played. What song_notes.c and performance_tokens.c do with a whole piece is
// done here a step at a time: the events of one step are collected, since their order does not matter.
#include "codecs/midi/performance_vocabulary.h"
#include "codecs/midi/song.h"

#include <string.h>

typedef struct out {
  ario_token_sink sink;
  void *context;
} out;

static void emit(const out *o, int64_t token) {
  o->sink(o->context, (ario_token)token);
}

void ario_midi_live_init(ario_midi_live *live) {
  *live = (ario_midi_live){.bin = -1};
  ario_channels_init(&live->channels);
}

static void emit_time(ario_midi_live *live, const out *o) {
  if (!live->begun) {
    live->begun = true;
    live->now = live->at;
    emit(o, ARIO_MIDI_BOS);
  }
  while (live->now < live->at) {
    int64_t jump = ario__longest_shift(live->at - live->now);
    emit(o, ario__shift(jump));
    live->now += jump;
  }
}

// Emits the tokens of the collected step.
static void flush(ario_midi_live *live, const out *o) {
  static const bool nothing[ARIO__PITCHES];
  static const uint8_t silence[ARIO__PITCHES];
  if (!memcmp(live->off, nothing, sizeof nothing) && !memcmp(live->on, silence, sizeof silence)) return;
  emit_time(live, o);
  for (unsigned p = 0; p < ARIO__PITCHES; p++)
    if (live->off[p]) emit(o, ARIO_MIDI_NOTE_OFF + p);
  for (unsigned p = 0; p < ARIO__PITCHES; p++) {
    if (!live->on[p]) continue;
    int bin = (int)ario__velocity_bin(live->on[p]);
    if (bin != live->bin) emit(o, ARIO_MIDI_VELOCITY + bin);
    live->bin = bin;
    emit(o, ARIO_MIDI_NOTE_ON + p);
  }
  memset(live->off, 0, sizeof live->off);
  memset(live->on, 0, sizeof live->on);
}

// Advances to a step: emits what is before it. A note that was released in the step in which it began ends in
// the next.
static void advance(ario_midi_live *live, int64_t step, const out *o) {
  if (step <= live->at) return;
  flush(live, o);
  memcpy(live->off, live->late, sizeof live->off);
  memset(live->late, 0, sizeof live->late);
  live->at++;
  if (step > live->at) flush(live, o);
  live->at = step;
}

static void stop(ario_midi_live *live, unsigned channel, unsigned pitch) {
  uint64_t bit = (uint64_t)1 << channel;
  if (!(live->holders[pitch] & bit)) return;
  live->holders[pitch] &= ~bit;
  if (live->holders[pitch]) return;
  if (live->since[pitch] == live->at)
    live->late[pitch] = true;
  else
    live->off[pitch] = true;
}

// An onset ends the note of its pitch before it. Of several onsets in one step the loudest counts, and they
// end together.
static void begin(ario_midi_live *live, unsigned channel, unsigned pitch, uint8_t velocity) {
  uint64_t bit = (uint64_t)1 << channel;
  if (live->on[pitch]) {
    if (velocity > live->on[pitch]) live->on[pitch] = velocity;
    live->holders[pitch] |= bit;
    live->late[pitch] = false;
    return;
  }
  if (live->holders[pitch]) live->off[pitch] = true;
  live->holders[pitch] = bit;
  live->since[pitch] = live->at;
  live->on[pitch] = velocity;
}

static void change(void *context, unsigned channel, unsigned pitch, unsigned velocity) {
  if (velocity)
    begin(context, channel, pitch, (uint8_t)velocity);
  else
    stop(context, channel, pitch);
}

void ario_midi_live_event(ario_midi_live *live, const ario_midi_event *event, ario_token_sink sink,
                          void *context) {
  advance(live, event->step, &(out){sink, context});
  ario_channels_feed(&live->channels, event->port, event->tick, event->bytes, event->size, change, live);
}

void ario_midi_live_pass(ario_midi_live *live, int64_t step, ario_token_sink sink, void *context) {
  advance(live, step, &(out){sink, context});
}

void ario_midi_live_end(ario_midi_live *live, int64_t step, ario_token_sink sink, void *context) {
  const out o = {sink, context};
  advance(live, step, &o);
  for (unsigned channel = 0; channel < ARIO_MIDI_CHANNELS; channel++)
    for (unsigned p = 0; p < ARIO__PITCHES; p++) stop(live, channel, p);
  ario_channels_init(&live->channels);
  advance(live, live->at + 2, &o);
}
