// SPDX-License-Identifier: MIT
//
// Products of row-major matrices with leading dimensions (the distance of two rows, in numbers): the one
// place where matrix products are called. Single-threaded; whoever has workers splits the work. beta is 0 (c
// is only written) or 1.
#ifndef ARIO_GEMM_H
#define ARIO_GEMM_H

#include <stddef.h>

struct ario__gemm {
  const char *name;

  // Called before the first product of a session.
  void (*prepare)(void);

  // c [m, n] = alpha * a [m, k] b^T + beta * c, b [n, k]
  void (*nt)(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b,
             size_t ldb, float beta, float *c, size_t ldc);

  // c [m, n] = alpha * a [m, k] b + beta * c, b [k, n]
  void (*nn)(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b,
             size_t ldb, float beta, float *c, size_t ldc);

  // c [m, n] = alpha * a^T b + beta * c, a [k, m], b [k, n]
  void (*tn)(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b,
             size_t ldb, float beta, float *c, size_t ldc);
};

extern const struct ario__gemm ario__gemm_plain; // three loops, sums in the order of k
extern const struct ario__gemm ario__gemm_openblas;

#endif
