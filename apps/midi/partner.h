// SPDX-License-Identifier: MIT
//
// The partner in a jam: a thread that listens to a stage, feeds what is played to a session at once, and
// answers. For the model, the player and the answers are one sequence. The player is on MIDI channel 1 (drums
// stay on 10), the answers on channel 2.
#ifndef ARIO_APPS_PARTNER_H
#define ARIO_APPS_PARTNER_H

#include "apps/live/stage.h"
#include "arioso/sampler.h"
#include "arioso/session.h"
#include "arioso/symbolic.h"

typedef struct ario__partner ario__partner;

typedef enum ario__trigger_kind {
  ARIO__TRIGGER_SILENCE, // the player has been silent for a while
  ARIO__TRIGGER_CONTROL, // a controller, such as a pedal, goes to 64 or more
  ARIO__TRIGGER_KEY,     // a key is pressed; that key does not sound
} ario__trigger_kind;

typedef struct ario__partner_options {
  const ario_model *model;
  ario_session_options session;
  ario_sampler_options sampling;
  const ario_symbolic *symbolic;     // the codec; it must have symbolic->live
  const ario_passage_options *rules; // for answers
  const ario_steering *wishes;       // what answers keep to, where the codec can; NULL: nothing
  ario__trigger_kind trigger;
  uint8_t trigger_number; // of the controller or key
  double answer_after;    // seconds of silence, if that is the trigger
  double answer_seconds;  // longest answer
  size_t turns;           // answers until it is done; 0: no end
  ario__stage *stage;     // with the option `log`
} ario__partner_options;

enum { ARIO__PARTNER_LATENCIES = 4096 };

typedef struct ario__partner_state {
  bool answering, done;
  size_t answers, interrupted; // answers so far; those that the player interrupted
  size_t played, answered;     // notes
  double latency;              // seconds from the last trigger to the answer's first sound
  ario_status status;
} ario__partner_state;

// Creates a partner. Everything that the options point to must outlive it. Errors: those of
// ario_session_create and ario_generator_create, and of ario_symbolic.steer; ERR_MEMORY.
ARIO_NODISCARD ario_status ario__partner_create(const ario__partner_options *options, ario__partner **out,
                                                ario_error *error);
ARIO_NODISCARD ario_status ario__partner_start(ario__partner *partner, ario_error *error);

// Takes a message of the player; an ario__midi_hear whose context is the partner. One thread at a time may
// call it, and it never waits.
void ario__partner_key(void *partner, const uint8_t *bytes, size_t size);

void ario__partner_answer(ario__partner *partner); // answers now
void ario__partner_panic(ario__partner *partner);  // releases all notes

ario__partner_state ario__partner_look(ario__partner *partner);

// The latencies [*count] of the answers, in seconds; valid until the partner is freed. Call it
// after ario__partner_stop.
const double *ario__partner_latencies(const ario__partner *partner, size_t *count);

// Copies what was played so far: messages [*count] on tracks 0 (the player) and 1 (the answers), and *end,
// the present time in milliseconds. The caller frees *messages with free(). Any thread. Errors: ERR_MEMORY.
ARIO_NODISCARD ario_status ario__partner_recording(ario__partner *partner, ario_midi_message **messages,
                                                   size_t *count, int64_t *end);

// Ends all notes and the thread. Safe to call again.
void ario__partner_stop(ario__partner *partner);
void ario__partner_free(ario__partner *partner); // safe on NULL

#endif
