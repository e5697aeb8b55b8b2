// SPDX-License-Identifier: MIT
//
// A session: one sequence of tokens that a model reads and continues. It keeps the keys and values of the
// whole context for the cross-attention, and those of up to M latents for each layer, so that one more token
// costs one latent. Mutable: one thread at a time per session; any number of sessions share a model.
//
// Memory. All memory is taken when the session is created (ario_session_bytes tells how much); no later call
// allocates. Each session starts its own workers. The weights are multiplied in the session's precision, from
// a packed copy of the model's (ario_session_shared_bytes). The copy is made with the first session of a
// model and precision, shared by all others of it, and freed with the last; while it exists, changes of the
// model do not reach it.
//
// What is computed. Positions are counted from 0 at the first token fed since the last reset. The context is
// a ring of the newest `context` tokens. A latent at position p attends to all tokens of the ring at
// positions <= p, and in each layer to the latents at positions <= p that the caches hold. The caches start
// empty and hold at most `latents` positions. When a new latent would not fit, a refill discards them and
// computes the newest `refill` latents again over the whole ring. So, with N = min(fed, context):
//   - right after a refill, and after the first ario_session_logits, the logits are those of one full forward
//     pass over the newest N tokens with that refill's number of latents (at most N);
//   - k tokens later they are those of one full forward pass with k more latents, as long as no token has
//     left the ring since the refill; from then on the latents in the caches still reflect the tokens that
//     have left.
// This holds up to the rounding of fp32 sums (tests/property/test_session.c states and tests the tolerances),
// with positions as the session counts them, which only matters to a model with position_waves.
//
// What is equal bit for bit: results with any number of threads; a clone and its original; the same calls on
// another session of the same model and options; and the logits of a token however the tokens before it were
// cut into calls, as long as the same latents were computed for them.
//
// No token waits for a refill. The latents of the next refill are known long before the caches are full when
// tokens come one after another, so each step computes some of them beside its own, into a second set of
// caches. The result is the same bit for bit. A refill is computed at once only where tokens come in larger
// pieces than the caches have room for.
#ifndef ARIOSO_SESSION_H
#define ARIOSO_SESSION_H

#include "arioso/model.h"
#include "arioso/precision.h"

#ifdef __cplusplus
extern "C" {
#endif

// How large a session is, and how it computes.
typedef struct ario_session_options {
  size_t context; // tokens in the ring, 1..max_context; 0: max_context
  size_t latents; // latents in the caches, 1..max_latents and <= context (fewer is faster); 0: the most
  size_t refill;  // latents that a refill computes, 1..latents; 0: half of latents, at least 1
  size_t threads; // workers, 1..64; 0: 1
  ario_kernels kernels;
  ario_precision precision; // of products; weights and caches are kept in it
} ario_session_options;

ARIO_API ario_session_options ario_session_options_default(void); // all 0, ARIO_KERNELS_FAST, fp32

typedef struct ario_session ario_session;

// The bytes that a session with these options takes. Here and below NULL options are the defaults. Errors:
// ERR_ARGUMENT for an option out of range, ERR_LIMIT for a size beyond size_t.
ARIO_API ARIO_NODISCARD ario_status ario_session_bytes(const ario_model *model,
                                                       const ario_session_options *options, size_t *bytes,
                                                       ario_error *error);

// Creates a session. The model must outlive it. Errors: as ario_session_bytes, and ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_session_create(const ario_model *model,
                                                        const ario_session_options *options,
                                                        ario_session **out, ario_error *error);

// The bytes of the packed weights that all sessions of this model and precision share. Errors: ERR_LIMIT.
ARIO_API ARIO_NODISCARD ario_status ario_session_shared_bytes(const ario_model *model,
                                                              ario_precision precision, size_t *bytes);

// Creates a second session in the same state. For several continuations of one prompt, arioso/takes.h is
// cheaper. Errors: ERR_MEMORY, ERR_LIMIT.
ARIO_API ARIO_NODISCARD ario_status ario_session_clone(const ario_session *session, ario_session **out);

ARIO_API void ario_session_free(ario_session *session); // safe on NULL

// Forgets all tokens. Positions start at 0 again.
ARIO_API void ario_session_reset(ario_session *session);

// Appends tokens [count] to the context. Computes only their keys and values of the cross-attention, the
// cheapest way to read a prompt that comes in pieces. Errors: ERR_ARGUMENT for a token >= V; then nothing is
// appended.
ARIO_API ARIO_NODISCARD ario_status ario_session_feed(ario_session *session, const ario_token *tokens,
                                                      size_t count);

// The logits [V] of the token that follows the newest one, valid until the next call on this session.
// Computes the latents that are missing: one for each new token if the caches have room for them, else a
// refill. Errors: ERR_STATE if nothing has been fed, ERR_NUMBER if a logit is not finite.
ARIO_API ARIO_NODISCARD ario_status ario_session_logits(ario_session *session, const float **logits);

// One full forward pass over the ring: logits [latents, V] of the newest `latents` positions, the last row
// for the newest token. 1 <= latents <= the option `latents`, and at most the tokens in the ring. Afterwards
// the caches hold exactly these latents. Errors: ERR_ARGUMENT, ERR_NUMBER.
ARIO_API ARIO_NODISCARD ario_status ario_session_forward(ario_session *session, size_t latents,
                                                         float *logits);

#define ARIO_ALL_HEADS SIZE_MAX

// Where the model looks: the weights with which the cross-attention's query at a position attends to the
// tokens in the ring, weights [N], the oldest first; N is the length, or the context where that is less.
// They sum to 1, and those behind the position are 0. `head` is one of the model's, from 0, or ARIO_ALL_HEADS
// for the mean over all. A query and the keys follow from tokens and positions alone, so nothing is recorded
// while tokens are drawn, and any position of the ring can be asked for at any time. Errors: ERR_ARGUMENT for a
// position that is not in the ring, and for a head that the model does not have; ERR_NUMBER.
ARIO_API ARIO_NODISCARD ario_status ario_session_attention(ario_session *session, size_t position,
                                                           size_t head, float *weights);

// Tokens fed since the last reset, and refills since then, not counting the first fill.
ARIO_API size_t ario_session_length(const ario_session *session);
ARIO_API size_t ario_session_refills(const ario_session *session);

#ifdef __cplusplus
}
#endif

#endif
