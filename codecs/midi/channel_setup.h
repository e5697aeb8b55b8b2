// SPDX-License-Identifier: MIT
//
// What a continuation sets on the channels of a song: what it takes over, what it sets back, which keys it ends.
#ifndef ARIO_CHANNEL_SETUP_H
#define ARIO_CHANNEL_SETUP_H

#include "arioso/channels.h"
#include "codecs/midi/track_write.h"

typedef struct ario__controller {
  uint8_t number, normal; // normal: its value where nothing sets it
} ario__controller;

// The places in this table of those that have rules of their own.
enum { ARIO__BANK, ARIO__BANK_LSB, ARIO__VOLUME, ARIO__PAN, ARIO__EXPRESSION, ARIO__TAKEN_OVER = 7 };

// The controllers that make a channel sound as it does: bank, volume, pan, expression, reverb, chorus.
extern const ario__controller ario__taken_over[ARIO__TAKEN_OVER];

// Sets back bend, pressure and the other controllers that others have left on a channel.
void ario__channel_set_back(ario__track_events *list, uint32_t tick, unsigned channel,
                            const ario_channel *state);

// Sets back bend, pressure and modulation alone: how a note was played, not how the channel sounds.
void ario__channel_straighten(ario__track_events *list, uint32_t tick, unsigned channel,
                              const ario_channel *state);

// Lifts the pedals that are down.
void ario__channel_lift(ario__track_events *list, uint32_t tick, unsigned channel, const ario_channel *state);

bool ario__channel_key_down(const ario_channel *state, unsigned pitch); // a note's or a drum's

// Ends a key that is down. `moment` is the tick in the song's time base: in the tick of an onset that ended an older
// note the first note-off is that one's.
void ario__channel_end_key(ario__track_events *list, uint32_t tick, int64_t moment, unsigned channel,
                           const ario_channel *state, unsigned pitch);

#endif
