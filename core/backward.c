// SPDX-License-Identifier: MIT
//
// The way back through Perceiver AR, block by block from the logits down; forward.c is the way there. In each
// function d_x stands for d(loss)/d(x).
#include "backward.h"
#include "rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_ROWS = 128 }; // tokens whose keys and values go back at a time

struct ario__backward {
  struct ario__net net; // its model is set for each run
  size_t context, latents;
  char *block;
  struct ario__cache cross;   // [H, context, C]
  struct ario__cache *layers; // [L] of [H, latents, C]
  struct ario__cache d_cache; // [H, context, C] gradients of the keys and values of one attention
  float *back_sines;          // [rows, pairs] those of a rotation back
  float *final;               // [latents, D] norm(z), what the logits are made of
  float *logits;              // [latents, V], then their gradients
  float *d_z;                 // [latents, D] of the residual stream
  float *d_h;                 // [rows, D]
  float *d_q;                 // [rows, D]
  float *d_k, *d_v;           // [rows, D]
  float *d_wide;              // [latents, W]
  float *scratch;             // attention's, for each worker
  float *norm_scratch;        // the norm's
  double *nll;                // [latents]
};

static size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

// ---- Memory ----

static void carve_tapes(struct ario__backward *back, const ario_config *config, struct ario__arena *arena) {
  size_t rows = back->latents, row = config->channels * sizeof(float), wide = row * config->mlp_widening;
  struct ario__tape unused, *tapes = ario__carve(arena, 1 + config->layers, sizeof *tapes);
  float *stream = ario__carve(arena, rows, row);
  for (size_t i = 0; i <= config->layers; i++) {
    struct ario__tape *tape = tapes ? &tapes[i] : &unused;
    float **buffers[] = {&tape->h, &tape->q, &tape->mixed, &tape->mid, &tape->g, &tape->next};
    tape->z = stream;
    for (size_t b = 0; b < sizeof buffers / sizeof *buffers; b++) *buffers[b] = ario__carve(arena, rows, row);
    tape->lse = ario__carve(arena, rows, config->heads * sizeof(float));
    tape->wide = ario__carve(arena, rows, wide);
    tape->active = ario__carve(arena, rows, wide);
    stream = tape->next;
  }
  back->net.tapes = tapes;
}

static void carve(struct ario__backward *back, const ario_config *config, size_t threads,
                  struct ario__arena *arena) {
  size_t rows = larger(back->latents, TOKEN_ROWS), row = config->channels * sizeof(float);
  ario__workspace_carve(&back->net.work, config, rows, threads, arena);
  back->back_sines = ario__carve(arena, rows, ario__rotary_pairs(config) * sizeof(float));
  carve_tapes(back, config, arena);
  ario__cache_carve(&back->cross, config, back->context, arena);
  ario__cache_carve(&back->d_cache, config, back->context, arena);
  back->layers = ario__carve(arena, config->layers, sizeof *back->layers);
  for (size_t i = 0; i < config->layers; i++) {
    struct ario__cache unused; // while measuring there are no layers to write to
    ario__cache_carve(back->layers ? &back->layers[i] : &unused, config, back->latents, arena);
  }
  back->final = ario__carve(arena, back->latents, row);
  back->logits = ario__carve(arena, back->latents, config->vocab_size * sizeof(float));
  float **buffers[] = {&back->d_z, &back->d_h, &back->d_q, &back->d_k, &back->d_v};
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) *buffers[i] = ario__carve(arena, rows, row);
  back->d_wide = ario__carve(arena, back->latents, row * config->mlp_widening);
  back->norm_scratch =
      ario__carve(arena, ario__rows_norm_back_scratch(rows, config->channels), sizeof(float));
  back->nll = ario__carve(arena, back->latents, sizeof(double));
  back->scratch = ario__carve(
      arena, threads * ario__attention_gradient_scratch(config->channels / config->heads), sizeof(float));
}

ario_status ario__backward_bytes(const ario_config *config, size_t context, size_t latents, size_t threads,
                                 size_t *bytes) {
  struct ario__backward back = {.context = context, .latents = latents};
  struct ario__arena arena = {0};
  carve(&back, config, threads, &arena);
  *bytes = arena.overflow ? 0 : sizeof back + arena.used;
  return arena.overflow ? ARIO_ERR_LIMIT : ARIO_OK;
}

