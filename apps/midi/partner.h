// SPDX-License-Identifier: MIT
//
// The partner in a jam: a thread that listens to what is played on a stage, reads it into a session as it
// comes, and answers. What the two of them play is one sequence for the model; the player is on channel 1 of
// MIDI (drums stay on 10), the answer on channel 2.
#ifndef ARIO_APPS_PARTNER_H
#define ARIO_APPS_PARTNER_H

#include "apps/live/stage.h"
#include "arioso/sampler.h"
#include "arioso/session.h"
#include "arioso/symbolic.h"

typedef struct ario__partner ario__partner;

typedef enum ario__trigger_kind {
  ARIO__TRIGGER_SILENCE, // the player has stopped for a while
  ARIO__TRIGGER_CONTROL, // a controller, as a pedal, goes to 64 or more
  ARIO__TRIGGER_KEY,     // a key is pressed, which is not heard
} ario__trigger_kind;

typedef struct ario__partner_options {
  const ario_model *model;
  ario_session_options session;
  ario_sampler_options sampling;
  const ario_symbolic *symbolic;     // the codec, which can read while music is played (symbolic->live)
  const ario_passage_options *rules; // what holds for answers
  ario__trigger_kind trigger;
  uint8_t trigger_number; // of the controller or key
  double answer_after;    // seconds of silence, where that is the trigger
  double answer_seconds;  // of an answer at most
  size_t turns;           // answers until it is done; 0: without end
  ario__stage *stage;     // with the option `log`; never without final music
} ario__partner_options;

enum { ARIO__PARTNER_LATENCIES = 4096 };

typedef struct ario__partner_state {
  bool answering, done;
  size_t answers, interrupted; // answers so far; of them, taken over by the player
  size_t played, answered;     // notes
  double latency;              // seconds from the last trigger to the answer's first sound
  ario_status status;
} ario__partner_state;

// Errors: those of ario_session_create.
ARIO_NODISCARD ario_status ario__partner_create(const ario__partner_options *options, ario__partner **out,
                                                ario_error *error);
ARIO_NODISCARD ario_status ario__partner_start(ario__partner *partner, ario_error *error);

// A message of the player's; from one thread at a time, which is not kept waiting.
void ario__partner_key(void *partner, const uint8_t *bytes, size_t size);

void ario__partner_answer(ario__partner *partner); // answers now
void ario__partner_panic(ario__partner *partner);  // lets go of all notes

ario__partner_state ario__partner_look(ario__partner *partner);

// The latencies [*count] of the answers so far, in seconds; valid until it is freed. After it has stopped.
const double *ario__partner_latencies(const ario__partner *partner, size_t *count);

// What was played so far, tracks 0 (the player) and 1 (the answers); *messages is to be freed; *end is the
// time now in milliseconds. Any thread. Errors: ERR_MEMORY.
ARIO_NODISCARD ario_status ario__partner_recording(ario__partner *partner, ario_midi_message **messages,
                                                   size_t *count, int64_t *end);

// Ends all notes and the thread. Safe to call again.
void ario__partner_stop(ario__partner *partner);
void ario__partner_free(ario__partner *partner); // safe on NULL

#endif
