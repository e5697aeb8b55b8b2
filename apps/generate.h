// SPDX-License-Identifier: MIT
//
// Generating: a session, a sampler and for music a grammar, token by token, up to a length.
#ifndef ARIO_APPS_GENERATE_H
#define ARIO_APPS_GENERATE_H

#include "arioso/midi.h"
#include "arioso/sampler.h"
#include "arioso/session.h"

// What to generate. The session has been fed the prompt, and goes on from there.
typedef struct ario__generation {
  ario_session *session;
  ario_sampler *sampler;
  size_t tokens; // at most
  const ario_midi_grammar
      *grammar;  // of music, has seen the prompt; NULL: any token may come, and none ends it
  int64_t steps; // of music at most, from the prompt's last token on; with a grammar
  void (*progress)(void *context, size_t tokens, double fraction); // after each token; NULL: not
  void *context;
} ario__generation;

// *tokens [*count] are the new ones, to be freed with free(). What still sounds at the end is left open;
// where music is cut at `steps`, the last shift ends there. Errors: ERR_NUMBER, ERR_MEMORY, ERR_STATE if the
// user interrupts.
ARIO_NODISCARD ario_status ario__generate(ario__generation *generation, ario_token **tokens, size_t *count);

#endif
