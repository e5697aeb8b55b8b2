// SPDX-License-Identifier: MIT
//
// One step of an optimizer over a table of tensors.
//
//   AdamW   (Loshchilov and Hutter 2019, arXiv 1711.05101): betas 0.9 0.98, eps 1e-8, no decay
//   Muon    (muon.h) for the hidden matrices (all but embed and logits), AdamW for the rest
//
// Before either step the gradients are clipped to a global norm of 1.
#ifndef ARIO_OPTIMIZER_H
#define ARIO_OPTIMIZER_H

#include "arioso/train.h"
#include "core/base/pool.h"
#include "core/math/gemm.h"
#include "core/model/params.h"

struct ario__optimizer;

// Creates an optimizer for tensors laid out like `params`. Allocates all its memory; moments are zero. The
// pool and the products are the caller's and must outlive it. Errors: ERR_LIMIT, ERR_MEMORY.
ario_status ario__optimizer_create(const struct ario__params *params, ario_optimizer kind,
                                   const struct ario__gemm *gemm, struct ario__pool *pool,
                                   struct ario__optimizer **out);
void ario__optimizer_free(struct ario__optimizer *optimizer); // safe on NULL

// The bytes that an optimizer takes. Errors: ERR_LIMIT.
ario_status ario__optimizer_bytes(const struct ario__params *params, ario_optimizer kind, size_t *bytes);

// The state that a step leaves for the next one, to be saved and restored.
struct ario__moments {
  uint64_t *steps; // steps done
  float *first;    // [first_count] laid out like the parameters
  float *second;   // [second_count] of the tensors that AdamW changes, one after the other
  size_t first_count, second_count;
};

struct ario__moments ario__optimizer_moments(struct ario__optimizer *optimizer);

typedef struct ario__rates {
  double adamw, muon; // learning rates of this step
  double decay;       // of the weights that Muon changes
} ario__rates;

// Changes `params` by `gradients`. Returns the norm of the gradients before clipping; if it is not finite,
// nothing is changed. The same bits for any number of workers.
double ario__optimizer_step(struct ario__optimizer *optimizer, struct ario__params *params,
                            const struct ario__params *gradients, const ario__rates *rates);

#endif
