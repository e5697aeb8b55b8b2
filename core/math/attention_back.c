// SPDX-License-Identifier: MIT
//
// The backward pass of tiled causal attention. A task is one head, because the gradients of its keys are sums
// over all queries. With P = e^(scores - lse), the softmax, and D = the row sums of d_out * out:
//
//   d_values  += P^T d_out
//   d_scores   = P * (d_out values^T - D)
//   d_queries += d_scores keys / sqrt(C)
//   d_keys    += d_scores^T queries / sqrt(C)
#include "core/math/attention.h"
#include "core/math/kernels.h"

#include <math.h>
#include <string.h>

enum { QUERY_ROWS = 128, KEY_ROWS = 256 };

// One worker's scratch: pointers into the gradient's.
struct scratch {
  float *weights;  // [QUERY_ROWS, KEY_ROWS] P
  float *d_scores; // [QUERY_ROWS, KEY_ROWS]
  float *row_sum;  // [QUERY_ROWS] D
  void *gemm;      // the gemm's scratch
};

size_t ario__attention_gradient_scratch(size_t head_channels) {
  (void)head_channels;
  return QUERY_ROWS * (2 * KEY_ROWS + 1) + 16; // 16: keeps workers on different cache lines
}

// Queries first .. first + rows - 1 of a head, and `cols` keys from `slot` on, the first of them at
// `key_position`.
struct tile {
  size_t head, first, rows, slot, key_position, cols;
};

// Turns scores into P, and d_out values^T into d_scores, both in place. Keys that a query does not see weigh
// nothing.
static void weigh(const struct ario__attention_job *job, const struct scratch *s, const struct tile *t) {
  for (size_t r = 0; r < t->rows; r++) {
    float *weights = s->weights + r * KEY_ROWS, *d_scores = s->d_scores + r * KEY_ROWS;
    float lse = job->lse[t->head * job->rows + t->first + r];
    size_t seen_until = job->position + t->first + r + 1;
    size_t visible = seen_until > t->key_position ? seen_until - t->key_position : 0;
    if (visible > t->cols) visible = t->cols;
    ario__exp(weights, visible, lse);
    ario__exp_back(d_scores, weights, visible, s->row_sum[r]);
    memset(weights + visible, 0, (t->cols - visible) * sizeof *weights);
    memset(d_scores + visible, 0, (t->cols - visible) * sizeof *d_scores);
  }
}

static void multiply(const struct ario__gemm *gemm, const struct scratch *s,
                     const struct ario__product *product) {
  gemm->multiply(gemm, product, s->gemm);
}

static void back_tile(const struct ario__attention_gradient *g, const struct scratch *s,
                      const struct tile *t) {
  const struct ario__attention_job *job = g->job;
  const struct ario__gemm *gemm = job->gemm;
  size_t channels = job->head_channels, width = job->heads * channels;
  size_t at = t->first * width + t->head * channels;             // in [rows, heads * C]
  size_t place = (t->head * job->capacity + t->slot) * channels; // in [heads, capacity, C]
  float scale = 1.0f / sqrtf((float)channels);
  const float *queries = job->queries + at, *d_out = g->d_out + at;
  const float *keys = job->keys + place, *values = job->values + place;
  const size_t rows = t->rows, cols = t->cols;
  multiply(gemm, s,
           &(struct ario__product){ARIO__NT, rows, cols, channels, scale, 0, queries, keys, s->weights, width,
                                   channels, KEY_ROWS});
  multiply(gemm, s,
           &(struct ario__product){ARIO__NT, rows, cols, channels, 1, 0, d_out, values, s->d_scores, width,
                                   channels, KEY_ROWS});
  weigh(job, s, t);
  multiply(gemm, s,
           &(struct ario__product){ARIO__TN, cols, channels, rows, 1, 1, s->weights, d_out,
                                   g->d_values + place, KEY_ROWS, width, channels});
  multiply(gemm, s,
           &(struct ario__product){ARIO__TN, cols, channels, rows, scale, 1, s->d_scores, queries,
                                   g->d_keys + place, KEY_ROWS, width, channels});
  multiply(gemm, s,
           &(struct ario__product){ARIO__NN, rows, channels, cols, scale, 1, s->d_scores, keys,
                                   g->d_queries + at, KEY_ROWS, channels, width});
}

static void start_rows(const struct ario__attention_gradient *g, const struct scratch *s, size_t head,
                       size_t first, size_t rows) {
  const struct ario__attention_job *job = g->job;
  size_t channels = job->head_channels, width = job->heads * channels;
  for (size_t r = 0; r < rows; r++) {
    size_t at = (first + r) * width + head * channels;
    float sum = 0;
    for (size_t i = 0; i < channels; i++) {
      sum += g->d_out[at + i] * job->out[at + i];
      g->d_queries[at + i] = 0;
    }
    s->row_sum[r] = sum;
  }
}

static void back_head(void *context, size_t head, size_t worker) {
  const struct ario__attention_gradient *g = context;
  const struct ario__attention_job *job = g->job;
  struct scratch s = {.weights = g->scratch + worker * ario__attention_gradient_scratch(job->head_channels)};
  s.d_scores = s.weights + QUERY_ROWS * KEY_ROWS;
  s.row_sum = s.d_scores + QUERY_ROWS * KEY_ROWS;
  s.gemm = ario__pool_scratch(job->pool, worker);
  for (size_t first = 0; first < job->rows; first += QUERY_ROWS) {
    size_t rows = job->rows - first < QUERY_ROWS ? job->rows - first : QUERY_ROWS;
    size_t seen_until = job->position + first + rows;
    start_rows(g, &s, head, first, rows);
    const struct ario__key_run *run = &job->run;
    for (size_t done = 0; done < run->count && run->position + done < seen_until; done += KEY_ROWS) {
      size_t cols = run->count - done < KEY_ROWS ? run->count - done : KEY_ROWS;
      size_t unseen_from = seen_until - (run->position + done); // by all rows
      if (cols > unseen_from) cols = unseen_from;
      back_tile(g, &s, &(struct tile){head, first, rows, run->slot + done, run->position + done, cols});
    }
  }
}

void ario__attention_back(const struct ario__attention_gradient *gradient) {
  ario__pool_run(gradient->job->pool, back_head, (void *)gradient, gradient->job->heads);
}
