// SPDX-License-Identifier: MIT
//
// The vocabulary of midi-performance: what a token is.
#ifndef ARIO_PERFORMANCE_VOCABULARY_H
#define ARIO_PERFORMANCE_VOCABULARY_H

#include "arioso/midi.h"

enum {
  ARIO__BIN_WIDTH = 4,      // velocities in a bin
  ARIO__FIRST_VELOCITY = 64 // before the first velocity token
};

static inline bool ario__is_note_on(ario_token token) {
  return token >= ARIO_MIDI_NOTE_ON && token < ARIO_MIDI_NOTE_OFF;
}

static inline bool ario__is_note_off(ario_token token) {
  return token >= ARIO_MIDI_NOTE_OFF && token < ARIO_MIDI_SHIFT;
}

static inline bool ario__is_shift(ario_token token) {
  return token >= ARIO_MIDI_SHIFT && token < ARIO_MIDI_VELOCITY;
}

static inline bool ario__is_velocity(ario_token token) {
  return token >= ARIO_MIDI_VELOCITY && token < ARIO_MIDI_VOCAB;
}

// The token of a shift by 1..100 steps, and the steps of such a token.
static inline ario_token ario__shift(int64_t steps) {
  return (ario_token)(ARIO_MIDI_SHIFT + steps - 1);
}

static inline int64_t ario__shift_steps(ario_token token) {
  return token - ARIO_MIDI_SHIFT + 1;
}

// The longest shift of at most `steps` >= 1 steps.
static inline int64_t ario__longest_shift(int64_t steps) {
  return steps < ARIO_MIDI_MAX_SHIFT ? steps : ARIO_MIDI_MAX_SHIFT;
}

// The bin of a velocity 1..127, and the velocity that decoding gives a bin.
static inline unsigned ario__velocity_bin(unsigned velocity) {
  return (velocity - 1) / ARIO__BIN_WIDTH;
}

static inline uint8_t ario__velocity_of_bin(unsigned bin) {
  return (uint8_t)(ARIO__BIN_WIDTH * bin + ARIO__BIN_WIDTH - 1);
}

#endif
