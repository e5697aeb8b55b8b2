// SPDX-License-Identifier: MIT
//
// arioso/products.h over gemm.h.
#include "arioso/products.h"
#include "gemm.h"
#include "memory.h"

#include <stdlib.h>

struct ario_multiplier {
  const struct ario__gemm *gemm;
  struct ario__pool *pool;
  void *packed; // what the pool is lent
};

ario_status ario_multiplier_create(ario_kernels kernels, size_t threads, size_t m, size_t n, size_t k,
                                   ario_multiplier **out) {
  *out = NULL;
  if (threads < 1 || threads > ARIO__MAX_THREADS) return ARIO_ERR_ARGUMENT;
  const struct ario__gemm *gemm = ario__gemm_of(kernels, ARIO_PRECISION_FP32);
  size_t numbers = ario__product_packed(gemm, m, n, k), bytes;
  if (!ario__multiply(numbers, sizeof(float), &bytes)) return ARIO_ERR_LIMIT;
  ario_multiplier *multiplier = calloc(1, sizeof *multiplier);
  if (!multiplier) return ARIO_ERR_MEMORY;
  multiplier->gemm = gemm;
  ario_status status = ario__gemm_pool(gemm, threads, &multiplier->pool);
  if (!status && bytes && !(multiplier->packed = ario__block(bytes))) status = ARIO_ERR_MEMORY;
  if (status) {
    ario_multiplier_free(multiplier);
    return status;
  }
  if (bytes) ario__pool_lend(multiplier->pool, multiplier->packed, bytes);
  *out = multiplier;
  return ARIO_OK;
}

void ario_multiplier_free(ario_multiplier *multiplier) {
  if (!multiplier) return;
  ario__pool_free(multiplier->pool);
  free(multiplier->packed);
  free(multiplier);
}

void ario_multiply(ario_multiplier *multiplier, size_t m, size_t n, size_t k, const float *a, size_t lda,
                   const float *w, const float *bias, bool add, float *c, size_t ldc) {
  if (!m) return;
  const struct ario__product product = {.kind = ARIO__NT,
                                        .m = m,
                                        .n = n,
                                        .k = k,
                                        .alpha = 1,
                                        .beta = add || bias ? 1 : 0,
                                        .a = a,
                                        .b = w,
                                        .c = c,
                                        .lda = lda,
                                        .ldb = k,
                                        .ldc = ldc,
                                        .bias = bias,
                                        .from = add && bias ? c : NULL};
  ario__product_run(multiplier->gemm, multiplier->pool, &product);
}
