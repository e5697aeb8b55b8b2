// SPDX-License-Identifier: MIT
//
// A step: the norm of the gradients, then AdamW tensor by tensor and Muon some matrices at a time.
// Elementwise work is shared among workers in blocks.
#include "core/train/optimizer.h"
#include "core/base/memory.h"
#include "core/math/kernels.h"
#include "core/train/muon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16384 }; // numbers

static const double clip_norm = 1.0, beta1 = 0.9, beta2 = 0.98, adam_eps = 1e-8;

struct ario__optimizer {
  ario_optimizer kind;
  struct ario__pool *pool;
  uint64_t steps; // done
  char *block;
  float *first;  // [block_count] first moments, laid out like the parameters
  float *second; // [second_count] second moments of the tensors that AdamW changes, one after the other
  size_t first_count, second_count;
  double *square; // sums of squares of each block of the gradients
  struct ario__muon muon;
  size_t *matrices; // [matrix_count] the slots that Muon changes, grouped by size
  size_t matrix_count;
};

static size_t blocks(size_t count) {
  return (count + BLOCK - 1) / BLOCK;
}

static bool is_hidden_matrix(const struct ario__tensor_slot *slot) {
  return slot->cols && strcmp(slot->name, "embed.weight") != 0 && strcmp(slot->name, "logits.weight") != 0;
}

static bool by_muon(const struct ario__optimizer *o, const struct ario__tensor_slot *slot) {
  return o->kind == ARIO_MUON && is_hidden_matrix(slot);
}

// ---- Memory ----

static void carve(struct ario__optimizer *o, const struct ario__params *params, struct ario__arena *arena) {
  size_t second = 0, largest = 0, rows = 0, matrices = 0;
  for (size_t i = 0; i < params->tensor_count; i++) {
    const struct ario__tensor_slot *slot = &params->tensors[i];
    if (!by_muon(o, slot)) {
      second += slot->count;
      continue;
    }
    if (slot->count > largest) largest = slot->count;
    if (slot->rows > rows) rows = slot->rows;
    matrices++;
  }
  o->first_count = params->block_count;
  o->second_count = second;
  o->matrix_count = matrices;
  o->first = ario__carve(arena, o->first_count, sizeof(float));
  o->second = ario__carve(arena, o->second_count, sizeof(float));
  o->square = ario__carve(arena, blocks(params->block_count), sizeof(double));
  o->matrices = ario__carve(arena, matrices, sizeof *o->matrices);
  ario__muon_carve(&o->muon, largest, rows, arena);
}

