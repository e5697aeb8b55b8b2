// SPDX-License-Identifier: MIT
//
// Sharing products among workers.
#include "gemm.h"

#include <string.h>

// A library copies what it multiplies into an order of its own, once a call: small tiles copy the same
// numbers again and again, large ones leave workers idle. So what is one tile high is cut into narrower ones.
enum { TILE_ROWS = 128, TILE_COLUMNS = 256, NARROW_COLUMNS = 128 };

struct job {
  const struct ario__gemm *gemm;
  struct ario__pool *pool;
  const struct ario__product *products;
};

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

static size_t tile_columns(const struct ario__product *p) {
  return p->m <= TILE_ROWS ? NARROW_COLUMNS : TILE_COLUMNS;
}

static size_t tiles_across(const struct ario__product *p) {
  return (p->n + tile_columns(p) - 1) / tile_columns(p);
}

static size_t tiles(const struct ario__product *p) {
  return (p->m + TILE_ROWS - 1) / TILE_ROWS * tiles_across(p);
}

// What c [rows, columns] starts from.
static void start(const struct ario__product *p, size_t row, size_t rows, size_t column, size_t columns) {
  const float *bias = p->bias + column;
  for (size_t r = row; r < row + rows; r++) {
    float *c = p->c + r * p->ldc + column;
    const float *from = p->from ? p->from + r * p->ldc + column : NULL;
    if (from)
      for (size_t i = 0; i < columns; i++) c[i] = from[i] + bias[i];
    else
      memcpy(c, bias, columns * sizeof *c);
  }
}

static void add_a_sums(const struct ario__product *p, size_t first, size_t count) {
  float *sums = p->a_sums + first;
  for (size_t r = 0; r < p->k; r++)
    for (size_t i = 0; i < count; i++) sums[i] += p->a[r * p->lda + first + i];
}

static void multiply_tile(void *context, size_t task, size_t worker) {
  const struct job *job = context;
  const struct ario__product *p = job->products;
  for (; task >= tiles(p); p++) task -= tiles(p);
  size_t row = task / tiles_across(p) * TILE_ROWS, column = task % tiles_across(p) * tile_columns(p);
  size_t rows = smaller(p->m - row, TILE_ROWS), columns = smaller(p->n - column, tile_columns(p));
  struct ario__product tile = *p;
  tile.m = rows;
  tile.n = columns;
  tile.a += row * (p->kind == ARIO__TN ? 1 : p->lda);
  tile.b += column * (p->kind == ARIO__NT ? p->ldb : 1);
  tile.c += row * p->ldc + column;
  if (p->bias) start(p, row, rows, column, columns);
  if (p->a_sums && column == 0) add_a_sums(p, row, rows);
  job->gemm->multiply(job->gemm, &tile, ario__pool_scratch(job->pool, worker));
}

void ario__products_run(const struct ario__gemm *gemm, struct ario__pool *pool,
                        const struct ario__product *products, size_t count) {
  size_t tasks = 0;
  for (size_t i = 0; i < count; i++) tasks += tiles(&products[i]);
  ario__pool_run(pool, multiply_tile, &(struct job){gemm, pool, products}, tasks);
}

void ario__product_run(const struct ario__gemm *gemm, struct ario__pool *pool,
                       const struct ario__product *product) {
  ario__products_run(gemm, pool, product, 1);
}
