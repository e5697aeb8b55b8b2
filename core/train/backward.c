// SPDX-License-Identifier: MIT
//
// The backward pass of Perceiver AR, block by block from the logits down; forward.c is the forward pass. In
// each function d_x stands for d(loss)/d(x).
#include "core/train/backward.h"
#include "core/base/rng.h"
#include "core/base/sizes.h"
#include "core/math/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_ROWS = 512 }; // tokens whose keys and values are processed at a time

struct ario__backward {
  struct ario__forward net; // its model and dropout are set for each run
  struct ario__backward_shape shape;
  struct ario__dropout dropout;
  struct ario__dense dense; // the forward pass's view of the caches below
  // The tokens that are attended to in this run, in slots from `dropped` on: what is left of the prefix, then
  // the latents' tokens. With nothing dropped a slot is a position.
  ario_token *tokens;   // [keys]
  size_t *positions;    // [keys]
  size_t keys, dropped; // together the run's positions
  char *block;
  struct ario__cache cross;   // [H, context, C]
  struct ario__cache *layers; // [L] of [H, latents, C]
  struct ario__cache d_cache; // [H, context, C] gradients of the keys and values of one attention
  float *back_sines;          // [rows, pairs] of the inverse rotation
  float *final;               // [latents, D] norm(z), the input of the logits
  float *logits;              // [latents, V], then their gradients
  float *d_z;                 // [latents, D] of the residual stream
  float *d_y;                 // [latents, D] of what a block adds to the stream, with dropout applied
  float *d_h;                 // [rows, D]
  float *d_q;                 // [rows, D]
  float *d_k, *d_v;           // [rows, D]
  float *d_wide;              // [latents, W]
  float *scratch;             // attention's, of all workers
  float *norm_scratch;        // the norm's
  float *packed;              // factors of products, lent to the workers
  size_t packed_count;
  double *nll; // [latents]
  char *kept;  // all weights, packed for the forward and the backward pass
};

// ---- Memory ----

// The buffers of a block except those of the residual stream.
static void carve_trace(struct ario__trace *trace, const ario_config *config, size_t rows,
                        struct ario__arena *arena) {
  size_t row = config->channels * sizeof(float);
  float **buffers[] = {&trace->h, &trace->q, &trace->mixed, &trace->mid, &trace->g};
  for (size_t b = 0; b < sizeof buffers / sizeof *buffers; b++) *buffers[b] = ario__carve(arena, rows, row);
  trace->lse = ario__carve(arena, rows, config->heads * sizeof(float));
  trace->wide = ario__carve(arena, rows, row * config->mlp_widening);
  trace->active = ario__carve(arena, rows, row * config->mlp_widening);
}

// A trace for each block, or one that they share; the stream between them is kept always.
static void carve_traces(struct ario__backward *back, const ario_config *config, struct ario__arena *arena) {
  size_t rows = back->shape.latents, row = config->channels * sizeof(float);
  struct ario__trace shared, *traces = ario__carve(arena, 1 + config->layers, sizeof *traces);
  float *stream = ario__carve(arena, rows, row);
  for (size_t i = 0; i <= config->layers; i++) {
    if (i == 0 || !back->shape.recompute) carve_trace(&shared, config, rows, arena);
    shared.z = stream;
    shared.next = stream = ario__carve(arena, rows, row);
    if (traces) traces[i] = shared; // while measuring there are none to write to
  }
  back->net.traces = traces;
}

static void carve_layers(struct ario__backward *back, const ario_config *config, struct ario__arena *arena) {
  struct ario__cache shared = {0};
  back->layers = ario__carve(arena, config->layers, sizeof *back->layers);
  for (size_t i = 0; i < config->layers; i++) {
    if (i == 0 || !back->shape.recompute) ario__cache_carve(&shared, config, back->shape.latents, arena);
    if (back->layers) back->layers[i] = shared;
  }
}

// Numbers that the products of the largest layer take when packed (those of linear_back).
static size_t most_packed(const struct ario__gemm *gemm, const ario_config *config, size_t rows) {
  size_t channels = config->channels, wide = channels * config->mlp_widening, most = 0;
  const size_t shapes[][2] = {{channels, wide}, {wide, channels}, {config->vocab_size, channels}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    size_t out = shapes[i][0], in = shapes[i][1];
    most = ario__larger(most, ario__product_packed(gemm, out, in, rows) +
                                  ario__product_packed(gemm, rows, in, out));
  }
  return most;
}

