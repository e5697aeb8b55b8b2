// SPDX-License-Identifier: MIT
//
// Gradients: one forward pass over one sequence that keeps what the way back needs, and the way back. All
// memory is taken when the object is made; the scores of the cross-attention are never held whole. One thread
// at a time per object.
#ifndef ARIO_BACKWARD_H
#define ARIO_BACKWARD_H

#include "core/train/dense.h"

struct ario__backward;

// How a sequence counts, and how it is made harder while it is learned from.
typedef struct ario__loss {
  double scale;   // of everything that is added to the gradients
  double z_loss;  // weight of logsumexp(logits)^2, which keeps the logits from drifting (Chowdhery et
                  // al. 2022)
  double dropout; // share of the embedded inputs and of what each attention and MLP adds; 0: none
  double
      prefix_dropout; // of the positions before the latents' a share drawn from 0 to this is not attended to
  uint64_t seed;      // of what is dropped
  bool same_weights;  // as in the run before, of the same model: what was packed of them then still stands
} ario__loss;

struct ario__backward_shape {
  size_t context, latents; // of the largest sequence
  size_t threads;
  bool recompute; // keep only the residual stream, and compute the rest of each block again on the way back
};

// The bytes that an object takes, its workers included. Errors: ERR_LIMIT.
ario_status ario__backward_bytes(const ario_config *config, const struct ario__backward_shape *shape,
                                 const struct ario__gemm *gemm, size_t *bytes);

// Errors: ERR_LIMIT, ERR_MEMORY.
ario_status ario__backward_create(const ario_config *config, const struct ario__backward_shape *shape,
                                  const struct ario__gemm *gemm, struct ario__backward **out);
void ario__backward_free(struct ario__backward *back); // safe on NULL

// Its workers, for others that compute while it does not.
struct ario__pool *ario__backward_pool(struct ario__backward *back);

// tokens [count + 1]: the last `latents` of them are predicted, each given all before it. Adds
// scale * d(mean over them of NLL + z_loss * logsumexp^2) / d(parameter) to `gradients` (a block of the same
// layout as the model's), and sets *nll to the mean NLL in nats. The model's sizes are those of the
// configuration the object was made for.
void ario__backward_run(struct ario__backward *back, const ario_model *model, const ario_token *tokens,
                        size_t count, size_t latents, const ario__loss *loss, struct ario__params *gradients,
                        double *nll);

// The mean NLL alone: the forward pass without dropout.
double ario__backward_evaluate(struct ario__backward *back, const ario_model *model, const ario_token *tokens,
                               size_t count, size_t latents);

#endif
