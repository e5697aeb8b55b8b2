// SPDX-License-Identifier: MIT
//
// AdamW and Muon.
#include "optimizer.h"
#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NEWTON_SCHULZ_STEPS = 5 };

static const double clip_norm = 1.0, beta1 = 0.9, beta2 = 0.98, adam_eps = 1e-8;
static const double momentum = 0.95, muon_decay = 0.01;

struct ario__optimizer {
  ario_optimizer kind;
  const struct ario__gemm *gemm;
  struct ario__pool *pool;
  uint64_t steps; // done
  char *block;
  float *first;  // [block_count] first moments, laid out like the parameters
  float *second; // [second_count] second moments of the tensors that AdamW changes, one after the other
  size_t first_count, second_count;
  float *x, *y; // [rows, cols] of the largest matrix: Newton-Schulz's
  float *a, *b; // [rows, rows] of it, rows being its smaller side
};

static bool is_hidden_matrix(const struct ario__tensor_slot *slot) {
  return slot->cols && strcmp(slot->name, "embed.weight") != 0 && strcmp(slot->name, "logits.weight") != 0;
}

static bool by_muon(const struct ario__optimizer *o, const struct ario__tensor_slot *slot) {
  return o->kind == ARIO_MUON && is_hidden_matrix(slot);
}

// ---- Memory ----

static void carve(struct ario__optimizer *o, const struct ario__params *params, struct ario__arena *arena) {
  size_t second = 0, largest = 0, side = 0;
  for (size_t i = 0; i < params->tensor_count; i++) {
    const struct ario__tensor_slot *slot = &params->tensors[i];
    if (!by_muon(o, slot)) {
      second += slot->count;
      continue;
    }
    size_t smaller = slot->rows < slot->cols ? slot->rows : slot->cols;
    if (slot->count > largest) largest = slot->count;
    if (smaller > side) side = smaller;
  }
  o->first_count = params->block_count;
  o->second_count = second;
  o->first = ario__carve(arena, o->first_count, sizeof(float));
  o->second = ario__carve(arena, o->second_count, sizeof(float));
  o->x = ario__carve(arena, largest, sizeof(float));
  o->y = ario__carve(arena, largest, sizeof(float));
  o->a = ario__carve(arena, side, side * sizeof(float));
  o->b = ario__carve(arena, side, side * sizeof(float));
}

ario_status ario__optimizer_bytes(const struct ario__params *params, ario_optimizer kind, size_t *bytes) {
  struct ario__optimizer measured = {.kind = kind};
  struct ario__arena arena = {0};
  carve(&measured, params, &arena);
  *bytes = arena.overflow ? 0 : sizeof measured + arena.used;
  return arena.overflow ? ARIO_ERR_LIMIT : ARIO_OK;
}

ario_status ario__optimizer_create(const struct ario__params *params, ario_optimizer kind,
                                   const struct ario__gemm *gemm, struct ario__pool *pool,
                                   struct ario__optimizer **out) {
  *out = NULL;
  struct ario__optimizer *o = calloc(1, sizeof *o);
  if (!o) return ARIO_ERR_MEMORY;
  *o = (struct ario__optimizer){.kind = kind, .gemm = gemm, .pool = pool};
  struct ario__arena arena = {0};
  carve(o, params, &arena);
  if (!arena.overflow) o->block = ario__block(arena.used);
  if (!o->block) {
    ario__optimizer_free(o);
    return arena.overflow ? ARIO_ERR_LIMIT : ARIO_ERR_MEMORY;
  }
  carve(o, params, &(struct ario__arena){.base = o->block});
  *out = o;
  return ARIO_OK;
}

void ario__optimizer_free(struct ario__optimizer *optimizer) {
  if (!optimizer) return;
  free(optimizer->block);
  free(optimizer);
}

struct ario__moments ario__optimizer_moments(struct ario__optimizer *o) {
  return (struct ario__moments){.steps = &o->steps,
                                .first = o->first,
                                .second = o->second,
                                .first_count = o->first_count,
                                .second_count = o->second_count};
}

// ---- AdamW ----