// Bytes of `count` layers [out, in], packed for both passes.
static size_t kept_bytes(const struct ario__gemm *gemm, size_t out, size_t in, size_t count) {
  return count * (ario__product_kept(gemm, out, in) + ario__product_kept(gemm, in, out));
}

static void carve_weights(struct ario__backward *back, const ario_config *config, struct ario__arena *arena) {
  const struct ario__gemm *gemm = back->net.gemm;
  size_t channels = config->channels, wide = channels * config->mlp_widening, blocks = 1 + config->layers;
  size_t linears = 6 * blocks + 2; // a block's q, k, v, out, up, down; and query, logits
  back->dense.weights = ario__carve(arena, linears, 2 * sizeof *back->dense.weights);
  back->kept = ario__carve(arena, 1,
                           kept_bytes(gemm, channels, channels, 4 * blocks + 1) +
                               kept_bytes(gemm, wide, channels, 2 * blocks) +
                               kept_bytes(gemm, config->vocab_size, channels, 1));
}

// Marks all weights of back->net.model as not packed yet.
static void forget_weights(struct ario__backward *back) {
  const struct ario__params *params = back->net.model->params;
  char *place = back->kept;
  for (size_t i = 0; i < params->linear_count; i++)
    for (int way = 0; way < 2; way++) {
      size_t out = params->linears[i]->out, in = params->linears[i]->in;
      back->dense.weights[2 * i + way] = (struct ario__kept){place, false};
      place +=
          way ? ario__product_kept(back->net.gemm, in, out) : ario__product_kept(back->net.gemm, out, in);
    }
}

static void carve(struct ario__backward *back, const ario_config *config, struct ario__arena *arena) {
  size_t context = back->shape.context, latents = back->shape.latents, threads = back->shape.threads;
  size_t rows = ario__larger(latents, TOKEN_ROWS), row = config->channels * sizeof(float);
  ario__workspace_carve(&back->net.work, config, rows, arena);
  back->dense.scratch =
      ario__carve(arena, threads * ario__attention_scratch(config->channels / config->heads), sizeof(float));
  back->back_sines = ario__carve(arena, rows, ario__rotary_pairs(config) * sizeof(float));
  back->tokens = ario__carve(arena, context, sizeof *back->tokens);
  back->positions = ario__carve(arena, context, sizeof *back->positions);
  carve_traces(back, config, arena);
  ario__cache_carve(&back->cross, config, context, arena);
  ario__cache_carve(&back->d_cache, config, context, arena);
  carve_layers(back, config, arena);
  back->final = ario__carve(arena, latents, row);
  back->logits = ario__carve(arena, latents, config->vocab_size * sizeof(float));
  float **buffers[] = {&back->d_z, &back->d_y, &back->d_h, &back->d_q, &back->d_k, &back->d_v};
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) *buffers[i] = ario__carve(arena, rows, row);
  back->d_wide = ario__carve(arena, latents, row * config->mlp_widening);
  back->norm_scratch =
      ario__carve(arena, ario__rows_norm_back_scratch(rows, config->channels), sizeof(float));
  back->packed_count = most_packed(back->net.gemm, config, rows);
  back->packed = ario__carve(arena, back->packed_count, sizeof(float));
  back->nll = ario__carve(arena, latents, sizeof(double));
  carve_weights(back, config, arena);
  back->scratch = ario__carve(
      arena, threads * ario__attention_gradient_scratch(config->channels / config->heads), sizeof(float));
}

// The bytes of the block alone.
static ario_status block_bytes(const ario_config *config, const struct ario__backward_shape *shape,
                               const struct ario__gemm *gemm, size_t *bytes) {
  struct ario__backward back = {.shape = *shape, .net.gemm = gemm};
  struct ario__arena arena = {0};
  carve(&back, config, &arena);
  *bytes = arena.used;
  return arena.overflow ? ARIO_ERR_LIMIT : ARIO_OK;
}

ario_status ario__backward_bytes(const ario_config *config, const struct ario__backward_shape *shape,
                                 const struct ario__gemm *gemm, size_t *bytes) {
  ario_status status = block_bytes(config, shape, gemm, bytes);
  *bytes += sizeof(struct ario__backward) + ario__pool_bytes(shape->threads, gemm->scratch);
  return status;
}

