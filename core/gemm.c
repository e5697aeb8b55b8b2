// SPDX-License-Identifier: MIT
//
// Sharing a product among workers.
#include "gemm.h"

enum { TASK_COLUMNS = 128 };

struct job {
  const struct ario__gemm *gemm;
  const struct ario__product *product;
};

static void multiply_columns(void *context, size_t task, size_t worker) {
  (void)worker;
  const struct job *job = context;
  const struct ario__gemm *gemm = job->gemm;
  const struct ario__product *p = job->product;
  size_t first = task * TASK_COLUMNS, columns = p->n - first < TASK_COLUMNS ? p->n - first : TASK_COLUMNS;
  const float *b = p->b + first * (p->kind == ARIO__NT ? p->ldb : 1);
  (p->kind == ARIO__NT ? gemm->nt
   : p->kind == ARIO__NN
       ? gemm->nn
       : gemm->tn)(p->m, columns, p->k, p->alpha, p->a, p->lda, b, p->ldb, p->beta, p->c + first, p->ldc);
}

void ario__product_run(const struct ario__gemm *gemm, struct ario__pool *pool,
                       const struct ario__product *product) {
  struct job job = {gemm, product};
  ario__pool_run(pool, multiply_columns, &job, (product->n + TASK_COLUMNS - 1) / TASK_COLUMNS);
}
