// SPDX-License-Identifier: MIT
//
// Gradients: a forward pass over one sequence that keeps what the backward pass needs, and the backward pass.
// All memory is taken when the object is created; the scores of the cross-attention are never held whole. One
// thread at a time per object.
#ifndef ARIO_BACKWARD_H
#define ARIO_BACKWARD_H

#include "core/train/dense.h"

struct ario__backward;

// The weight of a sequence, and its regularisation.
typedef struct ario__loss {
  double scale;   // factor on everything that is added to the gradients
  double z_loss;  // weight of logsumexp(logits)^2, which keeps the logits from drifting (Chowdhery et
                  // al. 2022)
  double dropout; // share that is dropped of the embedded inputs and of what each attention and MLP adds; 0:
                  // none
  double
      prefix_dropout; // of the positions before the latents' a share drawn from 0 to this is not attended to
  uint64_t seed;      // of what is dropped
  const bool *given;  // [count + 1] tokens that are seen but not predicted, or NULL
  bool same_weights;  // the model has not changed since the last run: its packed weights are still valid
} ario__loss;

struct ario__backward_shape {
  size_t context, latents; // of the largest sequence
  size_t threads;
  bool recompute; // keep only the residual stream; the backward pass computes the rest of each block again
};

// The bytes that an object takes, including its workers. Errors: ERR_LIMIT.
ario_status ario__backward_bytes(const ario_config *config, const struct ario__backward_shape *shape,
                                 const struct ario__gemm *gemm, size_t *bytes);

// Errors: ERR_LIMIT, ERR_MEMORY.
ario_status ario__backward_create(const ario_config *config, const struct ario__backward_shape *shape,
                                  const struct ario__gemm *gemm, struct ario__backward **out);
void ario__backward_free(struct ario__backward *back); // safe on NULL

// Its workers, for others to use while it does not.
struct ario__pool *ario__backward_pool(struct ario__backward *back);

// Runs both passes over tokens [count + 1], of which the last `latents` are predicted, each from all before
// it. Adds scale * d(mean over them of NLL + z_loss * logsumexp^2) / d(parameter) to `gradients`, a block
// laid out like the model's, and sets *nll to the mean NLL in nats. The model's sizes must be those of the
// configuration that the object was created for.
void ario__backward_run(struct ario__backward *back, const ario_model *model, const ario_token *tokens,
                        size_t count, size_t latents, const ario__loss *loss, struct ario__params *gradients,
                        double *nll);

// The mean NLL alone: the forward pass, without dropout.
double ario__backward_evaluate(struct ario__backward *back, const ario_model *model, const ario_token *tokens,
                               size_t count, size_t latents);

#endif
