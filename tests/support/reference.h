// SPDX-License-Identifier: MIT
//
// The arithmetic of Perceiver AR once more, in double, straight down the page and through public headers
// alone: what sessions, with their caches and tiles, are tested against.
#ifndef ARIO_TESTS_REFERENCE_H
#define ARIO_TESTS_REFERENCE_H

#include "arioso/model.h"

// logits [latents, V] of the latents at positions count - latents .. count - 1 of tokens [count]. Latent i
// (from 0) sees the tokens at positions oldest[i] .. its own; oldest NULL: from 0.
void reference_forward(const ario_model *model, const ario_token *tokens, size_t count, size_t latents,
                       const size_t *oldest, double *logits);

// weights [H, count] of the cross-attention at the position `position`, which sees the tokens from `oldest` to
// its own; those of all other positions are 0.
void reference_attention(const ario_model *model, const ario_token *tokens, size_t count, size_t position,
                         size_t oldest, double *weights);

// |a - b| at its largest over [count], divided by the largest |b|.
double reference_distance(const float *a, const double *b, size_t count);

#endif
