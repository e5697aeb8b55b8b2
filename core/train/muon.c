// SPDX-License-Identifier: MIT
//
// Muon's step. Nearly all of it is products, two of which have a symmetric result. The rest is folded into
// their factors and starting values, or shared among workers in blocks of rows.
#include "core/train/muon.h"
#include "arioso/cost.h"
#include "core/base/sizes.h"
#include "core/math/kernels.h"

#include <math.h>
#include <string.h>

enum { NEWTON_SCHULZ_STEPS = 5, BLOCK = 64, SQUARE = 16 };

static const double momentum = 0.95;

static size_t blocks(size_t rows) {
  return (rows + BLOCK - 1) / BLOCK;
}

void ario__muon_carve(struct ario__muon *muon, size_t room, size_t rows, struct ario__arena *arena) {
  float **buffers[] = {&muon->x, &muon->y, &muon->a, &muon->b};
  muon->room = room;
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
    *buffers[i] = ario__carve(arena, room, sizeof(float));
  muon->square = ario__carve(arena, blocks(rows), ARIO__MUON_MOST * sizeof(double));
}

size_t ario__muon_most(const struct ario__muon *muon, size_t rows, size_t cols) {
  return ario__smaller(muon->room / (rows * cols), ARIO__MUON_MOST);
}

// Matrices that are changed together.
struct batch {
  struct ario__muon *muon;
  const struct ario__muon_matrix *matrices;
  size_t count, rows, cols;
  bool tall; // more rows than columns: its transpose is orthogonalised
  float clip, keep, step;
};

// ---- Before and after the products ----

// m [count] = 0.95 m + g; x = g + 0.95 m
ARIO__CLONES
static void add_momentum(float *restrict x, float *restrict m, const float *restrict g, float clip,
                         size_t count) {
  const float share = (float)momentum;
  for (size_t i = 0; i < count; i++) {
    float gradient = clip * g[i];
    m[i] = share * m[i] + gradient;
    x[i] = gradient + share * m[i];
  }
}

ARIO__CLONES
static void move(float *restrict w, const float *restrict u, float keep, float step, size_t count) {
  for (size_t i = 0; i < count; i++) w[i] = keep * w[i] - step * u[i];
}

// Transposes a square of a tall matrix at [row, col] of w: into X with `to_x`, otherwise from X.
static void turn(const struct batch *b, float *x, float square[SQUARE][SQUARE], size_t row, size_t rows,
                 size_t col, size_t cols, bool to_x) {
  for (size_t c = 0; c < cols; c++) {
    float *line = x + (col + c) * b->rows + row;
    for (size_t r = 0; r < rows; r++)
      if (to_x)
        line[r] = square[r][c];
      else
        square[r][c] = line[r];
  }
}

// Processes rows of a tall matrix, before (with `to_x`) or after the products.
static void pass_turned(const struct batch *b, const struct ario__muon_matrix *matrix, float *x, size_t first,
                        size_t end, bool to_x) {
  float square[SQUARE][SQUARE];
  for (size_t row = first; row < end; row += SQUARE)
    for (size_t col = 0; col < b->cols; col += SQUARE) {
      size_t rows = ario__smaller(end - row, SQUARE), cols = ario__smaller(b->cols - col, SQUARE);
      if (!to_x) turn(b, x, square, row, rows, col, cols, false);
      for (size_t r = 0; r < rows; r++) {
        size_t at = (row + r) * b->cols + col;
        if (to_x)
          add_momentum(square[r], matrix->m + at, matrix->g + at, b->clip, cols);
        else
          move(matrix->w + at, square[r], b->keep, b->step, cols);
      }
      if (to_x) turn(b, x, square, row, rows, col, cols, true);
    }
}

static void start_block(void *context, size_t task, size_t worker) {
  (void)worker;
  const struct batch *b = context;
  const struct ario__muon_matrix *matrix = &b->matrices[task / blocks(b->rows)];
  float *x = b->muon->x + task / blocks(b->rows) * b->rows * b->cols;
  size_t first = task % blocks(b->rows) * BLOCK, end = ario__smaller(first + BLOCK, b->rows);
  size_t at = first * b->cols, count = (end - first) * b->cols;
  double square = 0;
  if (b->tall) {
    pass_turned(b, matrix, x, first, end, true);
    for (size_t c = 0; c < b->cols; c++) square += ario__square_sum(x + c * b->rows + first, end - first);
  } else {
    add_momentum(x + at, matrix->m + at, matrix->g + at, b->clip, count);
    square = ario__square_sum(x + at, count);
  }
  b->muon->square[task] = square;
}

