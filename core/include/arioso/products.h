// SPDX-License-Identifier: MIT
//
// What networks of codecs are computed with, by the same innermost loops as the model: products of a signal
// with weights that are packed once, and a few functions of each number. fp32. A product's sums are made in
// the order of k whatever is computed beside them: one row at a time, or a thousand, gives the same bits.
#ifndef ARIOSO_PRODUCTS_H
#define ARIOSO_PRODUCTS_H

#include "arioso/precision.h"

#ifdef __cplusplus
extern "C" {
#endif

// Workers and memory for products. Mutable: one thread at a time.
typedef struct ario_multiplier ario_multiplier;

// Errors: ERR_ARGUMENT (threads: 1..64), ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_multiplier_create(ario_kernels kernels, size_t threads,
                                                           ario_multiplier **out);
ARIO_API void ario_multiplier_free(ario_multiplier *multiplier); // safe on NULL

// A matrix of weights, packed for a multiplier's instructions. Immutable.
typedef struct ario_packed_weights ario_packed_weights;

// Packs w [n, k], which is not needed afterwards, for products of about m rows. For few rows, what f16 holds
// without loss is kept in it: half of the way from memory, the same sums. Errors: ERR_LIMIT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_packed_weights_create(const ario_multiplier *multiplier, size_t m,
                                                               const float *w, size_t n, size_t k,
                                                               ario_packed_weights **out);
ARIO_API void ario_packed_weights_free(ario_packed_weights *weights); // safe on NULL

// c [m, n], rows ldc apart, = a w^T + bias, or with `add` that is added to c (then without bias); a [m, k],
// rows lda apart (less than k where rows overlap, as windows of a signal do); bias [n] or NULL. The weights
// were packed for this multiplier. Allocates nothing.
ARIO_API void ario_multiplier_run(ario_multiplier *multiplier, size_t m, const ario_packed_weights *weights,
                                  const float *a, size_t lda, const float *bias, bool add, float *c,
                                  size_t ldc);

// out [count] = x where it is above 0, else e^x - 1, within 2e-7. They may be the same.
ARIO_API void ario_elu(float *out, const float *x, size_t count);

// The index of the largest of x [count], count >= 1, none of them a NaN; of equals the first.
ARIO_API size_t ario_argmax(const float *x, size_t count);

// One step of an LSTM: gates [4, width], in, forget, cell and out, before their functions; cell [width] and
// hidden [width] are those before, and become those after. Within 1e-6 of exact functions.
ARIO_API void ario_lstm_step(const float *gates, size_t width, float *cell, float *hidden);

#ifdef __cplusplus
}
#endif

#endif
