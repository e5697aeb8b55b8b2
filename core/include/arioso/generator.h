// SPDX-License-Identifier: MIT
//
// Generation token by token: a session or takes of it, and for each voice a sampler and constraints.
//
//   ario_generator_options options = ario_generator_options_default();
//   options.session = session;       // has been fed the prompt
//   options.chain = &chain;          // what may be drawn; has been fed the prompt, too
//   ario_generator_create(&options, &generator, &error);
//   size_t going = 1;
//   while (!status && going) status = ario_generator_step(generator, sink, context, &going);
//
// Mutable: one thread at a time. All memory is taken at creation.
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
  ario_session *session; // has been fed the prompt; the caller owns it, and it must outlive the generator
  size_t voices;         // sequences made side by side, 1..ARIO_TAKES_MOST
  bool keep;   // leave the session as it is; without, a single voice continues in the session, without a copy
  size_t room; // most tokens that are fed to a voice, if voices are takes of the session
  ario_sampler_options sampling; // of voice 0; voice i draws with the seed + i
  const ario_chain *chain;       // what each voice may draw; copied; NULL: anything
} ario_generator_options;

// One voice, ario_sampler_options_default, no constraint, room SIZE_MAX.
ARIO_API ario_generator_options ario_generator_options_default(void);

// Creates a generator. Errors: ERR_ARGUMENT for the number of voices, those of ario_sampler_create and
// ario_takes_create.
ARIO_API ARIO_NODISCARD ario_status ario_generator_create(const ario_generator_options *options,
                                                          ario_generator **out, ario_error *error);

// The bytes that the voices take beside the session's; 0 for one voice that continues in the session. Errors:
// those of ario_takes_bytes.
ARIO_API ARIO_NODISCARD ario_status ario_generator_bytes(const ario_generator_options *options, size_t *bytes,
                                                         ario_error *error);
ARIO_API void ario_generator_free(ario_generator *generator); // safe on NULL; the session stays

// Receives a token that was drawn for a voice, before it is fed, and may replace it. Returns false if it is
// the voice's last: then it is not fed.
typedef bool (*ario_generator_sink)(void *context, size_t voice, ario_token *token);

// Draws a token for each voice that is going, and feeds it to those that still are: not if the sink said that
// it was the last, nor if a constraint has ended. *going is the number of voices left. Errors: ERR_NUMBER if
// logits are not finite, ERR_ARGUMENT if the constraints leave no token, those of ario_takes_feed.
ARIO_API ARIO_NODISCARD ario_status ario_generator_step(ario_generator *generator, ario_generator_sink sink,
                                                        void *context, size_t *going);

// Draws and feeds the next token of voice 0, for generators of one voice without `keep`. Errors: those of
// ario_generator_step.
ARIO_API ARIO_NODISCARD ario_status ario_generator_next(ario_generator *generator, ario_token *token);

// Feeds tokens that were not drawn to voice 0, for generators of one voice without `keep`. Errors: those of
// ario_session_feed.
ARIO_API ARIO_NODISCARD ario_status ario_generator_feed(ario_generator *generator, const ario_token *tokens,
                                                        size_t count);

// The constraints of a voice, valid until the generator is used again.
ARIO_API const ario_chain *ario_generator_chain(const ario_generator *generator, size_t voice);

// Moves voice 0 to another session, which has been fed what the voice has, under these constraints; NULL: the
// ones that it had. The generator must have one voice without `keep`, and the session's model the same
// vocabulary.
ARIO_API void ario_generator_move(ario_generator *generator, ario_session *session, const ario_chain *chain);

#ifdef __cplusplus
}
#endif

#endif
