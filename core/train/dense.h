// SPDX-License-Identifier: MIT
//
// The forward pass as training needs it: weights are multiplied unpacked, and keys and values are kept in
// fp32 rows.
#ifndef ARIO_DENSE_H
#define ARIO_DENSE_H

#include "core/math/attention.h"
#include "core/model/forward.h"

// Keys and values of one attention at consecutive positions.
struct ario__cache {
  float *keys, *values; // [H, capacity, C]
  size_t capacity;
};

struct ario__dense {
  struct ario__cache *cross, *layers; // [L]
  size_t slot;                        // slot in the cross-attention's cache for the first of the next tokens
  size_t oldest;                      // first slot of that cache that is attended to
  size_t position;                    // of the first latent
  float *scratch;                     // attention's, of all workers
  struct ario__kept *weights;         // [linears, 2] packed for the forward pass, and for the backward pass
};

// A layer's weights as a product's b_kept.
static inline struct ario__kept *ario__dense_weights(const struct ario__forward *net,
                                                     const struct ario__linear *linear, bool back) {
  const struct ario__dense *dense = net->kept;
  return &dense->weights[2 * linear->number + back];
}

void ario__cache_carve(struct ario__cache *cache, const ario_config *config, size_t capacity,
                       struct ario__arena *arena);

// The backend for a net whose `kept` is a struct ario__dense. The latents of a sequence are computed in one
// go: in a layer's cache they start at slot 0.
extern const struct ario__backend ario__dense_backend;

// The keys and values that a block attends to.
struct ario__cache *ario__dense_cache(const struct ario__forward *net, size_t block);

// The attention of a block.
struct ario__attention_job ario__dense_job(const struct ario__forward *net, size_t block, size_t rows);

#endif
