// SPDX-License-Identifier: MIT
//
// Products of row-major matrices with leading dimensions (the distance of two rows, in numbers): the one
// place where matrix products are called.
#ifndef ARIO_GEMM_H
#define ARIO_GEMM_H

#include "arioso/precision.h"
#include "core/base/pool.h"

typedef enum ario__product_kind {
  ARIO__NT, // a [m, k], b [n, k], transposed
  ARIO__NN, // a [m, k], b [k, n]
  ARIO__TN, // a [k, m], transposed, b [k, n]
} ario__product_kind;

// Where a factor b stays packed that comes again in later products: packed by the first of them, on the way.
// Whoever changes b sets `filled` to false.
struct ario__kept {
  char *data; // ario__product_kept bytes, aligned
  bool filled;
};

// c [m, n] = alpha * a b + beta * c; beta is 0 (c is only written) or 1. Where there is a bias or `from`, c
// first becomes bias + beta * from, beta being any number but 0, and the product is added to that.
struct ario__product {
  ario__product_kind kind;
  size_t m, n, k;
  float alpha, beta;
  const float *a, *b;
  float *c;
  size_t lda, ldb, ldc;
  const float *bias;         // [n]; NULL: 0
  const float *from;         // [m, n] with ldc; may be c; NULL: 0
  float *a_sums;             // TN: [m], to which the sums of a's columns are added; NULL: not wanted
  bool symmetric;            // c is known to be: about half of it is computed, the rest mirrored
  struct ario__kept *b_kept; // NULL: b is packed anew. Of products that run together no two share one
};

struct ario__micro;
struct ario__blocks;

// One way to compute them.
struct ario__gemm {
  const char *name;
  ario_precision precision; // of the factors; c is fp32 always
  size_t scratch;           // bytes that a worker needs
  const struct ario__micro *micro;
  const struct ario__blocks *blocks; // NULL: it packs nothing (gemm_blocks.h)

  // A product without its bias, from and a_sums, by one thread.
  void (*multiply)(const struct ario__gemm *gemm, const struct ario__product *product, void *scratch);

  // Frees what multiply has left in a worker's scratch, which is all zero at first. NULL: nothing.
  void (*release)(void *scratch);

  // Whole products, as ario__products_run, better than tile by tile; false if the memory that the pool has
  // been lent does not suffice. NULL: there is no better way.
  bool (*run)(const struct ario__gemm *gemm, struct ario__pool *pool, const struct ario__product *products,
              size_t count);
};

extern const struct ario__gemm ario__gemm_plain; // three loops, sums in the order of k
extern const struct ario__gemm ario__gemm_plain_bf16;
extern const struct ario__gemm ario__gemm_openblas; // fp32
#ifdef ARIO_WITH_X86
extern const struct ario__gemm ario__gemm_avx2, ario__gemm_avx512; // fp32
extern const struct ario__gemm ario__gemm_avx512_bf16;
#endif

// What computes products of a precision here: the fast kernels for this processor, or the plain ones. Where
// the processor has no instructions for bf16, fast bf16 is fp32.
const struct ario__gemm *ario__gemm_of(ario_kernels kernels, ario_precision precision);

// All that this processor can run, the fastest of each precision first; returns how many.
enum { ARIO__GEMMS = 8 };
size_t ario__gemm_list(const struct ario__gemm *list[ARIO__GEMMS]);

// A pool whose workers have what they need. Errors: as ario__pool_create.
ario_status ario__gemm_pool(const struct ario__gemm *gemm, size_t threads, struct ario__pool **out);

// Numbers of memory that a product of this size at most wants to be lent.
size_t ario__product_packed(const struct ario__gemm *gemm, size_t m, size_t n, size_t k);

// Bytes that a packed b of this size takes, a multiple of ARIO__ALIGNMENT; 0 where nothing is packed.
size_t ario__product_kept(const struct ario__gemm *gemm, size_t n, size_t k);

// For backends. What rows and columns of c start from, if not from c.
void ario__product_start(const struct ario__product *product, size_t row, size_t rows, size_t column,
                         size_t columns);
// What is below the diagonal, of these rows and columns of a symmetric c, also above it.
void ario__product_mirror(const struct ario__product *product, size_t row, size_t rows, size_t column,
                          size_t columns);
// The sums of `count` columns of a from number `first` on, if they are wanted.
void ario__product_add_a_sums(const struct ario__product *product, size_t first, size_t count);

// Computes products that do not need each other with a pool's workers, in tiles whose size depends on a
// product's shape alone: the sums depend neither on who computes them nor on how many do. The pool is
// ario__gemm_pool's.
void ario__products_run(const struct ario__gemm *gemm, struct ario__pool *pool,
                        const struct ario__product *products, size_t count);

// One of them.
void ario__product_run(const struct ario__gemm *gemm, struct ario__pool *pool,
                       const struct ario__product *product);

#endif
