// SPDX-License-Identifier: MIT
//
// The least work that a computation takes: the limits that measured speeds are compared with. They follow
// from the configuration alone. Divided by the speed of the machine (arioso/machine.h) they give the seconds
// that the work would take if nothing else were computed or read:
//
//   training, prefill   FLOPs of matrix products / ario_machine_products at their precision
//   generation          bytes read for one token / ario_machine_bandwidth at this number of bytes
//
// FLOPs count the matrix products with weights, and attention over the keys that are seen: of N positions the
// last M are latents; a latent at position p sees p + 1 keys in the cross-attention and p + 1 - (N - M) in a
// layer. A multiplication with its addition is 2 FLOPs. The backward pass takes twice the forward pass. Not
// counted are norms, activations, softmaxes, and what is computed a second time to save memory.
//
// Symbols as in arioso/model.h. The configuration must be one that ario_config_check accepts. 1 <= M <= N; N
// and M may exceed max_context and max_latents. Results are whole numbers (bytes: quarters), exact up to
// 2^53. All functions: any thread.
#ifndef ARIOSO_COST_H
#define ARIOSO_COST_H

#include "arioso/model.h"
#include "arioso/precision.h"

#ifdef __cplusplus
extern "C" {
#endif

// Parameters of a model of this configuration. ario_model_parameters gives the same of an open model.
ARIO_API double ario_cost_parameters(const ario_config *config);

// FLOPs of a training step on one crop of `context` positions, the last `latents` of which are predicted:
// forward and backward pass, without the optimizer.
ARIO_API double ario_cost_train_flops(const ario_config *config, size_t context, size_t latents);

// FLOPs of the prefill of `context` tokens: keys and values of all, `latents` latents over them, logits of
// the last one.
ARIO_API double ario_cost_prefill_flops(const ario_config *config, size_t context, size_t latents);

// FLOPs of Muon in one step (core/train/muon.h): five Newton-Schulz steps for each hidden matrix.
ARIO_API double ario_cost_muon_flops(const ario_config *config);

// Bytes that a session reads to generate one token:
// - every weight, but only one row of the embeddings;
// - keys and values of `context` tokens for the cross-attention;
// - keys and values of 3/4 `latents` latents in each layer: the caches are half full after a refill and full
//   before the next.
// A number takes 4 bytes in fp32, 2 in bf16, 1 in int8 (its scales are not counted). For `takes` > 1
// continuations side by side (arioso/takes.h) the result is for one token of each: weights and context once,
// layer caches for each.
ARIO_API double ario_cost_token_bytes(const ario_config *config, ario_precision precision, size_t context,
                                      size_t latents, size_t takes);

#ifdef __cplusplus
}
#endif

#endif