// Lists matrices in the order of the table, each followed by all others of its size.
static void list_matrices(struct ario__optimizer *o, const struct ario__params *params) {
  size_t count = 0;
  for (size_t i = 0; i < params->tensor_count; i++) {
    const struct ario__tensor_slot *slot = &params->tensors[i];
    bool listed = !by_muon(o, slot);
    for (size_t j = 0; j < count && !listed; j++) listed = o->matrices[j] == i;
    for (size_t j = i; j < params->tensor_count && !listed; j++) {
      const struct ario__tensor_slot *other = &params->tensors[j];
      if (by_muon(o, other) && other->rows == slot->rows && other->cols == slot->cols)
        o->matrices[count++] = j;
    }
  }
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
  *o = (struct ario__optimizer){.kind = kind, .pool = pool};
  struct ario__arena arena = {0};
  carve(o, params, &arena);
  if (!arena.overflow) o->block = ario__block(arena.used);
  if (!o->block) {
    ario__optimizer_free(o);
    return arena.overflow ? ARIO_ERR_LIMIT : ARIO_ERR_MEMORY;
  }
  carve(o, params, &(struct ario__arena){.base = o->block});
  o->muon.gemm = gemm;
  o->muon.pool = pool;
  list_matrices(o, params);
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

struct adamw_job {
  float *w;       // [count]
  const float *g; // [count]
  float *first, *second;
  size_t count;
  float clip, step_size, correction; // factors of g, of the step, and of the second moments' roots
};

ARIO__CLONES
static void adamw_numbers(const struct adamw_job *job, size_t from, size_t end) {
  const float b1 = (float)beta1, b2 = (float)beta2, eps = (float)adam_eps;
  const float clip = job->clip, step_size = job->step_size, correction = job->correction;
  float *restrict w = job->w, *restrict first = job->first, *restrict second = job->second;
  const float *restrict g = job->g;
  for (size_t i = from; i < end; i++) {
    float gradient = clip * g[i];
    first[i] = b1 * first[i] + (1 - b1) * gradient;
    second[i] = b2 * second[i] + (1 - b2) * gradient * gradient;
    w[i] -= step_size * first[i] / (sqrtf(second[i]) * correction + eps);
  }
}

static void adamw_block(void *context, size_t block, size_t worker) {
  (void)worker;
  const struct adamw_job *job = context;
  size_t from = block * BLOCK, end = from + BLOCK;
  adamw_numbers(job, from, end < job->count ? end : job->count);
}

static void adamw(struct ario__optimizer *o, struct adamw_job *job, double rate) {
  double steps = (double)o->steps;
  job->step_size = (float)(rate / (1 - pow(beta1, steps)));
  job->correction = (float)(1 / sqrt(1 - pow(beta2, steps)));
  ario__pool_run(o->pool, adamw_block, job, blocks(job->count));
}

// ---- A step ----

struct norm_job {
  struct ario__optimizer *optimizer;
  const struct ario__params *gradients;
};

static void square_block(void *context, size_t block, size_t worker) {
  (void)worker;
  const struct norm_job *job = context;
  size_t from = block * BLOCK, rest = job->gradients->block_count - from;
  job->optimizer->square[block] = ario__square_sum(job->gradients->block + from, rest < BLOCK ? rest : BLOCK);
}

static double norm_of(struct ario__optimizer *o, const struct ario__params *gradients) {
  size_t count = blocks(gradients->block_count);
  double square = 0;
  ario__pool_run(o->pool, square_block, &(struct norm_job){o, gradients}, count);
  for (size_t i = 0; i < count; i++) square += o->square[i];
  return sqrt(square);
}

// Changes the matrices that are Muon's.
static void muon(struct ario__optimizer *o, struct ario__params *params, const struct ario__params *gradients,
                 double clip, const ario__rates *rates) {
  for (size_t i = 0, count; i < o->matrix_count; i += count) {
    const struct ario__tensor_slot *slot = &params->tensors[o->matrices[i]];
    struct ario__muon_matrix matrices[ARIO__MUON_MOST];
    size_t most = ario__muon_most(&o->muon, slot->rows, slot->cols);
    for (count = 0; count < most && i + count < o->matrix_count; count++) {
      const struct ario__tensor_slot *next = &params->tensors[o->matrices[i + count]];
      if (next->rows != slot->rows || next->cols != slot->cols) break;
      matrices[count] = (struct ario__muon_matrix){params->block + next->offset,
                                                   gradients->block + next->offset, o->first + next->offset};
    }
    ario__muon_step(&o->muon, matrices, count, slot->rows, slot->cols, clip, rates->muon, rates->decay);
  }
}

double ario__optimizer_step(struct ario__optimizer *optimizer, struct ario__params *params,
                            const struct ario__params *gradients, const ario__rates *rates) {
  double norm = norm_of(optimizer, gradients);
  if (!isfinite(norm)) return norm;
  double clip = norm > clip_norm ? clip_norm / norm : 1;
  optimizer->steps++;
  float *second = optimizer->second;
  for (size_t i = 0; i < params->tensor_count; i++) {
    const struct ario__tensor_slot *slot = &params->tensors[i];
    if (by_muon(optimizer, slot)) continue;
    struct adamw_job job = {params->block + slot->offset,
                            gradients->block + slot->offset,
                            optimizer->first + slot->offset,
                            second,
                            slot->count,
                            .clip = (float)clip};
    adamw(optimizer, &job, rates->adamw);
    second += slot->count;
  }
  muon(optimizer, params, gradients, clip, rates);
  return norm;
}
