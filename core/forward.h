// SPDX-License-Identifier: MIT
//
// The forward pass of Perceiver AR, over caches: keys and values of tokens, then latents on top of them.
#ifndef ARIO_FORWARD_H
#define ARIO_FORWARD_H

#include "attention.h"
#include "memory.h"
#include "model.h"

enum { ARIO__ROWS = 128 }; // positions that are computed at a time

// Working memory for ARIO__ROWS positions.
struct ario__workspace {
  float *z;               // [rows, D] the latents
  float *h;               // [rows, D] normed, and what attention mixed
  float *q;               // [rows, D] queries
  float *k, *v;           // [rows, D] keys and values on their way into a cache
  float *wide;            // [rows, W] inside the MLPs
  float *cosines, *sines; // [rows, pairs] of the rows' positions
  float *scratch;         // attention's, for each worker
  double *frequencies;    // [pairs]
};

// Keys and values of one attention at consecutive positions.
struct ario__cache {
  float *keys, *values; // [H, capacity, C]
  size_t capacity;
};

struct ario__net {
  const ario_model *model;
  const struct ario__gemm *gemm;
  struct ario__pool *pool;
  struct ario__workspace work;
};

size_t ario__rotary_pairs(const ario_config *config); // R / 2

void ario__workspace_carve(struct ario__workspace *work, const ario_config *config, size_t threads,
                           struct ario__arena *arena);
void ario__cache_carve(struct ario__cache *cache, const ario_config *config, size_t capacity,
                       struct ario__arena *arena);
// Before the first use of a carved workspace.
void ario__workspace_prepare(struct ario__workspace *work, const ario_config *config);

// Keys and values of tokens [rows] at positions `position` and on, into the slots of the ring `cross`
// (position modulo capacity). 1 <= rows <= ARIO__ROWS; the ring must hold them.
void ario__forward_tokens(struct ario__net *net, const ario_token *tokens, size_t rows, size_t position,
                          struct ario__cache *cross);

// Latents of tokens [rows] at positions `position` and on, left in net->work.z. They attend to the ring's
// positions from `oldest` on and, in layer i, to the `cached` latents in layers[i] (those at the positions
// just before) and to each other; their own keys and values are added there. 1 <= rows <= ARIO__ROWS.
void ario__forward_latents(struct ario__net *net, const ario_token *tokens, size_t rows, size_t position,
                           const struct ario__cache *cross, size_t oldest, struct ario__cache *layers,
                           size_t cached);

// logits [rows, V] of `rows` latents from row `first` of net->work.z on.
void ario__forward_logits(struct ario__net *net, size_t first, size_t rows, float *logits);

#endif
