// SPDX-License-Identifier: MIT
//
// Several continuations of one prompt, made side by side. They share the prompt's keys and values, and for
// each token the weights are read once for all of them: eight takes cost little more than two sessions one
// after the other. Each take's logits are, bit for bit, those of a session of its own that was fed the same
// tokens one at a time.
//
//   ario_session_feed(session, prompt, count);
//   ario_session_logits(session, &logits);                      // computes the prompt's latents once for all
//   ario_takes_create(session, 8, 1000, &takes, &error);
//   for (size_t n = 0; n < 1000; n++) {
//     for (size_t i = 0; i < 8; i++) {
//       ario_takes_logits(takes, i, &logits);
//       ario_sampler_draw(samplers[i], logits, NULL, &tokens[i]);
//     }
//     ario_takes_feed(takes, which, tokens, 8);                  // which = {0, 1, .. 7}
//   }
//
// Mutable: one thread at a time.
#ifndef ARIOSO_TAKES_H
#define ARIOSO_TAKES_H

#include "arioso/session.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ario_takes ario_takes;

enum { ARIO_TAKES_MOST = 64 };

// Creates takes 0 .. count - 1 (1 <= count <= ARIO_TAKES_MOST) of what `prompt` has been fed, each with room
// for `room` >= 1 more tokens. Threads, kernels and precision are the session's. The prompt's context is not
// copied: the session must neither be used nor freed until the takes are freed. Errors: ERR_ARGUMENT;
// ERR_STATE if the prompt is empty; ERR_NUMBER if its logits are not finite; ERR_LIMIT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_takes_create(ario_session *prompt, size_t count, size_t room,
                                                      ario_takes **out, ario_error *error);
ARIO_API void ario_takes_free(ario_takes *takes); // safe on NULL

// The bytes that such takes need beside the session's. Errors: ERR_ARGUMENT, ERR_LIMIT.
ARIO_API ARIO_NODISCARD ario_status ario_takes_bytes(const ario_session *prompt, size_t count, size_t room,
                                                     size_t *bytes, ario_error *error);

// Appends tokens[i] to take which[i], for `count` different takes, and computes the logits that follow.
// Allocates nothing. Errors: ERR_ARGUMENT for a token >= V, or a take that does not exist or is named twice;
// ERR_LIMIT if a take has no room left. After an error nothing is appended.
ARIO_API ARIO_NODISCARD ario_status ario_takes_feed(ario_takes *takes, const size_t *which,
                                                    const ario_token *tokens, size_t count);

// The logits [V] of a take's next token, valid until the take is fed again. Errors: ERR_ARGUMENT for a take
// that does not exist, ERR_NUMBER if a logit is not finite.
ARIO_API ARIO_NODISCARD ario_status ario_takes_logits(const ario_takes *takes, size_t take,
                                                      const float **logits);

#ifdef __cplusplus
}
#endif

#endif
