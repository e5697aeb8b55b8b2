// SPDX-License-Identifier: MIT
//
// From logits to a token. In this order: constraints (tokens that are not allowed), temperature, top-k, top-p
// (Holtzman et al. 2020), min-p (Nguyen et al. 2024); then one draw from a seeded generator.
#ifndef ARIOSO_SAMPLER_H
#define ARIOSO_SAMPLER_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ario_sampler_options {
  double temperature; // >= 0; 0: always the likeliest token (of equals the first)
  size_t top_k;       // only the k likeliest; 0: all
  double top_p; // 0 < p <= 1: only the likeliest tokens whose probabilities first reach p together; 1: all
  double min_p; // 0 <= p < 1: only tokens at least p times as likely as the likeliest; 0: all
  uint64_t seed;
} ario_sampler_options;

// Temperature 1, no top-k, top-p 1, no min-p, seed 0: the model's own distribution.
ARIO_API ario_sampler_options ario_sampler_options_default(void);

typedef struct ario_sampler ario_sampler;

// Errors: ERR_ARGUMENT with the option that is out of range, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_sampler_create(size_t vocab_size,
                                                        const ario_sampler_options *options,
                                                        ario_sampler **out, ario_error *error);
ARIO_API void ario_sampler_free(ario_sampler *sampler); // safe on NULL

// Draws one token. logits [V]; allowed [V] or NULL (all are). Allocates nothing; one thread at a time. Same
// options, logits and calls before: same token. Errors: ERR_ARGUMENT if no token is allowed, ERR_NUMBER if an
// allowed logit is not a finite number.
ARIO_API ARIO_NODISCARD ario_status ario_sampler_draw(ario_sampler *sampler, const float *logits,
                                                      const bool *allowed, ario_token *token);

#ifdef __cplusplus
}
#endif

#endif