static void finish_block(void *context, size_t task, size_t worker) {
  (void)worker;
  const struct batch *b = context;
  const struct ario__muon_matrix *matrix = &b->matrices[task / blocks(b->rows)];
  float *x = b->muon->x + task / blocks(b->rows) * b->rows * b->cols;
  size_t first = task % blocks(b->rows) * BLOCK, end = ario__smaller(first + BLOCK, b->rows),
         at = first * b->cols;
  if (b->tall)
    pass_turned(b, matrix, x, first, end, false);
  else
    move(matrix->w + at, x + at, b->keep, b->step, (end - first) * b->cols);
}

// ---- The products ----

// 1 / |X| of a matrix: the factors of the first step are multiplied by it instead of X.
static float scale_of(const struct batch *b, size_t number) {
  const double *squares = b->muon->square + number * blocks(b->rows);
  double square = 0;
  for (size_t i = 0; i < blocks(b->rows); i++) square += squares[i];
  return (float)(1 / (sqrt(square) + 1e-7));
}

static void newton_schulz(const struct batch *batch, const float scales[]) {
  struct ario__muon *o = batch->muon;
  size_t rows = ario__smaller(batch->rows, batch->cols), cols = batch->rows + batch->cols - rows;
  struct ario__product a[ARIO__MUON_MOST], b[ARIO__MUON_MOST], y[ARIO__MUON_MOST];
  for (size_t i = 0; i < batch->count; i++) {
    float *xi = o->x + i * rows * cols, *yi = o->y + i * rows * cols, s = scales ? scales[i] : 1;
    float *ai = o->a + i * rows * rows, *bi = o->b + i * rows * rows;
    a[i] = (struct ario__product){ARIO__NT,         rows, rows, cols, s * s, 0, xi, xi, ai, cols, cols, rows,
                                  .symmetric = true};
    b[i] = (struct ario__product){ARIO__NT, rows, rows, rows, 2.0315f, -4.7750f,   ai,
                                  ai,       bi,   rows, rows, rows,    .from = ai, .symmetric = true};
    y[i] = (struct ario__product){ARIO__NN, rows, cols, rows, s,    3.4445f * s, bi,
                                  xi,       yi,   rows, cols, cols, .from = xi};
  }
  ario__products_run(o->gemm, o->pool, a, batch->count);
  ario__products_run(o->gemm, o->pool, b, batch->count); // A A^T is A A
  ario__products_run(o->gemm, o->pool, y, batch->count);
  float *kept = o->x;
  o->x = o->y;
  o->y = kept;
}

void ario__muon_step(struct ario__muon *muon, const struct ario__muon_matrix *matrices, size_t count,
                     size_t rows, size_t cols, double clip, double rate, double decay) {
  struct batch batch = {.muon = muon,
                        .matrices = matrices,
                        .count = count,
                        .rows = rows,
                        .cols = cols,
                        .tall = rows > cols,
                        .clip = (float)clip,
                        .keep = (float)(1 - decay * rate),
                        .step = (float)(rate * sqrt(fmax(1, (double)rows / (double)cols)))};
  float scales[ARIO__MUON_MOST];
  ario__pool_run(muon->pool, start_block, &batch, count * blocks(rows));
  for (size_t i = 0; i < count; i++) scales[i] = scale_of(&batch, i);
  for (int step = 0; step < NEWTON_SCHULZ_STEPS; step++) newton_schulz(&batch, step ? NULL : scales);
  ario__pool_run(muon->pool, finish_block, &batch, count * blocks(rows));
}

// ---- What it costs ----

// X [rows, cols]: A = X X^T, A A, and a product of both with X.
static double orthogonalise_flops(double rows, double cols) {
  double smaller = rows < cols ? rows : cols;
  return NEWTON_SCHULZ_STEPS * 2 * smaller * (2 * rows * cols + smaller * smaller);
}

double ario_cost_muon_flops(const ario_config *config) {
  double d = (double)config->channels, w = d * (double)config->mlp_widening, layers = (double)config->layers;
  double squares = 1 + 4 * (1 + layers), wides = 2 * (1 + layers);
  return squares * orthogonalise_flops(d, d) + wides * orthogonalise_flops(w, d);
}
