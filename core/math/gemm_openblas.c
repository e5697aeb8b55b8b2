// SPDX-License-Identifier: MIT
//
// Matrix products by OpenBLAS. The only file that includes it.
//
// OpenBLAS starts a thread for each core as soon as it is in a process, and waits for memory for ever where
// there is too little of it. So it is not linked: a process that multiplies with it loads it then.
#include "core/math/gemm.h"

#include <cblas.h>
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

// The functions of the library, which stays loaded. Global like what a linker binds, and as constant.
static struct {
  __typeof__(cblas_sgemm) *sgemm;
  __typeof__(cblas_sgemv) *sgemv;
  __typeof__(openblas_get_num_threads) *get_num_threads;
  __typeof__(openblas_set_num_threads) *set_num_threads;
  bool bound;
} openblas;

static pthread_once_t once = PTHREAD_ONCE_INIT;

// Sets *function, a pointer to a function, as which dlsym() does not return it.
static bool find(void *library, const char *name, void *function) {
  void *symbol = dlsym(library, name);
  memcpy(function, &symbol, sizeof symbol);
  return symbol != NULL;
}

static void bind(void) {
  void *library = dlopen(ARIO_OPENBLAS_NAME, RTLD_NOW | RTLD_LOCAL);
  openblas.bound = library && find(library, "cblas_sgemm", &openblas.sgemm) &&
                   find(library, "cblas_sgemv", &openblas.sgemv) &&
                   find(library, "openblas_get_num_threads", &openblas.get_num_threads) &&
                   find(library, "openblas_set_num_threads", &openblas.set_num_threads);
  if (library && !openblas.bound) dlclose(library);
}

bool ario__openblas_runs(void) {
  return pthread_once(&once, bind) == 0 && openblas.bound;
}

// OpenBLAS has one number of threads for the whole process, and its sums depend on it. So it runs on one
// thread, and sessions divide the work themselves.
static void multiply(const struct ario__gemm *gemm, const struct ario__product *p, void *scratch) {
  (void)gemm, (void)scratch;
  if (openblas.get_num_threads() != 1) openblas.set_num_threads(1);
  blasint m = (blasint)p->m, n = (blasint)p->n, k = (blasint)p->k;
  blasint lda = (blasint)p->lda, ldb = (blasint)p->ldb, ldc = (blasint)p->ldc;
  CBLAS_TRANSPOSE a = p->kind == ARIO__TN ? CblasTrans : CblasNoTrans;
  CBLAS_TRANSPOSE b = p->kind == ARIO__NT ? CblasTrans : CblasNoTrans;
  if (m == 1 && p->kind == ARIO__NT) // one row: bound by reading b once
    openblas.sgemv(CblasRowMajor, CblasNoTrans, n, k, p->alpha, p->b, ldb, p->a, 1, p->beta, p->c, 1);
  else if (m == 1 && p->kind == ARIO__NN)
    openblas.sgemv(CblasRowMajor, CblasTrans, k, n, p->alpha, p->b, ldb, p->a, 1, p->beta, p->c, 1);
  else
    openblas.sgemm(CblasRowMajor, a, b, m, n, k, p->alpha, p->a, lda, p->b, ldb, p->beta, p->c, ldc);
}

const struct ario__gemm ario__gemm_openblas = {.name = "OpenBLAS", .multiply = multiply};
