// SPDX-License-Identifier: MIT
//
// Varies tokens in one pass, from tokens to tokens. What happens in a step of the variation is collected, and
// written in canonical order when a later step begins.
#include "codecs/midi/performance_vocabulary.h"

#include <math.h>
#include <string.h>

enum {
  PITCHES = 128,
  FIRST_BIN = 15
};  // of velocity 64, which holds before the first velocity token of a
    // piece

enum state { UNKNOWN, SILENT, SOUNDING }; // of a pitch; UNKNOWN: it may have begun before the run

typedef struct variation {
  double tempo;
  int semitones;
  int64_t now;     // steps read since time 0
  int64_t step;    // step of the variation whose events are being collected
  int64_t written; // step up to which time has been written
  int heard, said; // velocity bins, as read and as written; -1: unknown
  uint8_t states[PITCHES];
  bool off[PITCHES], on[PITCHES]; // what happens in this step
  bool late[PITCHES];             // begins in this step and ends in the next
  int bins[PITCHES];              // velocity bins of the notes that begin; -1: unknown
  bool any;                       // something happens in this step
  ario_token *out;                // [room]
  size_t used, room;
} variation;

// ---- Writing ----

static void put(variation *v, int token) {
  if (v->used < v->room) v->out[v->used++] = (ario_token)token;
}

static void put_shifts(variation *v) {
  while (v->written < v->step && v->used < v->room) {
    int64_t shift = ario__longest_shift(v->step - v->written);
    put(v, ario__shift(shift));
    v->written += shift;
  }
}

static void put_velocity(variation *v, int bin) {
  if (bin >= 0 && bin != v->said) put(v, ARIO_MIDI_VELOCITY + bin);
  if (bin >= 0) v->said = bin;
}

// Writes what happens in this step. What is late is left for the next.
static void put_step(variation *v) {
  if (!v->any) return;
  put_shifts(v);
  for (int p = 0; p < PITCHES; p++)
    if (v->off[p]) put(v, ARIO_MIDI_NOTE_OFF + p + v->semitones);
  v->any = false;
  for (int p = 0; p < PITCHES; p++) {
    if (v->on[p]) put_velocity(v, v->bins[p]);
    if (v->on[p]) put(v, ARIO_MIDI_NOTE_ON + p + v->semitones);
    v->any |= v->late[p];
  }
  memcpy(v->off, v->late, sizeof v->off);
  memset(v->on, 0, sizeof v->on);
  memset(v->late, 0, sizeof v->late);
}

static void go_to(variation *v, int64_t step) {
  if (step <= v->step) return;
  put_step(v);
  if (v->any && step > v->step + 1) {
    v->step++;
    put_step(v);
  }
  v->step = step;
}

// Writes everything that is collected, and the time that has passed.
static void settle(variation *v) {
  put_step(v);
  if (v->any) {
    v->step++;
    put_step(v);
  }
  put_shifts(v);
}

// ---- Reading ----

static void read_on(variation *v, int pitch) {
  if (v->states[pitch] == SOUNDING && !v->on[pitch]) v->off[pitch] = true;
  if (!v->on[pitch] || v->heard > v->bins[pitch]) v->bins[pitch] = v->heard;
  v->states[pitch] = SOUNDING;
  v->on[pitch] = v->any = true;
  v->late[pitch] = false;
}

static void read_off(variation *v, int pitch) {
  if (v->states[pitch] == SILENT) return;
  v->states[pitch] = SILENT;
  if (v->on[pitch])
    v->late[pitch] = true;
  else
    v->off[pitch] = v->any = true;
}

static void begin_piece(variation *v) {
  v->now = v->step = v->written = 0;
  v->heard = FIRST_BIN;
  v->said = -1;
  memset(v->states, SILENT, sizeof v->states);
}

static void read_token(variation *v, int token) {
  if (token >= ARIO_MIDI_VOCAB) return;
  if (token >= ARIO_MIDI_VELOCITY) {
    v->heard = token - ARIO_MIDI_VELOCITY;
  } else if (token >= ARIO_MIDI_SHIFT) {
    v->now += ario__shift_steps((ario_token)token);
    go_to(v, (int64_t)floor((double)v->now * v->tempo + 0.5));
  } else if (token >= ARIO_MIDI_NOTE_OFF) {
    read_off(v, token - ARIO_MIDI_NOTE_OFF);
  } else if (token >= ARIO_MIDI_NOTE_ON) {
    read_on(v, token - ARIO_MIDI_NOTE_ON);
  } else {
    settle(v);
    put(v, token);
    if (token == ARIO_MIDI_BOS) begin_piece(v);
  }
}

// The transposition nearest to `wanted` that keeps all pitches.
static int transposition(const ario_token *tokens, size_t count, int wanted) {
  int low = PITCHES - 1, high = 0;
  for (size_t i = 0; i < count; i++) {
    if (tokens[i] < ARIO_MIDI_NOTE_ON || tokens[i] >= ARIO_MIDI_SHIFT) continue;
    int pitch = (tokens[i] - ARIO_MIDI_NOTE_ON) % PITCHES;
    if (pitch < low) low = pitch;
    if (pitch > high) high = pitch;
  }
  if (low > high) return 0; // nothing to transpose
  if (wanted < -low) return -low;
  return wanted > PITCHES - 1 - high ? PITCHES - 1 - high : wanted;
}

size_t ario_midi_vary(const ario_token *tokens, size_t count, const ario_variation *how, ario_token *out,
                      size_t room) {
  variation v = {.tempo = how->tempo > 0.1 ? fmin(how->tempo, 10) : 0.1,
                 .semitones = transposition(tokens, count, how->semitones),
                 .heard = -1,
                 .said = -1,
                 .out = out,
                 .room = room};
  for (size_t i = 0; i < count && v.used < room; i++) read_token(&v, tokens[i]);
  settle(&v);
  // A velocity at the run's end belongs to the note that comes next.
  if (count && ario__is_velocity(tokens[count - 1])) put_velocity(&v, v.heard);
  return v.used;
}