ario_status ario__backward_create(const ario_config *config, size_t context, size_t latents, size_t threads,
                                  const struct ario__gemm *gemm, struct ario__backward **out) {
  *out = NULL;
  size_t bytes;
  ario_status status = ario__backward_bytes(config, context, latents, threads, &bytes);
  if (status) return status;
  struct ario__backward *back = calloc(1, sizeof *back);
  if (!back) return ARIO_ERR_MEMORY;
  back->context = context;
  back->latents = latents;
  back->net.gemm = gemm;
  back->block = ario__block(bytes);
  status = back->block ? ario__pool_create(threads, &back->net.pool) : ARIO_ERR_MEMORY;
  if (status) {
    ario__backward_free(back);
    return status;
  }
  carve(back, config, threads, &(struct ario__arena){.base = back->block});
  ario__workspace_prepare(&back->net.work, config);
  gemm->prepare();
  *out = back;
  return ARIO_OK;
}

void ario__backward_free(struct ario__backward *back) {
  if (!back) return;
  ario__pool_free(back->net.pool);
  free(back->block);
  free(back);
}

// ---- Linear layers ----

// dx [rows, in] = (or with `add` +=) dy [rows, out] W; the parameters' gradients from x [rows, in] and dy.
static void linear_back(struct ario__net *net, const struct ario__linear *linear,
                        const struct ario__linear *d_linear, const float *x, const float *dy, size_t rows,
                        float *dx, bool add) {
  size_t in = linear->in, out = linear->out;
  const struct ario__product products[] = {
      {ARIO__TN, out, in, rows, 1, 1, dy, x, d_linear->weight, out, in, in, .a_sums = d_linear->bias},
      {ARIO__NN, rows, in, out, 1, add, dy, linear->weight, dx, out, in, in},
  };
  ario__products_run(net->gemm, net->pool, products, 2);
}

// ---- Blocks ----

// d_h, the gradient by norm, becomes that by x, which was normed, and is added to `stream` (NULL: it is not).
static void norm_back(struct ario__backward *back, const struct ario__norm *norm,
                      const struct ario__norm *d_norm, const float *x, size_t rows, float *stream) {
  const ario_config *config = &back->net.model->config;
  struct ario__norm_gradient gradient = {
      norm, d_norm, x, back->d_h, stream, back->norm_scratch, config->channels, config->norm_eps};
  ario__rows_norm_back(back->net.pool, &gradient, rows);
}

// From d(next) to d(mid), both d_z.
static void mlp_back(struct ario__backward *back, const struct ario__mlp *mlp, const struct ario__mlp *d_mlp,
                     const struct ario__tape *tape, size_t rows) {
  struct ario__net *net = &back->net;
  linear_back(net, &mlp->down, &d_mlp->down, tape->active, back->d_z, rows, back->d_wide, false);
  ario__rows_activate_back(net->pool, back->d_wide, tape->wide, net->model->config.activation, rows,
                           mlp->up.out);
  linear_back(net, &mlp->up, &d_mlp->up, tape->g, back->d_wide, rows, back->d_h, false);
  norm_back(back, &mlp->norm, &d_mlp->norm, tape->mid, rows, back->d_z);
}

static void rotate_back(struct ario__backward *back, float *x, size_t rows) {
  const ario_config *config = &back->net.model->config;
  ario__rows_rotate(back->net.pool, x, back->net.work.cosines, back->back_sines, ario__rotary_pairs(config),
                    rows, config->heads, config->channels / config->heads);
}

static void set_back_angles(struct ario__backward *back, size_t position, size_t rows) {
  struct ario__workspace *work = &back->net.work;
  size_t pairs = ario__rotary_pairs(&back->net.model->config);
  ario__rows_angles(back->net.pool, work->cosines, work->sines, work->frequencies, pairs, position, rows);
  for (size_t i = 0; i < rows * pairs; i++) back->back_sines[i] = -work->sines[i];
}

