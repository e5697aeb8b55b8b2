// SPDX-License-Identifier: MIT
//
// Tiled causal attention. A task is one head and QUERY_ROWS queries; it walks over the keys in tiles of
// KEY_ROWS:
//
//   scores = queries keys^T / sqrt(C)        [rows, cols] of one tile, later keys masked
//   top'   = max(top, max of scores)         running maximum of each query
//   sum    = sum e^(top - top') + sum of e^(scores - top')
//   mixed  = mixed e^(top - top') + e^(scores - top') values
//
// and ends with out = mixed / sum. Tiles start at fixed places, so the result does not depend on the number
// of workers.
#include "core/math/attention.h"
#include "core/math/kernels.h"

#include <math.h>

enum { QUERY_ROWS = 128, KEY_ROWS = 256 };

// One worker's scratch: pointers into the job's.
struct scratch {
  float *scores; // [QUERY_ROWS, KEY_ROWS]
  float *mixed;  // [QUERY_ROWS, C]
  float *top;    // [QUERY_ROWS]
  float *sum;    // [QUERY_ROWS]
  void *gemm;    // the gemm's scratch
};

size_t ario__attention_scratch(size_t head_channels) {
  return QUERY_ROWS * (KEY_ROWS + head_channels + 2) + 16; // 16: keeps workers on different cache lines
}

static struct scratch scratch_of(const struct ario__attention_job *job, size_t worker) {
  struct scratch s;
  s.scores = job->scratch + worker * ario__attention_scratch(job->head_channels);
  s.mixed = s.scores + QUERY_ROWS * KEY_ROWS;
  s.top = s.mixed + QUERY_ROWS * job->head_channels;
  s.sum = s.top + QUERY_ROWS;
  return s;
}

// Mixes one tile: `cols` keys from `slot` on, the first of them at `key_position`.
static void mix_tile(const struct ario__attention_job *job, const struct scratch *s, size_t head,
                     size_t first, size_t rows, size_t slot, size_t key_position, size_t cols) {
  const struct ario__gemm *gemm = job->gemm;
  size_t channels = job->head_channels, width = job->heads * channels;
  const float *queries = job->queries + first * width + head * channels;
  size_t place = (head * job->capacity + slot) * channels;
  float scale = 1.0f / sqrtf((float)channels);
  gemm->multiply(gemm,
                 &(struct ario__product){ARIO__NT, rows, cols, channels, scale, 0, queries, job->keys + place,
                                         s->scores, width, channels, KEY_ROWS},
                 s->gemm);
  for (size_t r = 0; r < rows; r++) {
    size_t seen_until = job->position + first + r + 1; // keys before this position are seen
    size_t visible = seen_until > key_position ? seen_until - key_position : 0;
    ario__softmax_fold(&(struct ario__softmax){s->scores + r * KEY_ROWS, s->mixed + r * channels, channels,
                                               &s->top[r], &s->sum[r]},
                       0, visible, cols);
  }
  gemm->multiply(gemm,
                 &(struct ario__product){ARIO__NN, rows, channels, cols, 1, 1, s->scores, job->values + place,
                                         s->mixed, KEY_ROWS, channels, channels},
                 s->gemm);
}

static void attend(void *context, size_t task, size_t worker) {
  const struct ario__attention_job *job = context;
  size_t channels = job->head_channels, width = job->heads * channels;
  size_t head = task % job->heads, first = task / job->heads * QUERY_ROWS;
  size_t rows = job->rows - first < QUERY_ROWS ? job->rows - first : QUERY_ROWS;
  size_t seen_until = job->position + first + rows; // by the last row
  struct scratch s = scratch_of(job, worker);
  s.gemm = ario__pool_scratch(job->pool, worker);
  for (size_t r = 0; r < rows; r++) {
    s.top[r] = -INFINITY;
    s.sum[r] = 0;
  }
  for (size_t i = 0; i < rows * channels; i++) s.mixed[i] = 0;
  const struct ario__key_run *run = &job->run;
  for (size_t done = 0; done < run->count && run->position + done < seen_until; done += KEY_ROWS) {
    size_t cols = run->count - done < KEY_ROWS ? run->count - done : KEY_ROWS;
    size_t unseen_from = seen_until - (run->position + done); // by all rows
    if (cols > unseen_from) cols = unseen_from;
    mix_tile(job, &s, head, first, rows, run->slot + done, run->position + done, cols);
  }
  for (size_t r = 0; r < rows; r++) {
    float *out = job->out + (first + r) * width + head * channels;
    for (size_t i = 0; i < channels; i++) out[i] = s.mixed[r * channels + i] / s.sum[r];
    if (job->lse) job->lse[head * job->rows + first + r] = s.top[r] + logf(s.sum[r]);
  }
}

void ario__attention_run(const struct ario__attention_job *job) {
  size_t blocks = (job->rows + QUERY_ROWS - 1) / QUERY_ROWS;
  ario__pool_run(job->pool, attend, (void *)job, blocks * job->heads);
}
