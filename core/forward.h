// SPDX-License-Identifier: MIT
//
// The forward pass of Perceiver AR, over caches: keys and values of tokens, then latents on top of them.
#ifndef ARIO_FORWARD_H
#define ARIO_FORWARD_H

#include "attention.h"
#include "dropout.h"
#include "memory.h"
#include "model.h"

// What a block of the network (attention and MLP on the residual stream) computes on its way. A session needs
// nothing of it again: there all blocks share one tape, in which z, mid and next are one buffer, as are h,
// mixed and g, and wide and active. Training keeps a tape a block for the way back; the next of one is the z
// of the one after it.
struct ario__tape {
  float *z;      // [rows, D] the residual stream before the block
  float *h;      // [rows, D] norm(z)
  float *q;      // [rows, D] queries, rotated
  float *mixed;  // [rows, D] what attention mixed
  float *lse;    // [H, rows] logarithms of the softmaxes' denominators; NULL: not kept
  float *mid;    // [rows, D] z + out(mixed)
  float *g;      // [rows, D] mlp.norm(mid)
  float *wide;   // [rows, W] up(g)
  float *active; // [rows, W] activation(wide)
  float *next;   // [rows, D] mid + down(active)
};

// Working memory for `rows` positions.
struct ario__workspace {
  float *x;               // [rows, D] embedded tokens
  float *h;               // [rows, D] those, normed
  float *k, *v;           // [rows, D] keys and values on their way into a cache
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
  struct ario__tape *tapes; // [1 + L] of the cross-attention's block and the layers'; may all be alike
  const struct ario__dropout *dropout; // NULL but in training; then no tape's z, mid and next are one buffer
};

size_t ario__rotary_pairs(const ario_config *config); // R / 2

void ario__workspace_carve(struct ario__workspace *work, const ario_config *config, size_t rows,
                           size_t threads, struct ario__arena *arena);
// The one tape that a session's blocks share.
void ario__tape_carve_shared(struct ario__tape *tape, const ario_config *config, size_t rows,
                             struct ario__arena *arena);
void ario__cache_carve(struct ario__cache *cache, const ario_config *config, size_t capacity,
                       struct ario__arena *arena);
// Before the first use of a carved workspace.
void ario__workspace_prepare(struct ario__workspace *work, const ario_config *config);

// The angles of rotation at positions [rows]; NULL: at `position` and on.
void ario__forward_angles(struct ario__net *net, const size_t *positions, size_t position, size_t rows);

// work.x [rows, D] = embed[tokens]. positions [rows]; NULL: `position` and on.
void ario__forward_embed(struct ario__net *net, const ario_token *tokens, const size_t *positions,
                         size_t position, size_t rows);

// Keys and values of tokens [rows] at `positions` [rows] (NULL: `position` and on), into the slots of the
// ring `cross` from `position` on (modulo capacity). rows: as many as the workspace has at most; the ring
// must hold them.
void ario__forward_tokens(struct ario__net *net, const ario_token *tokens, const size_t *positions,
                          size_t position, size_t rows, struct ario__cache *cross);

// Latents of tokens [rows] at positions `position` and on, left in the last tape's next. They attend to the
// ring's positions from `oldest` on and, in layer i, to the `cached` latents in layers[i] (those at the
// positions just before) and to each other; their own keys and values are added there.
void ario__forward_latents(struct ario__net *net, const ario_token *tokens, size_t rows, size_t position,
                           const struct ario__cache *cross, size_t oldest, struct ario__cache *layers,
                           size_t cached);

// Two parts of that, for computing them again; the angles must be those of the latents. From a tape's z to
// its next: the block of the cross-attention, and layer `layer`, whose keys and values go into `cache`.
void ario__forward_cross(struct ario__net *net, size_t rows, size_t position, const struct ario__cache *cross,
                         size_t oldest);
void ario__forward_layer(struct ario__net *net, size_t layer, size_t rows, size_t position,
                         struct ario__cache *cache, size_t cached);

// The attention of a block over a cache, without the runs of keys that it sees.
struct ario__attention_job ario__forward_job(const struct ario__net *net, const struct ario__tape *tape,
                                             size_t rows, size_t position, const struct ario__cache *cache);

// logits [rows, V] of `rows` latents from row `first` on; the last tape's next holds them.
void ario__forward_logits(struct ario__net *net, size_t first, size_t rows, float *logits);

#endif