// The attention of a block: d_z is d(mid) and stays; d_q becomes that of the queries before rotation, d_cache
// those of keys and values at slots 0 .. keys - 1. Queries are at positions `position` and on, keys at those
// that end with the last query's.
static void attention_back(struct ario__backward *back, const struct ario__attention *attn,
                           const struct ario__attention *d_attn, const struct ario__tape *tape, size_t rows,
                           size_t position, const struct ario__cache *cache, size_t keys) {
  const ario_config *config = &back->net.model->config;
  size_t channels = config->channels / config->heads;
  linear_back(&back->net, &attn->out, &d_attn->out, tape->mixed, back->d_z, rows, back->d_h, false);
  struct ario__attention_job job = {.gemm = back->net.gemm,
                                    .heads = config->heads,
                                    .head_channels = channels,
                                    .queries = tape->q,
                                    .rows = rows,
                                    .position = position,
                                    .keys = cache->keys,
                                    .values = cache->values,
                                    .capacity = cache->capacity,
                                    .runs = {{.slot = 0, .position = position + rows - keys, .count = keys}},
                                    .run_count = 1,
                                    .out = tape->mixed,
                                    .lse = tape->lse};
  back->d_cache.capacity = cache->capacity;
  memset(back->d_cache.keys, 0, cache->capacity * config->channels * sizeof(float));
  memset(back->d_cache.values, 0, cache->capacity * config->channels * sizeof(float));
  struct ario__attention_gradient gradient = {.job = &job,
                                              .d_out = back->d_h,
                                              .d_queries = back->d_q,
                                              .d_keys = back->d_cache.keys,
                                              .d_values = back->d_cache.values,
                                              .scratch = back->scratch};
  ario__attention_back(&gradient, back->net.pool);
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

// Gradients of the keys and values in slots first .. first + rows - 1 into rows: d_k [rows, D], rotated back,
// and d_v.
static void gather_keys(struct ario__backward *back, size_t first, size_t rows) {
  ario__pool_run_rows(back->net.pool, gather_rows, &(struct gather_job){back, first}, rows);
  rotate_back(back, back->d_k, rows);
}

// d_h [rows, D] = (or with `add` +=) what comes through keys and values, h [rows, D] being what they were
// made of.
static void keys_back(struct ario__backward *back, const struct ario__attention *attn,
                      const struct ario__attention *d_attn, const float *h, size_t rows, bool add) {
  linear_back(&back->net, &attn->k, &d_attn->k, h, back->d_k, rows, back->d_h, add);
  linear_back(&back->net, &attn->v, &d_attn->v, h, back->d_v, rows, back->d_h, true);
}

static void layer_back(struct ario__backward *back, const struct ario__layer *layer,
                       const struct ario__layer *d_layer, const struct ario__tape *tape,
                       const struct ario__cache *cache, size_t rows, size_t position) {
  mlp_back(back, &layer->mlp, &d_layer->mlp, tape, rows);
  attention_back(back, &layer->attn, &d_layer->attn, tape, rows, position, cache, rows);
  linear_back(&back->net, &layer->attn.q, &d_layer->attn.q, tape->h, back->d_q, rows, back->d_h, false);
  gather_keys(back, 0, rows);
  keys_back(back, &layer->attn, &d_layer->attn, tape->h, rows, true);
  norm_back(back, &layer->norm, &d_layer->norm, tape->z, rows, back->d_z);
}

// ---- The ends ----

struct loss_job {
  struct ario__backward *back;
  const ario_token *targets;
  double share, z_loss; // of a row
};

static void loss_rows(void *context, size_t first, size_t rows) {
  const struct loss_job *job = context;
  size_t vocab = job->back->net.model->config.vocab_size;
  for (size_t r = first; r < first + rows; r++) {
    float *row = job->back->logits + r * vocab, *target = row + job->targets[r];
    double top = ario__max(row, vocab, row[0]), sum = 0, logit = *target;
    for (size_t i = 0; i < vocab; i++) {
      double e = exp(row[i] - top);
      sum += e;
      row[i] = (float)e;
    }
    double lse = top + log(sum), weight = job->share * (1 + 2 * job->z_loss * lse) / sum;
    for (size_t i = 0; i < vocab; i++) row[i] = (float)(weight * row[i]);
    *target -= (float)job->share;
    job->back->nll[r] = lse - logit;
  }
}

// logits [latents, V] -> d_logits in place; returns the mean NLL.
static double loss_back(struct ario__backward *back, const ario_token *targets, size_t latents,
                        const ario__loss *loss) {
  struct loss_job job = {back, targets, loss->scale / (double)latents, loss->z_loss};
  ario__pool_run_rows(back->net.pool, loss_rows, &job, latents);
  double nll = 0;
  for (size_t r = 0; r < latents; r++) nll += back->nll[r];
  return nll / (double)latents;
}

static void embed_back(struct ario__backward *back, struct ario__params *d, const ario_token *tokens,
                       const float *d_x, size_t rows) {
  size_t channels = back->net.model->config.channels;
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < channels; i++) d->embed[tokens[r] * channels + i] += d_x[r * channels + i];
}

