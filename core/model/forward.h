// SPDX-License-Identifier: MIT
//
// The forward pass of Perceiver AR: keys and values of tokens, then latents on top of them.
#ifndef ARIO_FORWARD_H
#define ARIO_FORWARD_H

#include "core/base/memory.h"
#include "core/math/dropout.h"
#include "core/model/model_internal.h"

// What a block of the network (attention and MLP on the residual stream) computes on its way. A session needs
// nothing of it again: there all blocks share one trace, in which z, mid and next are one buffer, as are h,
// mixed and g, and wide and active. Training keeps a trace a block for the way back; the next of one is the z
// of the one after it.
struct ario__trace {
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
  double *frequencies;    // [pairs]
};

// One use of a linear layer: to [rows, out] = from + x [rows, in] W^T + b. `to` may be `from`; NULL: 0.
struct ario__use {
  const struct ario__linear *linear;
  const float *x, *from;
  float *to;
};

struct ario__forward;

// Where training and sessions differ: what weights are multiplied as, and how keys and values are kept. Block
// 0 is the cross-attention's, block 1 + i layer i's.
struct ario__backend {
  // Linear layers that do not need each other's results.
  void (*linears)(struct ario__forward *net, const struct ario__use *uses, size_t count, size_t rows);
  // Keeps the keys and values work.k and work.v [rows, D] of a block.
  void (*store)(struct ario__forward *net, size_t block, size_t rows);
  // traces[block].mixed = attention of traces[block].q [rows, D] over what is kept.
  void (*attend)(struct ario__forward *net, size_t block, size_t rows);
};

struct ario__forward {
  const ario_model *model;
  const struct ario__backend *backend;
  void *kept; // the backend's
  const struct ario__gemm *gemm;
  struct ario__pool *pool;
  struct ario__workspace work;
  struct ario__trace *traces; // [1 + L] of the cross-attention's block and the layers'; may all be alike
  const struct ario__dropout *dropout; // NULL but in training; then no trace's z, mid and next are one buffer
};

size_t ario__rotary_pairs(const ario_config *config); // R / 2
const struct ario__activation *ario__activation_of(const ario_config *config);

void ario__workspace_carve(struct ario__workspace *work, const ario_config *config, size_t rows,
                           struct ario__arena *arena);
// The one trace that a session's blocks share.
void ario__trace_carve_shared(struct ario__trace *trace, const ario_config *config, size_t rows,
                              struct ario__arena *arena);
// Before the first use of a carved workspace.
void ario__workspace_prepare(struct ario__workspace *work, const ario_config *config);

// The angles of rotation at positions [rows]; NULL: at `position` and on.
void ario__forward_angles(struct ario__forward *net, const size_t *positions, size_t position, size_t rows);

// work.x [rows, D] = embed[tokens] + waves. positions [rows]; NULL: `position` and on.
void ario__forward_embed(struct ario__forward *net, const ario_token *tokens, const size_t *positions,
                         size_t position, size_t rows);

// Keys and values of tokens [rows] at `positions` [rows] (NULL: `position` and on) for the cross-attention.
// rows: as many as the workspace has at most, here and below.
void ario__forward_tokens(struct ario__forward *net, const ario_token *tokens, const size_t *positions,
                          size_t position, size_t rows);

// Latents of tokens [rows] at `positions` [rows] (NULL: `position` and on), left in the last trace's next.
// Their keys and values are stored in each layer before they attend.
void ario__forward_latents(struct ario__forward *net, const ario_token *tokens, const size_t *positions,
                           size_t position, size_t rows);

// A part of that, for computing it again; the angles must be those of the latents. From a trace's z to its
// next.
void ario__forward_block(struct ario__forward *net, size_t block, size_t rows);

// logits [rows, V] of `rows` latents from row `first` on; the last trace's next holds them.
void ario__forward_logits(struct ario__forward *net, size_t first, size_t rows, float *logits);

#endif
