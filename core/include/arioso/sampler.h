// SPDX-License-Identifier: MIT
//
// From logits to a token, in this order: constraints (tokens that are not allowed), the kind of token,
// temperature, top-k, top-p (Holtzman et al. 2020, arXiv 1904.09751), min-p (Nguyen et al. 2024, arXiv
// 2407.01082); then one draw from a seeded generator.
//
// Kinds: one temperature over tokens of mixed kinds changes what comes next as well as which of it: a sharper
// distribution takes long times away, each of them unlikely, and gives note-offs, each of them likely. With
// kinds, the kind is drawn first, at a temperature of its own, and then a token of that kind; temperature,
// top-k, top-p and min-p count within the kind. One draw of the generator decides each.
#ifndef ARIOSO_SAMPLER_H
#define ARIOSO_SAMPLER_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { ARIO_KINDS_MOST = 12 };

// The kinds of token of a vocabulary. Plain data.
typedef struct ario_kinds {
  unsigned (*of)(ario_token token); // the token's kind, below count; NULL: all tokens are of one kind
  size_t count;                     // 1..ARIO_KINDS_MOST
  double temperature;               // > 0: of the draw of a kind; 1 keeps the model's own shares
  struct {
    const char *name;   // of the kind, static: "pitch"
    double temperature; // within the kind; 0: the sampler's
  } each[ARIO_KINDS_MOST];
} ario_kinds;

// How a sampler draws.
typedef struct ario_sampler_options {
  ario_kinds kinds;   // by default none
  double temperature; // >= 0; 0: always the likeliest token of all (of equals the first)
  size_t top_k;       // keep the k likeliest tokens; 0: all
  double top_p;       // 0 < p <= 1: keep the likeliest tokens that reach p together; 1: all
  double min_p;       // 0 <= p < 1: keep tokens at least p times as likely as the likeliest; 0: all
  uint64_t seed;      // of the generator
} ario_sampler_options;

// Temperature 1, no top-k, top-p 1, no min-p, seed 0: the model's own distribution.
ARIO_API ario_sampler_options ario_sampler_options_default(void);

typedef struct ario_sampler ario_sampler; // mutable: one thread at a time

// Creates a sampler for a vocabulary of vocab_size (1..65536) tokens. NULL options are the defaults. Errors:
// ERR_ARGUMENT with the option that is out of range, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_sampler_create(size_t vocab_size,
                                                        const ario_sampler_options *options,
                                                        ario_sampler **out, ario_error *error);
ARIO_API void ario_sampler_free(ario_sampler *sampler); // safe on NULL

// Draws one token from logits [V]. allowed [V] marks the tokens that may be drawn; NULL: all. The same
// options, logits and calls before give the same token. Allocates nothing. Errors: ERR_ARGUMENT if no token
// is allowed, ERR_NUMBER if an allowed logit is not finite.
ARIO_API ARIO_NODISCARD ario_status ario_sampler_draw(ario_sampler *sampler, const float *logits,
                                                      const bool *allowed, ario_token *token);

#ifdef __cplusplus
}
#endif

#endif
