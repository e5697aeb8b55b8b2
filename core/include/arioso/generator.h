// SPDX-License-Identifier: MIT
//
// Generating: a session or takes of it, a sampler and constraints for each voice, token by token.
//
//   ario_generator_options options = ario_generator_options_default();
//   options.session = session;                            that has read the prompt
//   options.chain = &chain;                               what may be drawn; has read the prompt, too
//   ario_generator_create(&options, &generator, &error);
//   size_t going = 1;
//   while (!status && going) status = ario_generator_step(generator, sink, context, &going);
//
// Mutable: one thread at a time. All memory is taken when it is made.
#ifndef ARIOSO_GENERATOR_H
#define ARIOSO_GENERATOR_H

#include "arioso/constraint.h"
#include "arioso/sampler.h"
#include "arioso/takes.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ario_generator ario_generator;

typedef struct ario_generator_options {
  ario_session *session; // has been fed the prompt; not owned
  size_t voices;         // sequences that are made side by side, 1..ARIO_TAKES_MOST
  bool keep;   // leave the session as it is; otherwise one voice alone goes on with it, without a copy
  size_t room; // tokens that a voice is fed at most, where voices are takes of the session
  ario_sampler_options sampling; // of voice 0; voice i draws with the seed + i
  const ario_chain *chain;       // what each voice may draw; copied; NULL: anything
} ario_generator_options;

// One voice, ario_sampler_options_default, no constraint, room SIZE_MAX.
ARIO_API ario_generator_options ario_generator_options_default(void);

// Errors: those of ario_sampler_create and ario_takes_create.
ARIO_API ARIO_NODISCARD ario_status ario_generator_create(const ario_generator_options *options,
                                                          ario_generator **out, ario_error *error);

// The bytes that voices take beside the session's; 0 for one that goes on with it.
ARIO_API ARIO_NODISCARD ario_status ario_generator_bytes(const ario_generator_options *options, size_t *bytes,
                                                         ario_error *error);
ARIO_API void ario_generator_free(ario_generator *generator); // safe on NULL; the session stays

// Sees a token that was drawn for a voice before anything is fed with it, and may put another in its place.
// Returns false if it is the voice's last: then it is not fed.
typedef bool (*ario_generator_sink)(void *context, size_t voice, ario_token *token);

// Draws a token for each voice that goes on, and feeds it to those that still do: not where the sink said that it
// was the last, nor where a constraint has ended. *going is how many are left. Errors: ERR_NUMBER if logits are not
// finite, ERR_ARGUMENT if the constraints leave no token, those of ario_takes_feed.
ARIO_API ARIO_NODISCARD ario_status ario_generator_step(ario_generator *generator, ario_generator_sink sink,
                                                        void *context, size_t *going);

// Voice 0 alone: the next token, drawn and fed.
ARIO_API ARIO_NODISCARD ario_status ario_generator_next(ario_generator *generator, ario_token *token);

// Feeds tokens that were not drawn to voice 0, which goes on with the session. Errors: those of ario_session_feed.
ARIO_API ARIO_NODISCARD ario_status ario_generator_feed(ario_generator *generator, const ario_token *tokens,
                                                        size_t count);

// What a voice may draw now, valid until the generator is used again.
ARIO_API const ario_chain *ario_generator_chain(const ario_generator *generator, size_t voice);

// Voice 0 goes on with another session, which has read what the voice has, under these constraints; NULL: under
// those that it had. The generator must have been made for one voice without `keep`, and the session's model have
// the same vocabulary.
ARIO_API void ario_generator_move(ario_generator *generator, ario_session *session, const ario_chain *chain);

#ifdef __cplusplus
}
#endif

#endif