ario_status ario__backward_create(const ario_config *config, const struct ario__backward_shape *shape,
                                  const struct ario__gemm *gemm, struct ario__backward **out) {
  *out = NULL;
  size_t bytes;
  ario_status status = block_bytes(config, shape, gemm, &bytes);
  if (status) return status;
  struct ario__backward *back = calloc(1, sizeof *back);
  if (!back) return ARIO_ERR_MEMORY;
  back->shape = *shape;
  back->net.gemm = gemm;
  back->net.backend = &ario__dense_backend;
  back->net.kept = &back->dense;
  back->block = ario__block(bytes);
  status = back->block ? ario__gemm_pool(gemm, shape->threads, &back->net.pool) : ARIO_ERR_MEMORY;
  if (status) {
    ario__backward_free(back);
    return status;
  }
  carve(back, config, &(struct ario__arena){.base = back->block});
  ario__workspace_prepare(&back->net.work, config);
  back->dense.cross = &back->cross;
  back->dense.layers = back->layers;
  ario__pool_lend(back->net.pool, back->packed, back->packed_count * sizeof(float));
  *out = back;
  return ARIO_OK;
}

void ario__backward_free(struct ario__backward *back) {
  if (!back) return;
  ario__pool_free(back->net.pool);
  free(back->block);
  free(back);
}

struct ario__pool *ario__backward_pool(struct ario__backward *back) {
  return back->net.pool;
}

// ---- Linear layers ----

// dx [rows, in] = dy [rows, out] W, or += with `add`; adds the parameters' gradients, from x [rows, in] and
// dy.
static void linear_back(struct ario__forward *net, const struct ario__linear *linear,
                        const struct ario__linear *d_linear, const float *x, const float *dy, size_t rows,
                        float *dx, bool add) {
  size_t in = linear->in, out = linear->out;
  const struct ario__product products[] = {
      {ARIO__TN, out, in, rows, 1, 1, dy, x, d_linear->weight, out, in, in, .a_sums = d_linear->bias},
      {ARIO__NN, rows, in, out, 1, add, dy, linear->weight, dx, out, in, in,
       .b_kept = ario__dense_weights(net, linear, true)},
  };
  ario__products_run(net->gemm, net->pool, products, 2);
}

// ---- Blocks ----

// d_h is the gradient of the norm's output and becomes that of its input x; it is also added to `stream`
// unless that is NULL.
static void norm_back(struct ario__backward *back, const struct ario__norm *norm,
                      const struct ario__norm *d_norm, const float *x, size_t rows, float *stream) {
  const ario_config *config = &back->net.model->config;
  struct ario__norm_gradient gradient = {
      norm, d_norm, x, back->d_h, stream, back->norm_scratch, config->channels, config->norm_eps};
  ario__rows_norm_back(back->net.pool, &gradient, rows);
}

struct branch_job {
  struct ario__backward *back;
  size_t site;
};

static void drop_rows(void *context, size_t first, size_t rows) {
  const struct branch_job *job = context;
  const struct ario__backward *back = job->back;
  size_t channels = back->net.model->config.channels;
  float *d_y = back->d_y + first * channels;
  memcpy(d_y, back->d_z + first * channels, rows * channels * sizeof *d_y);
  ario__dropout_apply(back->net.dropout, job->site, first, d_y, rows, channels);
}

// The gradient of what a block adds to the residual stream at `site`, from that of the stream, d_z.
static const float *branch_back(struct ario__backward *back, size_t site, size_t rows) {
  if (!back->net.dropout) return back->d_z;
  ario__pool_run_rows(back->net.pool, drop_rows, &(struct branch_job){back, site}, rows);
  return back->d_y;
}

