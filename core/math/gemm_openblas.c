// SPDX-License-Identifier: MIT
//
// Matrix products by OpenBLAS. The only file that includes it.
#include "core/math/gemm.h"

#include <cblas.h>

// OpenBLAS has one number of threads for the whole process, and its sums depend on it. So it runs on one
// thread, and sessions divide the work themselves.
static void multiply(const struct ario__gemm *gemm, const struct ario__product *p, void *scratch) {
  (void)gemm, (void)scratch;
  if (openblas_get_num_threads() != 1) openblas_set_num_threads(1);
  blasint m = (blasint)p->m, n = (blasint)p->n, k = (blasint)p->k;
  blasint lda = (blasint)p->lda, ldb = (blasint)p->ldb, ldc = (blasint)p->ldc;
  CBLAS_TRANSPOSE a = p->kind == ARIO__TN ? CblasTrans : CblasNoTrans;
  CBLAS_TRANSPOSE b = p->kind == ARIO__NT ? CblasTrans : CblasNoTrans;
  if (m == 1 && p->kind == ARIO__NT) // one row: bound by reading b once
    cblas_sgemv(CblasRowMajor, CblasNoTrans, n, k, p->alpha, p->b, ldb, p->a, 1, p->beta, p->c, 1);
  else if (m == 1 && p->kind == ARIO__NN)
    cblas_sgemv(CblasRowMajor, CblasTrans, k, n, p->alpha, p->b, ldb, p->a, 1, p->beta, p->c, 1);
  else
    cblas_sgemm(CblasRowMajor, a, b, m, n, k, p->alpha, p->a, lda, p->b, ldb, p->beta, p->c, ldc);
}

const struct ario__gemm ario__gemm_openblas = {.name = "OpenBLAS", .multiply = multiply};
