// SPDX-License-Identifier: MIT
//
// Gradients: one forward pass over one sequence that keeps what the way back needs, and the way back. All
// memory is taken when the object is made; the scores of the cross-attention are never held whole. One thread
// at a time per object.
#ifndef ARIO_BACKWARD_H
#define ARIO_BACKWARD_H

#include "forward.h"

struct ario__backward;

typedef struct ario__loss {
  double scale; // of everything that is added to the gradients: 1 / the sequences of a batch
  double
      z_loss; // weight of logsumexp(logits)^2, which keeps the logits from drifting (Chowdhery et al. 2022)
} ario__loss;

// The bytes that an object for sequences of up to `context` positions and `latents` latents takes. Errors:
// ERR_LIMIT.
ario_status ario__backward_bytes(const ario_config *config, size_t context, size_t latents, size_t threads,
                                 size_t *bytes);

// Errors: ERR_LIMIT, ERR_MEMORY.
ario_status ario__backward_create(const ario_config *config, size_t context, size_t latents, size_t threads,
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
