// SPDX-License-Identifier: MIT
//
// A generator draws tokens one by one. It holds one or more voices, sequences that continue the same session;
// each voice has a sampler and constraints of its own.
//
//   ario_generator_options options = ario_generator_options_default();
//   options.session = session;       // has been fed the prompt
//   options.chain = &chain;          // what may be drawn; has also been fed the prompt
//   ario_generator_create(&options, &generator, &error);
//   size_t going = 1;
//   while (!status && going) status = ario_generator_step(generator, sink, context, &going);
//
// A generator is mutable: one thread at a time. It allocates all its memory at creation.
#ifndef ARIOSO_GENERATOR_H
#define ARIOSO_GENERATOR_H

#include "arioso/constraint.h"
#include "arioso/sampler.h"
#include "arioso/takes.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ario_generator ario_generator;

// What a generator is made of.
typedef struct ario_generator_options {
  ario_session *session; // has been fed the prompt; the caller owns it, and it must outlive the generator
  size_t voices;         // sequences made side by side, 1..ARIO_TAKES_MOST
  bool keep;   // leave the session as it is; if false, a single voice continues in the session itself
  size_t room; // most tokens that a voice is fed, unless it continues in the session itself
  ario_sampler_options sampling; // of voice 0; voice i draws with the seed + i
  const ario_chain *chain;       // the constraints of each voice, copied at creation; NULL: none
  bool measure; // keep account of what constraints beside the first cost (ario_generator_cost)
} ario_generator_options;

// The defaults: one voice, ario_sampler_options_default, no constraints, room SIZE_MAX.
ARIO_API ario_generator_options ario_generator_options_default(void);

// Creates a generator. Errors: ERR_ARGUMENT for a wrong number of voices; those of
// ario_sampler_create and ario_takes_create.
ARIO_API ARIO_NODISCARD ario_status ario_generator_create(const ario_generator_options *options,
                                                          ario_generator **out, ario_error *error);

// The memory of the voices in bytes, without the session's; 0 for a voice that continues in the session
// itself. Errors: those of ario_takes_bytes.
ARIO_API ARIO_NODISCARD ario_status ario_generator_bytes(const ario_generator_options *options, size_t *bytes,
                                                         ario_error *error);

ARIO_API void ario_generator_free(ario_generator *generator); // safe on NULL; does not free the session

// Receives a token that was drawn for a voice, before the voice is fed it. The sink may replace *token. It
// returns false if the token is the voice's last one; the voice is not fed that token.
typedef bool (*ario_generator_sink)(void *context, size_t voice, ario_token *token);

// Draws a token for each voice that has not ended, and feeds the voice that token. A voice ends if the sink
// returns false or a constraint has ended. *going is the number of voices left. Errors: ERR_NUMBER if logits
// are not finite; ERR_ARGUMENT if the constraints leave no token; those of ario_takes_feed.
ARIO_API ARIO_NODISCARD ario_status ario_generator_step(ario_generator *generator, ario_generator_sink sink,
                                                        void *context, size_t *going);

// Draws and feeds the next token of voice 0, for generators of one voice without `keep`. Errors: those of
// ario_generator_step.
ARIO_API ARIO_NODISCARD ario_status ario_generator_next(ario_generator *generator, ario_token *token);

// Feeds tokens that were not drawn to voice 0, for generators of one voice without `keep`. Errors:
// those of ario_session_feed.
ARIO_API ARIO_NODISCARD ario_status ario_generator_feed(ario_generator *generator, const ario_token *tokens,
                                                        size_t count);

// The constraints of a voice. The pointer is valid until the generator is used again.
ARIO_API const ario_chain *ario_generator_chain(const ario_generator *generator, size_t voice);

// What the constraints of a voice beside the first, the grammar, have cost until now, in nats: the sum over its draws
// of -ln of the share that the tokens allowed by all have of the probability of those that the grammar alone would
// allow, by the model's own distribution. 0 without `measure`.
ARIO_API double ario_generator_cost(const ario_generator *generator, size_t voice);

// Moves voice 0 to another session, which has been fed the same tokens, and sets its constraints; if `chain`
// is NULL, the voice keeps those that it has. For generators of one voice without `keep`; the session's model
// must have the same vocabulary.
ARIO_API void ario_generator_move(ario_generator *generator, ario_session *session, const ario_chain *chain);

#ifdef __cplusplus
}
#endif

#endif
