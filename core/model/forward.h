// SPDX-License-Identifier: MIT
//
// The forward pass of Perceiver AR: keys and values of tokens, then latents on top of them.
#ifndef ARIO_FORWARD_H
#define ARIO_FORWARD_H

#include "core/base/memory.h"
#include "core/math/dropout.h"
#include "core/model/model_internal.h"

// What one block of the network (attention and MLP on the residual stream) computes.
//
// A session reads none of it twice, so there all blocks share one trace, in which z, mid and next are one
// buffer, as are h, mixed and g, and wide and active. Training keeps a trace per block for the backward pass;
// the next of one block is the z of the block after it.
struct ario__trace {
  float *z;      // [rows, D] the residual stream before the block
  float *h;      // [rows, D] norm(z)
  float *q;      // [rows, D] queries, rotated
  float *mixed;  // [rows, D] output of attention
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
  float *h;               // [rows, D] norm of x
  float *k, *v;           // [rows, D] keys and values, before they are stored in a cache
  float *cosines, *sines; // [rows, pairs] of the rotation at the rows' positions
  double *frequencies;    // [pairs]
};

// One use of a linear layer: to [rows, out] = from + x [rows, in] W^T + b. `to` may be `from`; from NULL is
// 0.
struct ario__use {
  const struct ario__linear *linear;
  const float *x, *from;
  float *to;
};

struct ario__forward;

// What differs between training and sessions: the form in which weights are multiplied, and in which keys and
// values are kept. Block 0 is the cross-attention's; block 1 + i is layer i's.
struct ario__backend {
  // Computes linear layers that do not depend on each other.
  void (*linears)(struct ario__forward *net, const struct ario__use *uses, size_t count, size_t rows);
  // Stores the keys and values work.k and work.v [rows, D] of a block.
  void (*store)(struct ario__forward *net, size_t block, size_t rows);
  // traces[block].mixed = attention of traces[block].q [rows, D] over the keys and values that are stored.
  void (*attend)(struct ario__forward *net, size_t block, size_t rows);
};

struct ario__forward {
  const ario_model *model;
  const struct ario__backend *backend;
  void *kept; // the backend's own
  const struct ario__gemm *gemm;
  struct ario__pool *pool;
  struct ario__workspace work;
  struct ario__trace *traces; // [1 + L] of the cross-attention's block and the layers'; may all be the same
  const struct ario__dropout *dropout; // NULL except in training; if set, no trace's z, mid and next may be
                                       // one buffer
};

size_t ario__rotary_pairs(const ario_config *config); // R / 2
const struct ario__activation *ario__activation_of(const ario_config *config);

void ario__workspace_carve(struct ario__workspace *work, const ario_config *config, size_t rows,
                           struct ario__arena *arena);
// The one trace that the blocks of a session share.
void ario__trace_carve_shared(struct ario__trace *trace, const ario_config *config, size_t rows,
                              struct ario__arena *arena);
// Call before the first use of a carved workspace.
void ario__workspace_prepare(struct ario__workspace *work, const ario_config *config);

// Computes the angles of rotation at positions [rows]; NULL: from `position` on.
void ario__forward_angles(struct ario__forward *net, const size_t *positions, size_t position, size_t rows);

// work.x [rows, D] = embed[tokens] + waves, at positions [rows]; NULL: from `position` on.
void ario__forward_embed(struct ario__forward *net, const ario_token *tokens, const size_t *positions,
                         size_t position, size_t rows);

// Computes and stores the cross-attention's keys and values of tokens [rows] at `positions` [rows] (NULL:
// from `position` on). Here and below rows is at most what the workspace holds.
void ario__forward_tokens(struct ario__forward *net, const ario_token *tokens, const size_t *positions,
                          size_t position, size_t rows);

// Computes the latents of tokens [rows] at `positions` [rows] (NULL: from `position` on) and leaves them in
// the last trace's next. In each layer their keys and values are stored before they attend.
void ario__forward_latents(struct ario__forward *net, const ario_token *tokens, const size_t *positions,
                           size_t position, size_t rows);

// The queries of their cross-attention alone, in traces[0].q.
void ario__forward_queries(struct ario__forward *net, const ario_token *tokens, const size_t *positions,
                           size_t position, size_t rows);

// One block of the latents, from its trace's z to its next, for computing it again. The angles must be those of the
// latents.
void ario__forward_block(struct ario__forward *net, size_t block, size_t rows);

// Computes logits [rows, V] of `rows` latents from row `first` on, which are in the last trace's next.
void ario__forward_logits(struct ario__forward *net, size_t first, size_t rows, float *logits);

#endif
