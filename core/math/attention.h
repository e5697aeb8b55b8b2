// SPDX-License-Identifier: MIT
//
// Causal attention of queries over cached keys and values, in tiles. The scores are never held whole, so
// memory does not grow with the context (online softmax; Milakov and Gimelshein 2018, arXiv 1805.02867).
#ifndef ARIO_ATTENTION_H
#define ARIO_ATTENTION_H

#include "core/base/pool.h"
#include "core/math/gemm.h"

// A run of keys at consecutive positions in consecutive slots of a cache.
struct ario__key_run {
  size_t slot, position, count;
};

struct ario__attention_job {
  const struct ario__gemm *gemm;
  size_t heads, head_channels;

  const float *queries;  // [rows, heads * head_channels], rotated
  size_t rows, position; // position of the first row; the others follow

  const float *keys, *values; // [heads, capacity, head_channels], keys rotated
  size_t capacity;
  struct ario__key_run run; // every query sees at least one of its keys

  float *out;              // [rows, heads * head_channels]; may be queries
  float *lse;              // [heads, rows] logarithm of each softmax's denominator; NULL: not kept
  float *scratch;          // workers * ario__attention_scratch() numbers
  struct ario__pool *pool; // each worker has the gemm's scratch
};

// Scratch memory that one worker needs, in numbers.
size_t ario__attention_scratch(size_t head_channels);

// out = softmax(queries keys^T / sqrt(head_channels)) values
// A query sees the keys at positions up to its own.
void ario__attention_run(const struct ario__attention_job *job);

// The backward pass of such a job: from d(loss)/d(out) to the gradients of queries, keys and values.
struct ario__attention_gradient {
  const struct ario__attention_job *job; // after it was run, with its out and lse
  const float *d_out;                    // [rows, heads * head_channels]
  float *d_queries;                      // [rows, heads * head_channels], written
  float *d_keys, *d_values;              // [heads, capacity, head_channels], added to
  float *scratch;                        // workers * ario__attention_gradient_scratch() numbers
};

size_t ario__attention_gradient_scratch(size_t head_channels);

// Computes the scores again, tile by tile (Dao et al. 2022, arXiv 2205.14135, algorithm 4).
void ario__attention_back(const struct ario__attention_gradient *gradient);

#endif
