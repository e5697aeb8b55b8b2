// SPDX-License-Identifier: MIT
//
// The composer: a producer of music, which it hands to a stage as it goes. What is handed over is final.
//
// Where even the fewest latents are too slow, it ends the phrase: all that sounds is let go, and some seconds of
// silence become part of the piece, in which it gets ahead again.
#ifndef ARIO_APPS_COMPOSER_H
#define ARIO_APPS_COMPOSER_H

#include "apps/live/producer.h"
#include "apps/midi/score.h"

typedef struct ario__composer ario__composer;

typedef struct ario__composer_options {
  ario__producer_options producer;
  const ario__score *score;
  const ario_chain *chain; // the codec's grammar first; has read the passage
  double seconds;          // of music, from the continuation's beginning; INFINITY: without end
  // Called from the composer's thread with a take that is given up for another one; may be NULL.
  void (*keep)(void *context, size_t take, const ario_token *tokens, size_t count);
  void *context;
} ario__composer_options;

// Hands what stands before the continuation to the stage. Everything that the options point to must live as long as
// the composer. Errors: those of ario__producer_open and ario__score_look.
ARIO_NODISCARD ario_status ario__composer_create(const ario__composer_options *options, ario__composer **out,
                                                 ario_error *error);

// What starts, stops and watches it; its own.
ario__producer *ario__composer_producer(ario__composer *composer);

// After it has been stopped: the tokens up to a time of the piece, filled up with silence to that time; INT64_MAX: all.
// The caller frees *tokens. Errors: ERR_MEMORY.
ARIO_NODISCARD ario_status ario__composer_tokens(const ario__composer *composer, int64_t microseconds,
                                                 ario_token **tokens, size_t *count);

void ario__composer_free(ario__composer *composer); // safe on NULL

#endif
