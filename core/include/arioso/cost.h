// SPDX-License-Identifier: MIT
//
// What work costs at the least: the limits that speeds are compared with. They follow from the configuration
// alone; divided by what the machine does in a second (arioso/machine.h) they are the seconds that the work
// would take if nothing else were computed or read:
//
//   training, prefill   the FLOPs of matrix products over ario_machine_products of their precision
//   generation          the bytes that a token must read over ario_machine_bandwidth at this number of bytes
//
// Counted are the products that the model is made of: those with weights, and attention over the keys that
// are seen - of N positions the last M, a latent at position p sees p + 1 keys in the cross-attention and
// p + 1 - (N - M) in a layer. A multiplication with its addition is 2 FLOPs; the way back is twice the way
// there. Not counted: norms, activations, softmaxes, what is computed a second time to save memory.
//
// Symbols as in arioso/model.h. Configurations are such that ario_config_check accepts, N and M from 1, M
// <= N; they need not be within max_context and max_latents. Results are whole numbers, or of bytes
// quarters, exact up to 2^53.
#ifndef ARIOSO_COST_H
#define ARIOSO_COST_H

#include "arioso/model.h"
#include "arioso/precision.h"

#ifdef __cplusplus
extern "C" {
#endif

// Numbers in all tensors together; those of a model that is there: ario_model_parameters.
ARIO_API double ario_cost_parameters(const ario_config *config);

// A step of training on one crop of `context` positions, the last `latents` of them predicted: there and
// back, without the optimizer.
ARIO_API double ario_cost_train_flops(const ario_config *config, size_t context, size_t latents);

// A prompt of `context` tokens: keys and values of all, `latents` latents over them, logits of the last one.
ARIO_API double ario_cost_prefill_flops(const ario_config *config, size_t context, size_t latents);

// Muon's products in one step (core/train/optimizer.h): five Newton-Schulz steps for each hidden matrix.
ARIO_API double ario_cost_muon_flops(const ario_config *config);

// What one token more of a session reads: every weight, but of the embeddings one row; keys and values of
// `context` tokens; those of `latents` latents in each layer, three quarters of which are there on average,
// as caches are half full after a refill and full before the next. A number takes 4 bytes in fp32, 2 in bf16,
// 1 in int8, whose scales are not counted. Of `takes` that are continued together it is what one token of
// each reads: weights and context once, layer caches for each.
ARIO_API double ario_cost_token_bytes(const ario_config *config, ario_precision precision, size_t context,
                                      size_t latents, size_t takes);

#ifdef __cplusplus
}
#endif

#endif
