// SPDX-License-Identifier: MIT
//
// Products of row-major matrices with leading dimensions (the distance of two rows, in numbers): the one
// place where matrix products are called. beta is 0 (c is only written) or 1.
#ifndef ARIO_GEMM_H
#define ARIO_GEMM_H

#include "pool.h"

// The kernels of one library; single-threaded.
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

typedef enum ario__product_kind {
  ARIO__NT, // a [m, k], b [n, k], transposed
  ARIO__NN, // a [m, k], b [k, n]
  ARIO__TN, // a [k, m], transposed, b [k, n]
} ario__product_kind;

// c [m, n] = alpha * a b + beta * c
struct ario__product {
  ario__product_kind kind;
  size_t m, n, k;
  float alpha, beta;
  const float *a, *b;
  float *c;
  size_t lda, ldb, ldc;
  const float *bias; // [n] added to each row; NULL: none. With it beta must be 1, and c starts as
  const float *from; // [m, n] with ldc; may be c; NULL: 0
  float *a_sums;     // TN: [m], to which the sums of a's columns are added; NULL: not wanted
};

// Computes products that do not need each other with a pool's workers, in tiles whose size depends on a
// product's shape alone: the sums depend neither on who computes them nor on how many do.
void ario__products_run(const struct ario__gemm *gemm, struct ario__pool *pool,
                        const struct ario__product *products, size_t count);

// One of them.
void ario__product_run(const struct ario__gemm *gemm, struct ario__pool *pool,
                       const struct ario__product *product);

#endif
