// SPDX-License-Identifier: MIT
//
// Messages that set channels up for a continuation.
#include "codecs/midi/channel_setup.h"

enum { MODULATION = 1, PEDAL = 64, SOSTENUTO = 66, RESET = 121 };

const ario__controller ario__taken_over[ARIO__TAKEN_OVER] = {{0, 0},    {32, 0},  {7, 100}, {10, 64},
                                                             {11, 127}, {91, 40}, {93, 0}};

// Those that are set back where others have used the channel.
static const ario__controller set_back[] = {{MODULATION, 0}, {5, 0},   {65, 0},  {67, 0},  {68, 0},  {69, 0},
                                            {71, 64},        {72, 64}, {73, 64}, {74, 64}, {75, 64}, {76, 64},
                                            {77, 64},        {78, 64}, {92, 0},  {94, 0},  {95, 0}};

static int or_normal(int value, int normal) {
  return value < 0 ? normal : value;
}

static void add_control(ario__track_events *list, uint32_t tick, unsigned channel, unsigned number,
                        unsigned value) {
  ario__track_add(list, tick, ARIO__ORDER_CONTROL, channel, 0xb0, number, value);
}

// Sets the first `count` of those back, and what was bent or pressed.
static void set_some_back(ario__track_events *list, uint32_t tick, unsigned channel,
                          const ario_channel *state, size_t count) {
  bool bent = or_normal(state->bend, ARIO_MIDI_BEND_CENTER) != ARIO_MIDI_BEND_CENTER,
       pressed = state->pressure > 0;
  bool any = bent || pressed || state->key_pressure;
  for (size_t i = 0; i < count; i++) {
    if (or_normal(state->control[set_back[i].number], set_back[i].normal) == set_back[i].normal) continue;
    add_control(list, tick, channel, set_back[i].number, set_back[i].normal);
    any = true;
  }
  if (any && count > 1) ario__track_add(list, tick, ARIO__ORDER_RESET, channel, 0xb0, RESET, 0);
  if (bent) ario__track_add(list, tick, ARIO__ORDER_CONTROL, channel, 0xe0, 0, 64);
  if (pressed) ario__track_add(list, tick, ARIO__ORDER_CONTROL, channel, 0xd0, 0, 0);
}

void ario__channel_set_back(ario__track_events *list, uint32_t tick, unsigned channel,
                            const ario_channel *state) {
  set_some_back(list, tick, channel, state, sizeof set_back / sizeof *set_back);
}

void ario__channel_straighten(ario__track_events *list, uint32_t tick, unsigned channel,
                              const ario_channel *state) {
  set_some_back(list, tick, channel, state, 1);
}

void ario__channel_lift(ario__track_events *list, uint32_t tick, unsigned channel,
                        const ario_channel *state) {
  if (state->pedal) add_control(list, tick, channel, PEDAL, 0);
  if (state->control[SOSTENUTO] >= 64) add_control(list, tick, channel, SOSTENUTO, 0);
}

bool ario__channel_key_down(const ario_channel *state, unsigned pitch) {
  uint8_t key = state->keys[pitch];
  return (key & ARIO_KEY_DRUM) || (key & (ARIO_KEY_SOUNDS | ARIO_KEY_UP)) == ARIO_KEY_SOUNDS;
}

void ario__channel_end_key(ario__track_events *list, uint32_t tick, int64_t moment, unsigned channel,
                           const ario_channel *state, unsigned pitch) {
  bool again = (state->keys[pitch] & ARIO_KEY_AGAIN) && state->moment == moment;
  if (!ario__channel_key_down(state, pitch)) return;
  for (int i = 0; i <= again; i++) ario__track_add(list, tick, ARIO__ORDER_OFF, channel, 0x80, pitch, 0);
}
