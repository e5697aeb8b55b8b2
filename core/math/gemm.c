// SPDX-License-Identifier: MIT
//
// Shares products among workers, in tiles.
#include "core/math/gemm.h"
#include "core/base/sizes.h"
#include "core/math/kernels.h"

#include <string.h>

// In each call a library copies its factors into a layout of its own. Small tiles copy the same numbers again
// and again; large ones leave workers idle. So a product that is one tile high is cut into narrower tiles.
enum { TILE_ROWS = 128, TILE_COLUMNS = 256, NARROW_COLUMNS = 128 };

struct job {
  const struct ario__gemm *gemm;
  struct ario__pool *pool;
  const struct ario__product *products;
};

static size_t tile_columns(const struct ario__product *p) {
  if (p->symmetric) return TILE_ROWS; // squares, which the diagonal divides
  return p->m <= TILE_ROWS ? NARROW_COLUMNS : TILE_COLUMNS;
}

static size_t tiles_across(const struct ario__product *p) {
  return (p->n + tile_columns(p) - 1) / tile_columns(p);
}

static size_t tiles(const struct ario__product *p) {
  return (p->m + TILE_ROWS - 1) / TILE_ROWS * tiles_across(p);
}

// c [columns] = bias + beta * from; one of the two may be missing.
ARIO__CLONES
static void start_row(float *c, const float *bias, const float *from, float beta, size_t columns) {
  if (!from)
    memcpy(c, bias, columns * sizeof *c);
  else if (!bias)
    for (size_t i = 0; i < columns; i++) c[i] = beta * from[i];
  else
    for (size_t i = 0; i < columns; i++) c[i] = beta * from[i] + bias[i];
}

static bool is_started(const struct ario__product *p) {
  return p->bias || p->from;
}

void ario__product_start(const struct ario__product *p, size_t row, size_t rows, size_t column,
                         size_t columns) {
  if (!is_started(p)) return;
  for (size_t r = row; r < row + rows; r++) {
    size_t at = r * p->ldc + column;
    start_row(p->c + at, p->bias ? p->bias + column : NULL, p->from ? p->from + at : NULL, p->beta, columns);
  }
}

// Copies in squares that fit the first-level cache. The diagonal block was computed in full, but libraries
// may sum its two sides in different orders.
void ario__product_mirror(const struct ario__product *p, size_t row, size_t rows, size_t column,
                          size_t columns) {
  enum { SQUARE = 16 };
  if (!p->symmetric) return;
  size_t end = ario__smaller(column + columns, row + rows);
  for (size_t j = column; j < end; j += SQUARE)
    for (size_t i = row; i < row + rows; i += SQUARE)
      for (size_t y = j; y < ario__smaller(j + SQUARE, end); y++)
        for (size_t x = i > y ? i : y + 1; x < ario__smaller(i + SQUARE, row + rows); x++)
          p->c[y * p->ldc + x] = p->c[x * p->ldc + y];
}

ARIO__CLONES
static void add_rows(float *restrict sums, const float *x, size_t ldx, size_t rows, size_t count) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < count; i++) sums[i] += x[r * ldx + i];
}

void ario__product_add_a_sums(const struct ario__product *p, size_t first, size_t count) {
  if (p->a_sums) add_rows(p->a_sums + first, p->a + first, p->lda, p->k, count);
}

ario_status ario__gemm_pool(const struct ario__gemm *gemm, size_t threads, struct ario__pool **out) {
  ario_status status = ario__pool_create(threads, gemm->scratch, out);
  if (!status) ario__pool_at_end(*out, gemm->release);
  return status;
}

static void multiply_tile(void *context, size_t task, size_t worker) {
  const struct job *job = context;
  const struct ario__product *p = job->products;
  for (; task >= tiles(p); p++) task -= tiles(p);
  size_t row = task / tiles_across(p) * TILE_ROWS, column = task % tiles_across(p) * tile_columns(p);
  size_t rows = ario__smaller(p->m - row, TILE_ROWS), columns = ario__smaller(p->n - column, tile_columns(p));
  if (p->symmetric && column > row) return;
  struct ario__product tile = *p;
  tile.m = rows;
  tile.n = columns;
  tile.a += row * (p->kind == ARIO__TN ? 1 : p->lda);
  tile.b += column * (p->kind == ARIO__NT ? p->ldb : 1);
  tile.c += row * p->ldc + column;
  ario__product_start(p, row, rows, column, columns);
  if (column == 0) ario__product_add_a_sums(p, row, rows);
  if (is_started(p)) tile.beta = 1;
  job->gemm->multiply(job->gemm, &tile, ario__pool_scratch(job->pool, worker));
  ario__product_mirror(p, row, rows, column, columns);
}

void ario__products_run(const struct ario__gemm *gemm, struct ario__pool *pool,
                        const struct ario__product *products, size_t count) {
  if (gemm->run && gemm->run(gemm, pool, products, count)) return;
  size_t tasks = 0;
  for (size_t i = 0; i < count; i++) tasks += tiles(&products[i]);
  ario__pool_run(pool, multiply_tile, &(struct job){gemm, pool, products}, tasks);
}

void ario__product_run(const struct ario__gemm *gemm, struct ario__pool *pool,
                       const struct ario__product *product) {
  ario__products_run(gemm, pool, product, 1);
}
