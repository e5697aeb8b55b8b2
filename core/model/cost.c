// SPDX-License-Identifier: MIT
//
// Counts what work costs, in doubles: sizes of configurations that pass the check do not overflow them. The
// cost of Muon is counted in core/train/muon.c.
#include "arioso/cost.h"

// The sizes of a configuration.
struct sizes {
  double d, w, v, layers; // D, mlp_widening * D, V, L
};

static struct sizes sizes_of(const ario_config *config) {
  double channels = (double)config->channels;
  return (struct sizes){.d = channels,
                        .w = channels * (double)config->mlp_widening,
                        .v = (double)config->vocab_size,
                        .layers = (double)config->layers};
}

// ---- Numbers ----

// Weights and biases of a block: four linear layers, the MLP's two, and `norms` norms.
static double block_numbers(const struct sizes *s, double norms) {
  double attention = 4 * (s->d * s->d + s->d), mlp = 2 * s->d * s->w + s->w + s->d;
  return attention + mlp + norms * 2 * s->d;
}

// All parameters but the embeddings.
static double latent_numbers(const struct sizes *s) {
  double query = s->d * s->d + s->d, logits = s->v * s->d + s->v, norm = 2 * s->d;
  return query + block_numbers(s, 3) + s->layers * block_numbers(s, 2) + norm + logits;
}

double ario_cost_parameters(const ario_config *config) {
  struct sizes s = sizes_of(config);
  return s.v * s.d + latent_numbers(&s);
}

double ario_cost_token_bytes(const ario_config *config, ario_precision precision, size_t context,
                             size_t latents, size_t takes) {
  struct sizes s = sizes_of(config);
  double bytes = precision == ARIO_PRECISION_INT8 ? 1 : precision == ARIO_PRECISION_BF16 ? 2 : 4;
  double weights = s.d + latent_numbers(&s);
  double cross = 2 * s.d * (double)context, layers = s.layers * 2 * s.d * 0.75 * (double)latents;
  return bytes * (weights + cross + layers * (double)takes);
}

// ---- Products ----

// Pairs of a query and a key that it sees: the queries are the last `rows` of `positions`; each sees the keys
// up to its own.
static double causal_pairs(double positions, double rows) {
  return rows * (positions - rows) + rows * (rows + 1) / 2;
}

// One forward pass, with logits of the last `predicted` latents.
static double forward_flops(const struct sizes *s, double context, double latents, double predicted) {
  double square = s->d * s->d, mlp = 2 * s->d * s->w;
  double a_token = 2 * square;        // cross.attn.k, v
  double a_latent = 3 * square + mlp; // query, cross.attn.q, out
  double a_layer = 4 * square + mlp;  // q, k, v, out
  double a_pair = 2 * s->d;           // its score, and its share of the mix
  double multiplications = context * a_token + latents * (a_latent + s->layers * a_layer) +
                           predicted * s->d * s->v + a_pair * causal_pairs(context, latents) +
                           s->layers * a_pair * causal_pairs(latents, latents);
  return 2 * multiplications;
}

double ario_cost_train_flops(const ario_config *config, size_t context, size_t latents) {
  struct sizes s = sizes_of(config);
  return 3 * forward_flops(&s, (double)context, (double)latents, (double)latents);
}

double ario_cost_prefill_flops(const ario_config *config, size_t context, size_t latents) {
  struct sizes s = sizes_of(config);
  return forward_flops(&s, (double)context, (double)latents, 1);
}
