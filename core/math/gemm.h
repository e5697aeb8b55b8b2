// SPDX-License-Identifier: MIT
//
// Products of row-major matrices with leading dimensions (the distance between rows, in numbers). All matrix
// products of training go through here.
#ifndef ARIO_GEMM_H
#define ARIO_GEMM_H

#include "arioso/precision.h"
#include "core/base/pool.h"

typedef enum ario__product_kind {
  ARIO__NT, // a [m, k], b [n, k], transposed
  ARIO__NN, // a [m, k], b [k, n]
  ARIO__TN, // a [k, m], transposed, b [k, n]
} ario__product_kind;

// Keeps a factor b packed for later products. The first product that uses it packs it. Whoever changes b sets
// `filled` to false.
struct ario__kept {
  char *data; // ario__product_kept bytes, aligned
  bool filled;
};

// c [m, n] = alpha * a b + beta * c
//
// beta is 0 (c is only written) or 1. With a bias or `from`, c first becomes bias + beta * from, beta being
// any number but 0, and the product is added to it.
struct ario__product {
  ario__product_kind kind;
  size_t m, n, k;
  float alpha, beta;
  const float *a, *b;
  float *c;
  size_t lda, ldb, ldc;
  const float *bias;         // [n]; NULL: 0
  const float *from;         // [m, n] with ldc; may be c; NULL: 0
  float *a_sums;             // TN: [m], the sums of a's columns are added to it; NULL: not computed
  bool symmetric;            // c is known to be symmetric: about half of it is computed and mirrored
  struct ario__kept *b_kept; // NULL: b is packed anew; products that run together must not share one
};

struct ario__micro;
struct ario__blocks;

// A backend: one way to compute products.
struct ario__gemm {
  const char *name;
  ario_precision precision; // of the factors; c is always fp32
  size_t scratch;           // bytes that a worker needs
  const struct ario__micro *micro;
  const struct ario__blocks *blocks; // NULL: the backend packs nothing (gemm_blocks.h)

  // Computes a product, without its bias, from and a_sums, on the calling thread.
  void (*multiply)(const struct ario__gemm *gemm, const struct ario__product *product, void *scratch);

  // Frees what multiply has left in a worker's scratch (all zero at first). NULL: nothing to free.
  void (*release)(void *scratch);

  // Computes whole products like ario__products_run, faster than tile by tile. Returns false if the memory
  // that the pool has been lent is too small. NULL: the backend has no such way.
  bool (*run)(const struct ario__gemm *gemm, struct ario__pool *pool, const struct ario__product *products,
              size_t count);
};

extern const struct ario__gemm ario__gemm_plain; // three loops, sums in the order of k
extern const struct ario__gemm ario__gemm_plain_bf16;
extern const struct ario__gemm ario__gemm_openblas; // fp32; only where ario__openblas_runs
#ifdef ARIO_WITH_X86
extern const struct ario__gemm ario__gemm_avx2, ario__gemm_avx512; // fp32
extern const struct ario__gemm ario__gemm_avx512_bf16;
#endif

// Whether OpenBLAS is here. The first call loads it, and with it the threads that it starts.
bool ario__openblas_runs(void);

// The backend for a precision on this processor: the fast one, or the plain one. On a processor without bf16
// instructions, fast bf16 is fp32.
const struct ario__gemm *ario__gemm_of(ario_kernels kernels, ario_precision precision);

// Lists all backends that this processor can run, the fastest of each precision first; returns how many.
enum { ARIO__GEMMS = 8 };
size_t ario__gemm_list(const struct ario__gemm *list[ARIO__GEMMS]);

// Creates a pool whose workers have the scratch memory that the backend needs. Errors: as ario__pool_create.
ario_status ario__gemm_pool(const struct ario__gemm *gemm, size_t threads, struct ario__pool **out);

// Memory, in numbers, that a product of at most this size wants to be lent to the pool.
size_t ario__product_packed(const struct ario__gemm *gemm, size_t m, size_t n, size_t k);

// Bytes of a packed b of this size, a multiple of ARIO__ALIGNMENT; 0 if the backend packs nothing.
size_t ario__product_kept(const struct ario__gemm *gemm, size_t n, size_t k);

// For backends: sets rows and columns of c to bias + beta * from, if the product has these.
void ario__product_start(const struct ario__product *product, size_t row, size_t rows, size_t column,
                         size_t columns);
// Copies what is below the diagonal, in these rows and columns of a symmetric c, to above it.
void ario__product_mirror(const struct ario__product *product, size_t row, size_t rows, size_t column,
                          size_t columns);
// Adds the sums of `count` columns of a, from number `first` on, to a_sums, if the product has one.
void ario__product_add_a_sums(const struct ario__product *product, size_t first, size_t count);

// Computes products that do not depend on each other, with the workers of a pool from ario__gemm_pool. The
// tiles depend only on a product's shape, so the sums depend neither on the workers nor on their number.
void ario__products_run(const struct ario__gemm *gemm, struct ario__pool *pool,
                        const struct ario__product *products, size_t count);

// Computes one product.
void ario__product_run(const struct ario__gemm *gemm, struct ario__pool *pool,
                       const struct ario__product *product);

#endif
