// SPDX-License-Identifier: MIT
//
// Matrix products as plain loops: what the fast ones are tested against.
#include "gemm.h"

static void prepare(void) {}

// c = alpha * sum + beta * c, where beta 0 must not read c: it may hold anything.
static float blend(float alpha, float sum, float beta, const float *c) {
  return beta == 0 ? alpha * sum : alpha * sum + beta * *c;
}

static void nt(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b,
               size_t ldb, float beta, float *c, size_t ldc) {
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      float sum = 0;
      for (size_t l = 0; l < k; l++) sum += a[i * lda + l] * b[j * ldb + l];
      c[i * ldc + j] = blend(alpha, sum, beta, &c[i * ldc + j]);
    }
}

static void nn(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b,
               size_t ldb, float beta, float *c, size_t ldc) {
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      float sum = 0;
      for (size_t l = 0; l < k; l++) sum += a[i * lda + l] * b[l * ldb + j];
      c[i * ldc + j] = blend(alpha, sum, beta, &c[i * ldc + j]);
    }
}

static void tn(size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda, const float *b,
               size_t ldb, float beta, float *c, size_t ldc) {
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      float sum = 0;
      for (size_t l = 0; l < k; l++) sum += a[l * lda + i] * b[l * ldb + j];
      c[i * ldc + j] = blend(alpha, sum, beta, &c[i * ldc + j]);
    }
}

const struct ario__gemm ario__gemm_plain = {"plain", prepare, nt, nn, tn};
