// SPDX-License-Identifier: MIT
//
// Products of matrices in fp32, with the kernels that core has for this processor: for codecs. A row of a
// result does not depend on the rows beside it with the plain kernels, and up to rounding with the fast ones.
#ifndef ARIOSO_PRODUCTS_H
#define ARIOSO_PRODUCTS_H

#include "arioso/session.h"

#ifdef __cplusplus
extern "C" {
#endif

// Workers and memory for products. Mutable: one thread at a time.
typedef struct ario_multiplier ario_multiplier;

// For products of at most m rows, and weights of at most n by k. Errors: ERR_ARGUMENT (threads: 1..64),
// ERR_LIMIT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_multiplier_create(ario_kernels kernels, size_t threads, size_t m,
                                                           size_t n, size_t k, ario_multiplier **out);
ARIO_API void ario_multiplier_free(ario_multiplier *multiplier); // safe on NULL

// c [m, n], rows ldc apart, = a w^T + bias, or with `add` that is added to c; a [m, k], rows lda apart (less
// than k where rows overlap, as windows of a signal do); w [n, k]; bias [n] or NULL. Allocates nothing.
ARIO_API void ario_multiply(ario_multiplier *multiplier, size_t m, size_t n, size_t k, const float *a,
                            size_t lda, const float *w, const float *bias, bool add, float *c, size_t ldc);

#ifdef __cplusplus
}
#endif

#endif