// Keys and values of the cross-attention back to the embedding, some tokens at a time; d_cache holds their
// gradients.
static void tokens_back(struct ario__backward *back, struct ario__params *d, const ario_token *tokens,
                        size_t count) {
  const ario_config *config = &back->net.model->config;
  const struct ario__cross *cross = &back->net.model->params->cross;
  struct ario__workspace *work = &back->net.work;
  for (size_t first = 0; first < count; first += TOKEN_ROWS) {
    size_t rows = count - first < TOKEN_ROWS ? count - first : TOKEN_ROWS;
    set_back_angles(back, first, rows);
    ario__forward_embed(back->net.model, tokens + first, rows, work->x);
    ario__rows_norm(back->net.pool, work->h, work->x, &cross->norm_kv, rows, config->channels,
                    config->norm_eps);
    gather_keys(back, first, rows);
    keys_back(back, &cross->attn, &d->cross.attn, work->h, rows, false);
    norm_back(back, &cross->norm_kv, &d->cross.norm_kv, work->x, rows, NULL);
    embed_back(back, d, tokens + first, back->d_h, rows);
  }
}

static void cross_back(struct ario__backward *back, struct ario__params *d, const ario_token *tokens,
                       size_t count, size_t latents) {
  const struct ario__params *params = back->net.model->params;
  const struct ario__tape *tape = &back->net.tapes[0];
  const ario_token *newest = tokens + count - latents;
  mlp_back(back, &params->cross.mlp, &d->cross.mlp, tape, latents);
  attention_back(back, &params->cross.attn, &d->cross.attn, tape, latents, count - latents, &back->cross,
                 count);
  linear_back(&back->net, &params->cross.attn.q, &d->cross.attn.q, tape->h, back->d_q, latents, back->d_h,
              false);
  norm_back(back, &params->cross.norm_q, &d->cross.norm_q, tape->z, latents, back->d_z);
  ario__forward_embed(back->net.model, newest, latents, back->net.work.x);
  linear_back(&back->net, &params->query, &d->query, back->net.work.x, back->d_z, latents, back->d_h, false);
  embed_back(back, d, newest, back->d_h, latents);
  tokens_back(back, d, tokens, count);
}

static void run_forward(struct ario__backward *back, const ario_token *tokens, size_t count, size_t latents) {
  struct ario__net *net = &back->net;
  const ario_config *config = &net->model->config;
  for (size_t first = 0; first < count; first += TOKEN_ROWS) {
    size_t rows = count - first < TOKEN_ROWS ? count - first : TOKEN_ROWS;
    ario__forward_tokens(net, tokens + first, rows, first, &back->cross);
  }
  ario__forward_latents(net, tokens + count - latents, latents, count - latents, &back->cross, 0,
                        back->layers, 0);
  ario__forward_logits(net, 0, latents, back->logits);
  memcpy(back->final, net->work.h, latents * config->channels * sizeof(float)); // what they were made of
}

void ario__backward_run(struct ario__backward *back, const ario_model *model, const ario_token *tokens,
                        size_t count, size_t latents, const ario__loss *loss, struct ario__params *gradients,
                        double *nll) {
  const struct ario__params *params = model->params;
  const ario_config *config = &model->config;
  struct ario__net *net = &back->net;
  net->model = model;
  run_forward(back, tokens, count, latents);
  *nll = loss_back(back, tokens + count - latents + 1, latents, loss);
  linear_back(net, &params->logits, &gradients->logits, back->final, back->logits, latents, back->d_h, false);
  memset(back->d_z, 0, latents * config->channels * sizeof(float));
  norm_back(back, &params->norm, &gradients->norm, net->tapes[config->layers].next, latents, back->d_z);
  set_back_angles(back, count - latents, latents);
  for (size_t i = config->layers; i-- > 0;)
    layer_back(back, &params->layers[i], &gradients->layers[i], &net->tapes[1 + i], &back->layers[i], latents,
               count - latents);
  cross_back(back, gradients, tokens, count, latents);
}
