// SPDX-License-Identifier: MIT
//
// arioso/products.h on top of the inner loops. Rows are packed a few strips at a time, just before they are
// multiplied.
#include "arioso/products.h"
#include "core/base/memory.h"
#include "core/base/pool.h"
#include "core/base/sizes.h"
#include "core/math/f16.h"
#include "core/math/kernels.h"
#include "core/math/micro.h"

#include <stdlib.h>
#include <string.h>

enum {
  ROWS = 4 * ARIO__STRIP_ROWS, // of a task
  WIDE = 32,                   // width of a panel for many rows: with STRIP_ROWS rows its sums fill the
                               // registers
  FEW = 7,                     // with fewer rows a panel is read as one stream
  THIN = 2,                    // most columns that are computed without panels
};

struct ario_multiplier {
  const struct ario__micro *micro;
  struct ario__pool *pool;
  bool back; // a single row takes the last panels first
};

struct ario_packed_weights {
  size_t n, k, width;
  int format;   // ARIO_PRECISION_FP32 or ARIO__MICRO_F16
  void *panels; // [panels, k, width]; width 0: [n, k], unpacked
};

ario_status ario_multiplier_create(ario_kernels kernels, size_t threads, ario_multiplier **out) {
  *out = NULL;
  if (threads < 1 || threads > ARIO__MAX_THREADS) return ARIO_ERR_ARGUMENT;
  ario_multiplier *multiplier = calloc(1, sizeof *multiplier);
  if (!multiplier) return ARIO_ERR_MEMORY;
  multiplier->micro = ario__micro_of(kernels);
  ario_status status = ario__pool_create(threads, ROWS * ARIO__STRIP * sizeof(float), &multiplier->pool);
  if (status)
    ario_multiplier_free(multiplier);
  else
    *out = multiplier;
  return status;
}

void ario_multiplier_free(ario_multiplier *multiplier) {
  if (!multiplier) return;
  ario__pool_free(multiplier->pool);
  free(multiplier);
}

static size_t panel_width(size_t m, size_t n) {
  if (n <= THIN) return 0;
  if (n <= ARIO__VECTOR) return ARIO__VECTOR;
  return m < FEW && n >= ARIO__PANEL ? ARIO__PANEL : WIDE;
}

static size_t number_bytes(int format) {
  return format == ARIO__MICRO_F16 ? sizeof(uint16_t) : sizeof(float);
}

// For few rows the time is that of reading the panels' `count` numbers from memory: f16, if it holds them
// without loss, halves it. (In plain C widening them would take longer.)
static ario_status halve(ario_packed_weights *weights, size_t count) {
  const float *panels = weights->panels;
  uint16_t *halves = ario__block(count * sizeof *halves);
  if (!halves) return ARIO_ERR_MEMORY;
  size_t i = 0;
  for (; i < count; i++) {
    halves[i] = ario__f16(panels[i]);
    if (ario__f16_float(halves[i]) != panels[i]) break;
  }
  if (i < count) {
    free(halves);
    return ARIO_OK;
  }
  free(weights->panels);
  weights->panels = halves;
  weights->format = ARIO__MICRO_F16;
  return ARIO_OK;
}

ario_status ario_packed_weights_create(const ario_multiplier *multiplier, size_t m, const float *w, size_t n,
                                       size_t k, ario_packed_weights **out) {
  *out = NULL;
  size_t width = panel_width(m, n), columns = width ? (n + width - 1) / width * width : n, bytes;
  if (!ario__multiply(columns, k, &bytes) || !ario__multiply(bytes, sizeof(float), &bytes))
    return ARIO_ERR_LIMIT;
  ario_packed_weights *weights = calloc(1, sizeof *weights);
  if (!weights) return ARIO_ERR_MEMORY;
  *weights = (ario_packed_weights){.n = n, .k = k, .width = width, .panels = ario__block(bytes)};
  if (!weights->panels) {
    free(weights);
    return ARIO_ERR_MEMORY;
  }
  float *panels = weights->panels;
  if (!width) memcpy(panels, w, bytes);
  for (size_t i = 0; width && i < n; i += width)
    multiplier->micro->columns[ARIO_PRECISION_FP32](panels + i * k, width, w + i * k, k,
                                                    ario__smaller(n - i, width), k);
  bool few = width == ARIO__PANEL, plain = multiplier->micro == &ario__micro_plain;
  ario_status status = few && !plain ? halve(weights, columns * k) : ARIO_OK;
  if (status)
    ario_packed_weights_free(weights);
  else
    *out = weights;
  return status;
}