// From d(next) of a block to d(mid), both in d_z.
static void mlp_back(struct ario__backward *back, const struct ario__mlp *mlp, const struct ario__mlp *d_mlp,
                     size_t block, size_t rows) {
  struct ario__forward *net = &back->net;
  const struct ario__trace *trace = &net->traces[block];
  const float *d_y = branch_back(back, ARIO__SITE_MLP(block), rows);
  linear_back(net, &mlp->down, &d_mlp->down, trace->active, d_y, rows, back->d_wide, false);
  ario__rows_activate_back(net->pool, back->d_wide, trace->wide, ario__activation_of(&net->model->config),
                           rows, mlp->up.out);
  linear_back(net, &mlp->up, &d_mlp->up, trace->g, back->d_wide, rows, back->d_h, false);
  norm_back(back, &mlp->norm, &d_mlp->norm, trace->mid, rows, back->d_z);
}

static void rotate_back(struct ario__backward *back, float *x, size_t rows) {
  const ario_config *config = &back->net.model->config;
  ario__rows_rotate(back->net.pool, x, back->net.work.cosines, back->back_sines, ario__rotary_pairs(config),
                    rows, config->heads, config->channels / config->heads);
}

// Sets the angles for the keys from number `first` on.
static void set_back_angles(struct ario__backward *back, size_t first, size_t rows) {
  struct ario__workspace *work = &back->net.work;
  size_t pairs = ario__rotary_pairs(&back->net.model->config);
  ario__forward_angles(&back->net, back->positions + first, 0, rows);
  for (size_t i = 0; i < rows * pairs; i++) back->back_sines[i] = -work->sines[i];
}

// The attention of a block. d_z is d(mid) and stays; d_q becomes the gradient of the queries before rotation,
// d_cache that of keys and values in their slots.
static void attention_back(struct ario__backward *back, const struct ario__attention *attn,
                           const struct ario__attention *d_attn, size_t block, size_t rows) {
  const ario_config *config = &back->net.model->config;
  const struct ario__trace *trace = &back->net.traces[block];
  const float *d_y = branch_back(back, ARIO__SITE_ATTENTION(block), rows);
  linear_back(&back->net, &attn->out, &d_attn->out, trace->mixed, d_y, rows, back->d_h, false);
  struct ario__attention_job job = ario__dense_job(&back->net, block, rows);
  back->d_cache.capacity = job.capacity;
  memset(back->d_cache.keys, 0, job.capacity * config->channels * sizeof(float));
  memset(back->d_cache.values, 0, job.capacity * config->channels * sizeof(float));
  struct ario__attention_gradient gradient = {.job = &job,
                                              .d_out = back->d_h,
                                              .d_queries = back->d_q,
                                              .d_keys = back->d_cache.keys,
                                              .d_values = back->d_cache.values,
                                              .scratch = back->scratch};
  ario__attention_back(&gradient);
  rotate_back(back, back->d_q, rows);
}

struct gather_job {
  struct ario__backward *back;
  size_t first;
};

static void gather_rows(void *context, size_t row, size_t rows) {
  const struct gather_job *job = context;
  const struct ario__backward *back = job->back;
  size_t heads = back->net.model->config.heads, channels = back->net.model->config.channels / heads;
  for (size_t r = row; r < row + rows; r++)
    for (size_t h = 0; h < heads; h++) {
      size_t place = (h * back->d_cache.capacity + job->first + r) * channels;
      size_t target = (r * heads + h) * channels;
      memcpy(back->d_k + target, back->d_cache.keys + place, channels * sizeof(float));
      memcpy(back->d_v + target, back->d_cache.values + place, channels * sizeof(float));
    }
}

// Gathers the gradients of the keys and values in slots first .. first + rows - 1 into rows: d_k [rows, D],
// rotated back, and d_v.
static void gather_keys(struct ario__backward *back, size_t first, size_t rows) {
  ario__pool_run_rows(back->net.pool, gather_rows, &(struct gather_job){back, first}, rows);
  rotate_back(back, back->d_k, rows);
}

// d_h [rows, D] = the gradient that comes through keys and values, or += with `add`; h [rows, D] is their
// input.
static void keys_back(struct ario__backward *back, const struct ario__attention *attn,
                      const struct ario__attention *d_attn, const float *h, size_t rows, bool add) {
  linear_back(&back->net, &attn->k, &d_attn->k, h, back->d_k, rows, back->d_h, add);
  linear_back(&back->net, &attn->v, &d_attn->v, h, back->d_v, rows, back->d_h, true);
}

