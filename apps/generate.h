// SPDX-License-Identifier: MIT
//
// Generating music: a session, a sampler and a grammar, token by token, up to a length.
#ifndef ARIO_APPS_GENERATE_H
#define ARIO_APPS_GENERATE_H

#include "arioso/midi.h"
#include "arioso/sampler.h"
#include "arioso/session.h"

// What to generate. The session has been fed the prompt and the grammar has seen it; both go on from there.
typedef struct ario__generation {
  ario_session *session;
  ario_sampler *sampler;
  ario_midi_grammar grammar;
  int64_t steps; // of music at most, from the prompt's last token on
  size_t tokens; // at most
  void (*progress)(void *context, size_t tokens, int64_t steps); // after each token; NULL: not
  void *context;
} ario__generation;

// *tokens [*count] are the new ones, to be freed with free(). What still sounds at the end is left open;
// where music is cut at `steps`, the last shift ends there. Errors: ERR_NUMBER, ERR_MEMORY, ERR_STATE if the
// user interrupts.
ARIO_NODISCARD ario_status ario__generate(ario__generation *generation, ario_token **tokens, size_t *count);

#endif