void ario_packed_weights_free(ario_packed_weights *weights) {
  if (!weights) return;
  free(weights->panels);
  free(weights);
}

// ---- Multiplying ----

struct product {
  const ario_multiplier *multiplier;
  const ario_packed_weights *weights;
  const float *a, *bias;
  float *c;
  size_t m, lda, ldc;
  bool add;
};

// Runs a job panel by panel, the last one first.
static void multiply_back(const struct ario__micro *micro, int format, const struct ario__micro_job *whole) {
  for (size_t end = whole->cols, from; end; end = from) {
    from = (end - 1) / whole->width * whole->width;
    struct ario__micro_job job = *whole;
    job.cols = end - from;
    job.b = (const char *)whole->b + from / whole->width * whole->panel_stride * number_bytes(format);
    if (job.bias) job.bias += from;
    job.c += from;
    micro->multiply[format](&job);
  }
}

static void multiply_rows(void *context, size_t task, size_t worker) {
  const struct product *p = context;
  const ario_packed_weights *w = p->weights;
  const struct ario__micro *micro = p->multiplier->micro;
  size_t row = task * ROWS, rows = ario__smaller(p->m - row, ROWS);
  void *strip = ario__pool_scratch(p->multiplier->pool, worker);
  for (size_t first = 0, count; first < w->k; first += count) {
    count = ario__smaller(w->k - first, ARIO__UNITS);
    micro->strip[ARIO_PRECISION_FP32](strip, p->a + row * p->lda + first, p->lda, rows, count);
    struct ario__micro_job job = {.rows = rows,
                                  .cols = w->n,
                                  .units = count,
                                  .a = strip,
                                  .b = (const char *)w->panels + first * w->width * number_bytes(w->format),
                                  .width = w->width,
                                  .panel_stride = w->k * w->width,
                                  .alpha = 1,
                                  .add = p->add || first,
                                  .bias = first ? NULL : p->bias,
                                  .c = p->c + row * p->ldc,
                                  .ldc = p->ldc};
    if (p->multiplier->back && p->m == 1)
      multiply_back(micro, w->format, &job);
    else
      micro->multiply[w->format](&job);
  }
}

// One or two columns are computed as dot products of rows: most of a panel's vectors would be unused.
static void multiply_thin(const struct product *p) {
  const ario_packed_weights *w = p->weights;
  for (size_t row = 0; row < p->m; row++)
    for (size_t i = 0; i < w->n; i++) {
      float *c = p->c + row * p->ldc + i, from = p->add ? *c : p->bias ? p->bias[i] : 0;
      *c = from + ario__dot(p->a + row * p->lda, (const float *)w->panels + i * w->k, w->k);
    }
}

void ario_multiplier_run(ario_multiplier *multiplier, size_t m, const ario_packed_weights *weights,
                         const float *a, size_t lda, const float *bias, bool add, float *c, size_t ldc) {
  struct product product = {multiplier, weights, a, bias, c, m, lda, ldc, add};
  // If recurrent weights do not fit the cache, it holds the part that was read last. So the next row begins
  // there and goes the other way. No sum is changed by that.
  if (m == 1) multiplier->back = !multiplier->back;
  if (!weights->width)
    multiply_thin(&product);
  else
    ario__pool_run(multiplier->pool, multiply_rows, &product, (m + ROWS - 1) / ROWS);
}

// ---- Functions of each number ----

void ario_elu(float *out, const float *x, size_t count) {
  ario__elu(out, x, count);
}

void ario_gelu(float *out, const float *x, size_t count) {
  ario__gelu_of(out, x, count);
}

void ario_layer_norm(float *y, const float *x, const float *weight, const float *bias, size_t rows,
                     size_t channels) {
  const struct ario__norm norm = {(float *)weight, (float *)bias}; // neither is written to
  ario__norm(y, x, &norm, rows, channels, 1e-5);
}

void ario_depthwise(float *out, const float *x, const float *weight, const float *bias, size_t rows,
                    size_t kernel, size_t channels) {
  ario__depthwise(out, x, weight, bias, rows, kernel, channels);
}

void ario_polar(float *out, const float *levels, const float *phases, size_t count, float loudest) {
  ario__polar(out, levels, phases, count, loudest);
}

void ario_add_products(float *x, const float *a, const float *b, size_t count) {
  ario__add_products(x, a, b, count);
}

size_t ario_argmax(const float *x, size_t count) {
  return ario__argmax(x, count);
}

void ario_lstm_step(const float *gates, size_t width, float *cell, float *hidden) {
  ario__lstm_step(gates, width, cell, hidden);
}
