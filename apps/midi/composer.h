// SPDX-License-Identifier: MIT
//
// The composer: a producer of music. It hands events to a stage as soon as later tokens cannot change them.
//
// If even the fewest latents are too slow, it ends the phrase: all notes end, and a few seconds of silence
// become part of the piece, during which the composer gets ahead again.
#ifndef ARIO_APPS_COMPOSER_H
#define ARIO_APPS_COMPOSER_H

#include "apps/live/producer.h"
#include "apps/midi/score.h"

typedef struct ario__composer ario__composer;

typedef struct ario__composer_options {
  ario__producer_options producer;
  const ario__score *score;
  const ario_chain *chain; // the codec's grammar first; it has been fed the passage
  double seconds;          // length of the continuation; INFINITY: no end
  // Called on the composer's thread with a take that another one replaces; may be NULL.
  void (*keep)(void *context, size_t take, const ario_token *tokens, size_t count);
  void *context;
} ario__composer_options;

// Creates a composer and hands the stage the music before the continuation. Everything that the options point
// to must outlive it. Errors: those of ario__producer_open and ario__score_look.
ARIO_NODISCARD ario_status ario__composer_create(const ario__composer_options *options, ario__composer **out,
                                                 ario_error *error);

// The producer that starts, stops and watches the composer, which owns it.
ario__producer *ario__composer_producer(ario__composer *composer);

// The new tokens up to a time of the piece, and silence up to that time if they end earlier;
// INT64_MAX: all new tokens. Call it after the producer has stopped. The caller frees *tokens with
// free(). Errors: ERR_MEMORY.
ARIO_NODISCARD ario_status ario__composer_tokens(const ario__composer *composer, int64_t microseconds,
                                                 ario_token **tokens, size_t *count);

void ario__composer_free(ario__composer *composer); // safe on NULL

#endif
