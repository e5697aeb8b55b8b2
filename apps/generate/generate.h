// SPDX-License-Identifier: MIT
//
// Generating: a session, samplers and for music a grammar, token by token, up to a length; one take, or
// several side by side.
#ifndef ARIO_APPS_GENERATE_H
#define ARIO_APPS_GENERATE_H

#include "arioso/midi.h"
#include "arioso/model.h"
#include "arioso/sampler.h"
#include "arioso/takes.h"

// One of the sequences that are generated.
typedef struct ario__voice {
  ario_sampler *sampler;
  ario_token *tokens; // [count] the new ones, to be freed with free(); NULL at first
  size_t count;
} ario__voice;

// What to generate. The session has been fed the prompt.
typedef struct ario__generation {
  ario_session *session;
  ario__voice *voices; // [voice_count]
  size_t voice_count;  // 1..ARIO_TAKES_MOST
  bool keep;     // leave the session as it is; otherwise one voice alone goes on with it, without a copy
  size_t tokens; // of a voice at most
  const ario_midi_grammar
      *grammar;            // of music, has seen the prompt; NULL: any token may come, and none ends it
  const ario_codes *codes; // of sound, of which the prompt has whole frames: each token is one of its level's
                           // codes, and the samplers are of so many; NULL: any token may come
  int64_t steps;           // of music at most, from the prompt's last token on; with a grammar
  void (*progress)(void *context, size_t tokens, double fraction); // after each token of all; NULL: not
  void *context;
} ario__generation;

// Fills in the voices. What still sounds at the end is left open; where music is cut at `steps`, the last
// shift ends there. After an error no voice has tokens. Errors: ERR_NUMBER, ERR_MEMORY, ERR_LIMIT, ERR_STATE
// if the user interrupts.
ARIO_NODISCARD ario_status ario__generate(const ario__generation *generation);

// The room that several voices ask ario_takes_create for.
size_t ario__generation_room(const ario__generation *generation);

// The tokens [levels] of one more frame of codes, which the session is fed. Errors: ERR_NUMBER.
ARIO_NODISCARD ario_status ario__generate_frame(ario_session *session, ario_sampler *sampler,
                                                const ario_codes *codes, ario_token *tokens);

// Room for one token more behind tokens [count]. False if memory is short.
bool ario__make_token_room(ario_token **tokens, size_t count, size_t *room);

// Where the music has `left` steps and the token's shift is longer, makes it as long as that. Returns the
// steps that the token takes.
int64_t ario__shift_cut(ario_token *token, int64_t left);

#endif