static void adamw(struct ario__optimizer *o, float *w, const float *g, float *first, float *second,
                  size_t count, double rate) {
  double steps = (double)o->steps;
  float step_size = (float)(rate / (1 - pow(beta1, steps)));
  float correction = (float)(1 / sqrt(1 - pow(beta2, steps)));
  const float b1 = (float)beta1, b2 = (float)beta2, eps = (float)adam_eps;
  for (size_t i = 0; i < count; i++) {
    first[i] = b1 * first[i] + (1 - b1) * g[i];
    second[i] = b2 * second[i] + (1 - b2) * g[i] * g[i];
    w[i] -= step_size * first[i] / (sqrtf(second[i]) * correction + eps);
  }
}

// ---- Muon ----

// o->x [rows, cols], rows <= cols, becomes nearly orthogonal: its singular values are brought near 1.
static void orthogonalise(struct ario__optimizer *o, size_t rows, size_t cols) {
  double square = 0;
  for (size_t i = 0; i < rows * cols; i++) square += (double)o->x[i] * o->x[i];
  float scale = (float)(1 / (sqrt(square) + 1e-7));
  for (size_t i = 0; i < rows * cols; i++) o->x[i] *= scale;
  for (int step = 0; step < NEWTON_SCHULZ_STEPS; step++) {
    ario__product_run(
        o->gemm, o->pool,
        &(struct ario__product){ARIO__NT, rows, rows, cols, 1, 0, o->x, o->x, o->a, cols, cols, rows});
    for (size_t i = 0; i < rows * rows; i++) o->b[i] = -4.7750f * o->a[i];
    ario__product_run(
        o->gemm, o->pool,
        &(struct ario__product){ARIO__NN, rows, rows, rows, 2.0315f, 1, o->a, o->a, o->b, rows, rows, rows});
    for (size_t i = 0; i < rows * cols; i++) o->y[i] = 3.4445f * o->x[i];
    ario__product_run(
        o->gemm, o->pool,
        &(struct ario__product){ARIO__NN, rows, cols, rows, 1, 1, o->b, o->x, o->y, rows, cols, cols});
    float *kept = o->x;
    o->x = o->y;
    o->y = kept;
  }
}

static void muon(struct ario__optimizer *o, const struct ario__tensor_slot *slot, float *w, const float *g,
                 float *first, double rate) {
  size_t rows = slot->rows, cols = slot->cols;
  bool tall = rows > cols; // then the transpose is orthogonalised
  const float m = (float)momentum;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < cols; c++) {
      size_t i = r * cols + c;
      first[i] = m * first[i] + g[i];
      o->x[tall ? c * rows + r : i] = g[i] + m * first[i];
    }
  orthogonalise(o, tall ? cols : rows, tall ? rows : cols);
  float keep = (float)(1 - muon_decay * rate);
  float step = (float)(rate * sqrt(fmax(1, (double)rows / (double)cols)));
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < cols; c++) {
      size_t i = r * cols + c;
      w[i] = keep * w[i] - step * o->x[tall ? c * rows + r : i];
    }
}

// ---- A step ----

static double clip(struct ario__params *gradients) {
  double square = 0;
  for (size_t i = 0; i < gradients->block_count; i++)
    square += (double)gradients->block[i] * gradients->block[i];
  double norm = sqrt(square);
  if (norm > clip_norm && isfinite(norm)) {
    float scale = (float)(clip_norm / norm);
    for (size_t i = 0; i < gradients->block_count; i++) gradients->block[i] *= scale;
  }
  return norm;
}

double ario__optimizer_step(struct ario__optimizer *optimizer, struct ario__params *params,
                            struct ario__params *gradients, const ario__rates *rates) {
  double norm = clip(gradients);
  if (!isfinite(norm)) return norm;
  optimizer->steps++;
  float *second = optimizer->second;
  for (size_t i = 0; i < params->tensor_count; i++) {
    const struct ario__tensor_slot *slot = &params->tensors[i];
    float *w = params->block + slot->offset, *first = optimizer->first + slot->offset;
    const float *g = gradients->block + slot->offset;
    if (by_muon(optimizer, slot)) {
      muon(optimizer, slot, w, g, first, rates->muon);
    } else {
      adamw(optimizer, w, g, first, second, slot->count, rates->adamw);
      second += slot->count;
    }
  }
  return norm;
}