static void layer_back(struct ario__backward *back, struct ario__params *d, size_t layer, size_t rows) {
  struct ario__forward *net = &back->net;
  const struct ario__layer *params = &net->model->params->layers[layer], *d_params = &d->layers[layer];
  size_t block = 1 + layer;
  const struct ario__trace *trace = &net->traces[block];
  if (back->shape.recompute) ario__forward_block(net, block, rows);
  mlp_back(back, &params->mlp, &d_params->mlp, block, rows);
  attention_back(back, &params->attn, &d_params->attn, block, rows);
  linear_back(net, &params->attn.q, &d_params->attn.q, trace->h, back->d_q, rows, back->d_h, false);
  gather_keys(back, 0, rows);
  keys_back(back, &params->attn, &d_params->attn, trace->h, rows, true);
  norm_back(back, &params->norm, &d_params->norm, trace->z, rows, back->d_z);
}

// ---- The ends ----

struct loss_job {
  struct ario__backward *back;
  const ario_token *targets;
  const bool *given;    // of the targets, or NULL
  double share, z_loss; // of a row
};

static void loss_rows(void *context, size_t first, size_t rows) {
  const struct loss_job *job = context;
  size_t vocab = job->back->net.model->config.vocab_size;
  for (size_t r = first; r < first + rows; r++) {
    float *row = job->back->logits + r * vocab, *target = row + job->targets[r];
    if (job->given && job->given[r]) {
      memset(row, 0, vocab * sizeof *row);
      job->back->nll[r] = 0;
      continue;
    }
    float top = ario__max(row, vocab, row[0]), logit = *target;
    double sum = ario__exp(row, vocab, top), lse = top + log(sum);
    ario__scale(row, vocab, (float)(job->share * (1 + 2 * job->z_loss * lse) / sum));
    *target -= (float)job->share;
    job->back->nll[r] = lse - logit;
  }
}

// Turns logits [latents, V] into d_logits, in place; returns the mean NLL over the targets that are not given, at
// least one.
static double loss_back(struct ario__backward *back, const ario_token *targets, const bool *given,
                        size_t latents, const ario__loss *loss) {
  size_t predicted = latents;
  for (size_t r = 0; given && r < latents; r++) predicted -= given[r];
  struct loss_job job = {back, targets, given, loss->scale / (double)predicted, loss->z_loss};
  ario__pool_run_rows(back->net.pool, loss_rows, &job, latents);
  double nll = 0;
  for (size_t r = 0; r < latents; r++) nll += back->nll[r];
  return nll / (double)predicted;
}

// Adds d_h [rows, D], the gradient of the embedded tokens of the keys from number `first` on, to that of the
// embedding.
static void embed_back(struct ario__backward *back, struct ario__params *d, size_t first, size_t rows) {
  size_t channels = back->net.model->config.channels;
  for (size_t r = 0; r < rows; r++) {
    float *d_x = back->d_h + r * channels, *d_embed = d->embed + back->tokens[first + r] * channels;
    ario__dropout_apply(back->net.dropout, ARIO__SITE_EMBED, back->positions[first + r], d_x, 1, channels);
    for (size_t i = 0; i < channels; i++) d_embed[i] += d_x[i];
  }
}

// From keys and values of the cross-attention back to the embedding, some tokens at a time; d_cache holds
// their gradients.
static void tokens_back(struct ario__backward *back, struct ario__params *d) {
  const ario_config *config = &back->net.model->config;
  const struct ario__cross *cross = &back->net.model->params->cross;
  struct ario__workspace *work = &back->net.work;
  for (size_t first = 0; first < back->keys; first += TOKEN_ROWS) {
    size_t rows = back->keys - first < TOKEN_ROWS ? back->keys - first : TOKEN_ROWS;
    set_back_angles(back, first, rows);
    ario__forward_embed(&back->net, back->tokens + first, back->positions + first, 0, rows);
    ario__rows_norm(back->net.pool, work->h, work->x, &cross->norm_kv, rows, config->channels,
                    config->norm_eps);
    gather_keys(back, back->dropped + first, rows);
    keys_back(back, &cross->attn, &d->cross.attn, work->h, rows, false);
    norm_back(back, &cross->norm_kv, &d->cross.norm_kv, work->x, rows, NULL);
    embed_back(back, d, first, rows);
  }
}

