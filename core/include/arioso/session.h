// SPDX-License-Identifier: MIT
//
// A session: one sequence of tokens being read and continued by a model. It keeps the keys and values of the
// whole context for the cross-attention and those of up to M latents for each layer, so that one more token
// costs one latent. Mutable: one thread at a time per session; any number of sessions share a model.
//
// All memory is taken when the session is made (ario_session_bytes tells how much); no later call allocates.
// Sessions bring their own workers. Weights are multiplied as the precision says, from a packed copy of the
// model's that is made with the first session of a model and precision, shared by all others of it, and
// freed with the last (ario_session_shared_bytes); while it is there, changes of the model do not reach it.
//
// What is computed. Positions are counted from 0 at the first token fed since the last reset. The context is
// a ring of the newest `context` tokens. A latent at position p attends to all tokens of the ring at
// positions <= p, and in each layer to the latents at positions <= p that the caches hold. The caches start
// empty and hold at most `latents` positions; when a new latent would not fit, a refill throws them away and
// computes the newest `refill` latents again over the whole ring. So, with N = min(fed, context):
//   - right after a refill, and after the first ario_session_logits, the logits are those of one full forward
//     pass over the newest N tokens with that refill's number of latents (at most N);
//   - k tokens later, they are those of one full forward pass with k more latents, as long as no token has
//     left the ring since the refill; from then on the latents already in the caches keep what they saw of
//     the tokens that left;
// with positions as the session counts them, which matters to a model with position_waves alone; and up to
// the rounding of fp32 sums (tests/property/test_session.c states and tests the tolerances). Bit for bit
// equal are: any number of threads; a clone and its original; the same calls on another session of the same
// model and options; and a token's logits however the tokens before it were cut into calls, as long as the
// same latents were computed of them.
//
// No token waits for a refill. When the latents of the next one are known - with one token after another long
// before the caches are full - each step computes some of them beside its own, into caches of their own; this
// is why a session has two of each layer. The result is the same, bit for bit. Only where tokens come in
// larger pieces than the caches have room for is a refill computed at once.
#ifndef ARIOSO_SESSION_H
#define ARIOSO_SESSION_H

#include "arioso/model.h"
#include "arioso/precision.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ario_session_options {
  size_t context; // tokens the ring holds, 1..max_context; 0: max_context
  size_t latents; // latents the caches hold, 1..max_latents (fewer is faster); 0: max_latents, or context if
                  // that is less
  size_t refill;  // latents a refill computes, 1..latents; 0: half of latents, at least 1
  size_t threads; // workers, 1..64; 0: 1
  ario_kernels kernels;
  ario_precision precision; // of products, and what weights and caches are kept in
} ario_session_options;

ARIO_API ario_session_options ario_session_options_default(void); // all 0, ARIO_KERNELS_FAST, fp32

typedef struct ario_session ario_session;

// The bytes that a session with these options takes. NULL options stand for the defaults here and below.
// Errors: ERR_ARGUMENT for an option out of range, ERR_LIMIT for a size beyond size_t.
ARIO_API ARIO_NODISCARD ario_status ario_session_bytes(const ario_model *model,
                                                       const ario_session_options *options, size_t *bytes,
                                                       ario_error *error);

// Errors: as ario_session_bytes, and ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_session_create(const ario_model *model,
                                                        const ario_session_options *options,
                                                        ario_session **out, ario_error *error);

// The bytes of the packed weights that all sessions of this model and precision share. Errors: ERR_LIMIT.
ARIO_API ARIO_NODISCARD ario_status ario_session_shared_bytes(const ario_model *model,
                                                              ario_precision precision, size_t *bytes);

// A second session in the same state (for several continuations of one prompt see arioso/takes.h). Errors:
// ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_session_clone(const ario_session *session, ario_session **out);

ARIO_API void ario_session_free(ario_session *session); // safe on NULL

// Forgets all tokens.
ARIO_API void ario_session_reset(ario_session *session);

// Appends tokens [count] to the context. Computes their keys and values of the cross-attention only: as cheap
// as can be for a prompt that comes in pieces. Errors: ERR_ARGUMENT for a token >= V (then nothing was
// appended).
ARIO_API ARIO_NODISCARD ario_status ario_session_feed(ario_session *session, const ario_token *tokens,
                                                      size_t count);

// The logits [V] of the token that follows the newest one, valid until the next call on this session.
// Computes the latents that are missing: of one new token one; after a longer feed as many as were fed if the
// caches have room for them; else a refill. Errors: ERR_STATE if nothing has been fed, ERR_NUMBER if a logit
// is not finite.
ARIO_API ARIO_NODISCARD ario_status ario_session_logits(ario_session *session, const float **logits);

// One full forward pass over the ring: logits [latents, V] of the newest `latents` positions, the last row
// being that of the newest token. 1 <= latents <= the option `latents`, and at most the tokens in the ring.
// The caches are left with exactly these latents. Errors: ERR_ARGUMENT, ERR_NUMBER.
ARIO_API ARIO_NODISCARD ario_status ario_session_forward(ario_session *session, size_t latents,
                                                         float *logits);

ARIO_API size_t ario_session_length(const ario_session *session); // tokens fed since the last reset
ARIO_API size_t
ario_session_refills(const ario_session *session); // refills since then, the first fill not counted

#ifdef __cplusplus
}
#endif

#endif
