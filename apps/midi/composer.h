// SPDX-License-Identifier: MIT
//
// The composer: a thread that generates music while what came before it is heard, keeps some seconds ahead,
// and hands it to a stage. What is handed over is final.
//
// Where it cannot keep ahead, it thinks with fewer latents (pace.h). Where even that is too slow, it ends the
// phrase: all that sounds is let go, and some seconds of silence become part of the piece, in which it gets
// ahead again.
#ifndef ARIO_APPS_COMPOSER_H
#define ARIO_APPS_COMPOSER_H

#include "apps/live/stage.h"
#include "apps/midi/score.h"
#include "arioso/sampler.h"
#include "arioso/session.h"

typedef struct ario__composer ario__composer;

typedef struct ario__composer_options {
  const ario_model *model;
  ario_session_options session; // the most latents, threads, precision
  ario_sampler_options sampling;
  const ario__score *score;
  const ario_midi_grammar *grammar; // has seen the prompt
  int64_t steps;                    // of music, from the continuation's beginning; INT64_MAX: without end
  double ahead;                     // seconds that it keeps ahead of the stage
  ario__stage *stage;
  // Called from the composer's thread with a take that is given up for another one; may be NULL.
  void (*keep)(void *context, size_t take, const ario_token *tokens, size_t count);
  void *context;
} ario__composer_options;

typedef struct ario__composer_state {
  double ahead; // seconds of music that are final and not performed yet
  size_t tokens, notes;
  size_t latents;       // in use
  size_t latents_least; // that were
  size_t changes;       // of their number
  size_t refills;
  size_t pauses; // phrases that were ended because it was too slow
  size_t take;   // from 1
  bool done;     // the piece has come to its end
  ario_status status;
} ario__composer_state;

// Hands what stands before the continuation to the stage. Everything that the options point to must live as
// long as the composer. Errors: those of ario_session_create and ario__score_look.
ARIO_NODISCARD ario_status ario__composer_create(const ario__composer_options *options, ario__composer **out,
                                                 ario_error *error);
ARIO_NODISCARD ario_status ario__composer_start(ario__composer *composer, ario_error *error);

// Another continuation from here on, by the next seed; from the thread that started it.
void ario__composer_another(ario__composer *composer);

ario__composer_state ario__composer_look(ario__composer *composer);

// Ends the thread. Safe to call again.
void ario__composer_stop(ario__composer *composer);

// After that: the tokens up to a step of the piece, filled up with time to that step; INT64_MAX: all.
// *tokens is to be freed. Errors: ERR_MEMORY.
ARIO_NODISCARD ario_status ario__composer_tokens(const ario__composer *composer, int64_t step,
                                                 ario_token **tokens, size_t *count);

void ario__composer_free(ario__composer *composer); // safe on NULL

#endif
