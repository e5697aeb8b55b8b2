// SPDX-License-Identifier: MIT
//
// Matrix products by plain loops, against which the fast ones are tested.
#include "core/math/gemm.h"

static void multiply(const struct ario__gemm *gemm, const struct ario__product *p, void *scratch) {
  (void)gemm, (void)scratch;
  size_t a_row = p->kind == ARIO__TN ? 1 : p->lda, a_step = p->kind == ARIO__TN ? p->lda : 1;
  size_t b_column = p->kind == ARIO__NT ? p->ldb : 1, b_step = p->kind == ARIO__NT ? 1 : p->ldb;
  for (size_t i = 0; i < p->m; i++)
    for (size_t j = 0; j < p->n; j++) {
      const float *a = p->a + i * a_row, *b = p->b + j * b_column;
      float *c = p->c + i * p->ldc + j, sum = 0;
      for (size_t k = 0; k < p->k; k++) sum += a[k * a_step] * b[k * b_step];
      *c = p->beta == 0 ? p->alpha * sum : p->alpha * sum + *c; // if beta is 0, c may hold anything
    }
}

const struct ario__gemm ario__gemm_plain = {.name = "plain C", .multiply = multiply};
