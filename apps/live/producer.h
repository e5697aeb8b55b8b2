// SPDX-License-Identifier: MIT
//
// A producer generates while what came before is heard: a thread that keeps some seconds ahead of a stage, thinks with
// fewer latents where it cannot (pace.h), and begins another take when asked to. What it makes of tokens, music or
// sound, is its product's business: the composer (apps/midi) and the sounder (apps/audio) each contain a producer.
#ifndef ARIO_APPS_PRODUCER_H
#define ARIO_APPS_PRODUCER_H

#include "apps/generate/pace.h"
#include "apps/live/stage.h"
#include "apps/live/worker.h"
#include "arioso/generator.h"

typedef struct ario__producer_options {
  const ario_model *model;
  ario_session_options session;  // the most latents, threads, precision
  ario_sampler_options sampling; // of the first take; take k has the seed + k - 1
  double ahead;                  // seconds that it keeps ahead of the stage
  ario__stage *stage;
} ario__producer_options;

typedef struct ario__producer_state {
  double ahead; // seconds that are ready and not performed yet
  double made;  // seconds of the piece that are made
  size_t tokens, notes;
  size_t latents, latents_least, changes; // in use; that ever were; times that they changed
  size_t refills;
  size_t pauses; // phrases that were ended because it was too slow
  size_t take;   // from 1
  bool ready;    // enough is there to begin with
  bool done;     // all is made
  ario_status status;
  ario_error error; // where the status is of a file
} ario__producer_state;

// What tokens become. The functions are called by the producer's thread.
typedef struct ario__producer_kind {
  // Goes back to the first place that can still change, where the new take begins.
  ario_status (*begin_take)(void *product, size_t take);
  // Makes a little more, `lead` seconds ahead of what is performed. *done at the end of the piece.
  ario_status (*work)(void *product, double lead, bool *done, ario_error *error);
  double (*lead)(void *product); // seconds from what is performed to what is ready
  double (*made)(void *product); // seconds of the piece that are made
} ario__producer_kind;

typedef struct ario__producer {
  ario__producer_options options;
  const ario__producer_kind *kind;
  void *product;
  ario_token *tokens; // [count]: the prompt's, then the new ones
  size_t count, room, prompt_count;
  ario_session *session; // has read the tokens, less
  size_t unread;         // the oldest, which the model cannot see
  ario_generator *generator;
  ario__pace pace;
  double spent; // seconds of generating since the pace was judged

  ario__worker worker;
  bool another;               // under the worker's lock
  ario__producer_state state; // likewise
} ario__producer;

// Takes the prompt's tokens [count] over as a copy. Errors: ERR_MEMORY; ario__producer_free in any case.
ARIO_NODISCARD ario_status ario__producer_init(ario__producer *producer,
                                               const ario__producer_options *options,
                                               const ario__producer_kind *kind, void *product,
                                               const ario_token *tokens, size_t count);

// A session at the present pace that has read all tokens that the model can see (the one that is there, if it has), and
// a generator on it for this take, under these constraints. Errors: those of ario_session_create and ario_generator_create.
ARIO_NODISCARD ario_status ario__producer_open(ario__producer *producer, size_t take, const ario_chain *chain,
                                               ario_error *error);

// Adds a token behind the others. False if memory is short.
bool ario__producer_append(ario__producer *producer, ario_token token);

// The new tokens [*count].
const ario_token *ario__producer_new(const ario__producer *producer, size_t *count);

// ---- For the thread that listens ----

ARIO_NODISCARD ario_status ario__producer_start(ario__producer *producer, ario_error *error);
void ario__producer_another(ario__producer *producer); // another continuation from here on, by the next seed
ario__producer_state ario__producer_look(ario__producer *producer);
void ario__producer_stop(ario__producer *producer); // ends the thread; safe to call again
void ario__producer_free(ario__producer *producer); // frees what it holds, not itself

#endif
