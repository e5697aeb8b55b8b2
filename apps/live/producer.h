// SPDX-License-Identifier: MIT
//
// A producer generates music while earlier music plays. Its thread keeps some seconds ahead of a stage, uses
// fewer latents if it falls behind (pace.h), and begins another take on request. Its product turns tokens
// into music or sound: the composer (apps/midi) and the sounder (apps/audio) each contain a producer.
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
  double ahead;                  // seconds to keep ahead of the stage
  ario__stage *stage;
} ario__producer_options;

typedef struct ario__producer_state {
  double ahead; // seconds that are ready and not performed yet
  double made;  // seconds of the piece that exist
  size_t tokens, notes;
  size_t latents, latents_least, changes; // in use now; the fewest so far; how often the number changed
  size_t refills;
  size_t pauses; // phrases that ended early because generation was too slow
  size_t take;   // from 1
  bool ready;    // there is enough to begin playing
  bool done;     // the whole piece exists
  ario_status status;
  ario_error error; // set if reading a file has failed
} ario__producer_state;

// What tokens become. The producer's thread calls the functions.
typedef struct ario__producer_kind {
  // Goes back to the first place that can still change, and begins the new take there.
  ario_status (*begin_take)(void *product, size_t take);
  // Makes a little more, with `lead` seconds ready. Sets *done at the end of the piece.
  ario_status (*work)(void *product, double lead, bool *done, ario_error *error);
  double (*lead)(void *product); // seconds that are ready and not performed yet
  double (*made)(void *product); // seconds of the piece that exist
} ario__producer_kind;

typedef struct ario__producer {
  ario__producer_options options;
  const ario__producer_kind *kind;
  void *product;
  ario_token *tokens; // [count]: the prompt's, then the new ones
  size_t count, room, prompt_count;
  ario_session *session; // has been fed the tokens, except for
  size_t unread;         // the oldest ones, which the model cannot see
  ario_generator *generator;
  ario__pace pace;
  double spent; // seconds of generating since the pace was judged

  ario__worker worker;
  bool another;               // under the worker's lock
  ario__producer_state state; // likewise
} ario__producer;

// Initializes a producer and copies the prompt's tokens [count]. The caller calls ario__producer_free in any
// case. Errors: ERR_MEMORY.
ARIO_NODISCARD ario_status ario__producer_init(ario__producer *producer,
                                               const ario__producer_options *options,
                                               const ario__producer_kind *kind, void *product,
                                               const ario_token *tokens, size_t count);

// Opens a generator for this take, under these constraints, on a session that has been fed all tokens that
// the model can see; a new session is opened only if the present one has not. Errors: those of
// ario_session_create and ario_generator_create.
ARIO_NODISCARD ario_status ario__producer_open(ario__producer *producer, size_t take, const ario_chain *chain,
                                               ario_error *error);

// Appends a token. Returns false if memory is short.
bool ario__producer_append(ario__producer *producer, ario_token token);

// The new tokens [*count].
const ario_token *ario__producer_new(const ario__producer *producer, size_t *count);

// ---- For the thread of the user interface ----

ARIO_NODISCARD ario_status ario__producer_start(ario__producer *producer, ario_error *error);
void ario__producer_another(ario__producer *producer); // begins another take, with the next seed
ario__producer_state ario__producer_look(ario__producer *producer);
void ario__producer_stop(ario__producer *producer); // ends the thread; safe to call again
void ario__producer_free(ario__producer *producer); // frees what it holds, not the struct

#endif
