// SPDX-License-Identifier: MIT
//
// The products and functions that a codec's networks are computed with, by the same inner loops as the model.
// A signal is multiplied by weights that are packed once. fp32. Every sum runs in the order of k: one row at
// a time gives the same bits as a thousand at once.
#ifndef ARIOSO_PRODUCTS_H
#define ARIOSO_PRODUCTS_H

#include "arioso/precision.h"

#ifdef __cplusplus
extern "C" {
#endif

// Workers and memory for products. Mutable: one thread at a time.
typedef struct ario_multiplier ario_multiplier;

// Starts the workers. threads: 1..64. Errors: ERR_ARGUMENT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_multiplier_create(ario_kernels kernels, size_t threads,
                                                           ario_multiplier **out);
ARIO_API void ario_multiplier_free(ario_multiplier *multiplier); // safe on NULL

// A matrix of weights, packed for the instructions of a multiplier. Immutable; any thread.
typedef struct ario_packed_weights ario_packed_weights;

// Packs w [n, k] for products of about m rows; w is not needed afterwards. For few rows, weights that f16
// holds without loss are kept in f16: half the memory traffic, the same sums. Errors: ERR_LIMIT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_packed_weights_create(const ario_multiplier *multiplier, size_t m,
                                                               const float *w, size_t n, size_t k,
                                                               ario_packed_weights **out);
ARIO_API void ario_packed_weights_free(ario_packed_weights *weights); // safe on NULL

// c [m, n] = a w^T + bias, or with `add`: c += a w^T (then without bias).
// a [m, k] has rows lda apart; lda < k makes them overlap, as the windows of a signal do. c has rows ldc
// apart. bias is [n] or NULL. The weights must have been packed for this multiplier. Allocates nothing.
ARIO_API void ario_multiplier_run(ario_multiplier *multiplier, size_t m, const ario_packed_weights *weights,
                                  const float *a, size_t lda, const float *bias, bool add, float *c,
                                  size_t ldc);

// out [count] = x where x > 0, else e^x - 1, within 2e-7. out may be x.
ARIO_API void ario_elu(float *out, const float *x, size_t count);

// out [count] = gelu(x), x times the share of a normal distribution below x (Hendrycks and Gimpel 2016, arXiv 1606.08415;
// exact, not by tanh), within 3e-7 (1 + |x|). out may be x.
ARIO_API void ario_gelu(float *out, const float *x, size_t count);

// y [rows, channels] = LayerNorm(x) with scale weight [channels] and offset bias [channels]; 1e-5 is added to the
// variance. y may be x.
ARIO_API void ario_layer_norm(float *y, const float *x, const float *weight, const float *bias, size_t rows,
                              size_t channels);

// A convolution of each channel by itself: out [rows, channels] = bias [channels] + the sum of weight [kernel, channels]
// times rows r .. r + kernel - 1 of x [rows + kernel - 1, channels]. Nothing may overlap.
ARIO_API void ario_depthwise(float *out, const float *x, const float *weight, const float *bias, size_t rows,
                             size_t kernel, size_t channels);

// out [count, 2] = real and imaginary parts of numbers of the magnitudes e^levels [count] and the phases [count] in
// radians, within 3e-7 of the magnitude. Always finite: levels above `loudest` (at most 88) and NaNs are `loudest`, phases
// of 2^20 or more and NaNs are 0. out overlaps neither.
ARIO_API void ario_polar(float *out, const float *levels, const float *phases, size_t count, float loudest);

// x [count] += a b, number by number. x overlaps neither.
ARIO_API void ario_add_products(float *x, const float *a, const float *b, size_t count);

// The index of the largest of x [count]; of equals the first. NaNs are skipped; of nothing but NaNs it is 0.
// count >= 1.
ARIO_API size_t ario_argmax(const float *x, size_t count);

// One step of an LSTM. gates [4, width] are input, forget, cell and output gate before their functions. cell
// [width] and hidden [width] are the state, updated in place. Within 1e-6 of exact functions.
ARIO_API void ario_lstm_step(const float *gates, size_t width, float *cell, float *hidden);

#ifdef __cplusplus
}
#endif

#endif