static void cross_back(struct ario__backward *back, struct ario__params *d, size_t latents) {
  struct ario__forward *net = &back->net;
  const struct ario__params *params = net->model->params;
  const struct ario__trace *trace = &net->traces[0];
  size_t first = back->keys - latents; // of the latents' keys
  if (back->shape.recompute) ario__forward_block(net, 0, latents);
  mlp_back(back, &params->cross.mlp, &d->cross.mlp, 0, latents);
  attention_back(back, &params->cross.attn, &d->cross.attn, 0, latents);
  linear_back(net, &params->cross.attn.q, &d->cross.attn.q, trace->h, back->d_q, latents, back->d_h, false);
  norm_back(back, &params->cross.norm_q, &d->cross.norm_q, trace->z, latents, back->d_z);
  ario__forward_embed(net, back->tokens + first, NULL, back->dense.position, latents);
  linear_back(net, &params->query, &d->query, net->work.x, back->d_z, latents, back->d_h, false);
  embed_back(back, d, first, latents);
  tokens_back(back, d);
}

// ---- The pass ----

// Draws which tokens of the prefix are attended to. All others are removed, so slots stay in the order of
// positions, up to the last.
static void choose_keys(struct ario__backward *back, const ario_token *tokens, size_t count, size_t latents,
                        const ario__loss *loss) {
  struct ario__rng rng;
  ario__rng_seed(&rng, loss->seed);
  double share = loss->prefix_dropout > 0 ? loss->prefix_dropout * ario__rng_uniform(&rng) : 0;
  back->keys = 0;
  for (size_t i = 0; i < count; i++) {
    if (share > 0 && i < count - latents && ario__rng_uniform(&rng) < share) continue;
    back->tokens[back->keys] = tokens[i];
    back->positions[back->keys++] = i;
  }
  back->dropped = count - back->keys;
}

static void run_forward(struct ario__backward *back, const ario_token *tokens, size_t count, size_t latents,
                        const ario__loss *loss) {
  struct ario__forward *net = &back->net;
  const ario_config *config = &net->model->config;
  size_t position = count - latents;
  back->dropout = (struct ario__dropout){.share = loss->dropout, .key = loss->seed};
  net->dropout = loss->dropout > 0 ? &back->dropout : NULL;
  choose_keys(back, tokens, count, latents, loss);
  for (size_t first = 0; first < back->keys; first += TOKEN_ROWS) {
    size_t rows = back->keys - first < TOKEN_ROWS ? back->keys - first : TOKEN_ROWS;
    back->dense.slot = back->dropped + first;
    ario__forward_tokens(net, back->tokens + first, back->positions + first, 0, rows);
  }
  back->dense.oldest = back->dropped;
  back->dense.position = position;
  ario__forward_latents(net, tokens + position, NULL, position, latents);
  ario__forward_logits(net, 0, latents, back->logits);
  memcpy(back->final, net->work.h, latents * config->channels * sizeof(float)); // the logits' input
}

void ario__backward_run(struct ario__backward *back, const ario_model *model, const ario_token *tokens,
                        size_t count, size_t latents, const ario__loss *loss, struct ario__params *gradients,
                        double *nll) {
  const struct ario__params *params = model->params;
  const ario_config *config = &model->config;
  struct ario__forward *net = &back->net;
  net->model = model;
  if (!loss->same_weights) forget_weights(back);
  run_forward(back, tokens, count, latents, loss);
  size_t first = count - latents + 1; // target
  *nll = loss_back(back, tokens + first, loss->given ? loss->given + first : NULL, latents, loss);
  linear_back(net, &params->logits, &gradients->logits, back->final, back->logits, latents, back->d_h, false);
  memset(back->d_z, 0, latents * config->channels * sizeof(float));
  norm_back(back, &params->norm, &gradients->norm, net->traces[config->layers].next, latents, back->d_z);
  set_back_angles(back, back->keys - latents, latents);
  for (size_t i = config->layers; i-- > 0;) layer_back(back, gradients, i, latents);
  cross_back(back, gradients, latents);
}

double ario__backward_evaluate(struct ario__backward *back, const ario_model *model, const ario_token *tokens,
                               size_t count, size_t latents) {
  const ario__loss loss = {.scale = 1};
  back->net.model = model;
  forget_weights(back);
  run_forward(back, tokens, count, latents, &loss);
  return loss_back(back, tokens + count - latents + 1, NULL, latents, &loss);
}
