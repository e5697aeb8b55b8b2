// SPDX-License-Identifier: MIT
//
// Perceiver AR (Hawthorne et al. 2022, arXiv 2202.07765), forward:
//
//   x      = embed[tokens]                                   [N, D]   every position of the context
//   z      = query(x[N-M:])                                  [M, D]   the newest M: the latents
//   z     += cross.attn(cross.norm_q(z), cross.norm_kv(x))            causal: position p sees keys <= p
//   z     += cross.mlp(z)
//   for each layer:  h = norm(z); z += attn(h, h); z += mlp(z)        causal over the latents
//   logits = logits(norm(z))                                 [M, V]   position p predicts token p + 1
//
//   mlp(z)    = down(activation(up(mlp.norm(z))))
//   linear(x) = x W^T + b
//   attention: H heads, scores / sqrt(C); queries and keys rotated by position, from 0 at the first context
//   token
//
// Nothing of a key or value but its token and position goes into the cross-attention's, so they are computed
// once and kept; and as everything is causal, latents can be computed a few rows at a time on top of the
// caches, with the same result as all at once.
#include "forward.h"
#include "rows.h"

#include <math.h>
#include <string.h>

size_t ario__rotary_pairs(const ario_config *config) {
  return (size_t)((double)(config->channels / config->heads) * config->rotary_fraction / 2);
}

void ario__workspace_carve(struct ario__workspace *work, const ario_config *config, size_t rows,
                           size_t threads, struct ario__arena *arena) {
  size_t channels = config->channels, pairs = ario__rotary_pairs(config);
  float **buffers[] = {&work->x, &work->h, &work->k, &work->v};
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
    *buffers[i] = ario__carve(arena, rows, channels * sizeof(float));
  work->cosines = ario__carve(arena, rows, pairs * sizeof(float));
  work->sines = ario__carve(arena, rows, pairs * sizeof(float));
  work->frequencies = ario__carve(arena, pairs, sizeof(double));
  work->scratch =
      ario__carve(arena, threads * ario__attention_scratch(channels / config->heads), sizeof(float));
}

void ario__tape_carve_shared(struct ario__tape *tape, const ario_config *config, size_t rows,
                             struct ario__arena *arena) {
  size_t row = config->channels * sizeof(float);
  *tape = (struct ario__tape){0};
  tape->z = tape->mid = tape->next = ario__carve(arena, rows, row);
  tape->h = tape->mixed = tape->g = ario__carve(arena, rows, row);
  tape->q = ario__carve(arena, rows, row);
  tape->wide = tape->active = ario__carve(arena, rows, row * config->mlp_widening);
}

void ario__workspace_prepare(struct ario__workspace *work, const ario_config *config) {
  ario__rotary_frequencies(work->frequencies, ario__rotary_pairs(config), config->rotary_base);
}

void ario__cache_carve(struct ario__cache *cache, const ario_config *config, size_t capacity,
                       struct ario__arena *arena) {
  cache->capacity = capacity;
  cache->keys = ario__carve(arena, capacity, config->channels * sizeof(float));
  cache->values = ario__carve(arena, capacity, config->channels * sizeof(float));
}

// ---- Linear layers ----

// to [rows, out] = from + x [rows, in] W^T + b; `to` may be `from`; NULL: 0
static void add_linear(struct ario__net *net, const struct ario__linear *linear, const float *x, size_t rows,
                       const float *from, float *to) {
  ario__product_run(net->gemm, net->pool,
                    &(struct ario__product){ARIO__NT, rows, linear->out, linear->in, 1, 1, x, linear->weight,
                                            to, linear->in, linear->in, linear->out, linear->bias, from});
}

// y [rows, out] = x [rows, in] W^T + b
static void linear(struct ario__net *net, const struct ario__linear *linear, const float *x, size_t rows,
                   float *y) {
  add_linear(net, linear, x, rows, NULL, y);
}

struct branch_job {
  const struct ario__dropout *dropout;
  size_t site, channels;
  const float *from; // [rows, channels]
  float *to;         // [rows, channels]
};

static void add_rows(void *context, size_t first, size_t rows) {
  const struct branch_job *job = context;
  size_t at = first * job->channels, count = rows * job->channels;
  ario__dropout_apply(job->dropout, job->site, first, job->to + at, rows, job->channels);
  for (size_t i = at; i < at + count; i++) job->to[i] += job->from[i];
}

// to [rows, out] = from + dropout(x [rows, in] W^T + b), what a block adds to the residual stream
static void add_branch(struct ario__net *net, const struct ario__linear *branch, const float *x, size_t rows,
                       size_t site, const float *from, float *to) {
  if (!net->dropout) {
    add_linear(net, branch, x, rows, from, to);
    return;
  }
  linear(net, branch, x, rows, to);
  ario__pool_run_rows(net->pool, add_rows, &(struct branch_job){net->dropout, site, branch->out, from, to},
                      rows);
}

// ---- The parts of a layer ----

static void norm(struct ario__net *net, const struct ario__norm *norm, const float *x, size_t rows,
                 float *y) {
  const ario_config *config = &net->model->config;
  ario__rows_norm(net->pool, y, x, norm, rows, config->channels, config->norm_eps);
}

static void rotate(struct ario__net *net, float *x, size_t rows) {
  const ario_config *config = &net->model->config;
  ario__rows_rotate(net->pool, x, net->work.cosines, net->work.sines, ario__rotary_pairs(config), rows,
                    config->heads, config->channels / config->heads);
}

void ario__forward_angles(struct ario__net *net, const size_t *positions, size_t position, size_t rows) {
  struct ario__workspace *work = &net->work;
  size_t pairs = ario__rotary_pairs(&net->model->config);
  ario__rows_angles(net->pool, work->cosines, work->sines, work->frequencies, pairs, positions, position,
                    rows);
}

void ario__forward_embed(struct ario__net *net, const ario_token *tokens, const size_t *positions,
                         size_t position, size_t rows) {
  size_t channels = net->model->config.channels;
  for (size_t r = 0; r < rows; r++) {
    float *x = net->work.x + r * channels;
    memcpy(x, net->model->params->embed + tokens[r] * channels, channels * sizeof *x);
    ario__dropout_apply(net->dropout, ARIO__SITE_EMBED, positions ? positions[r] : position + r, x, 1,
                        channels);
  }
}

struct store_job {
  struct ario__net *net;
  struct ario__cache *cache;
  size_t first;
};

// Row r of work.k and work.v goes into slot (first + r) modulo the capacity, head by head.
static void store_rows(void *context, size_t row, size_t rows) {
  const struct store_job *job = context;
  const struct ario__cache *cache = job->cache;
  const struct ario__workspace *work = &job->net->work;
  size_t heads = job->net->model->config.heads, channels = job->net->model->config.channels / heads;
  for (size_t r = row; r < row + rows; r++)
    for (size_t h = 0; h < heads; h++) {
      size_t place = (h * cache->capacity + (job->first + r) % cache->capacity) * channels;
      size_t source = (r * heads + h) * channels;
      memcpy(cache->keys + place, work->k + source, channels * sizeof(float));
      memcpy(cache->values + place, work->v + source, channels * sizeof(float));
    }
}

// Keys and values of h [rows, D] into the cache.
static void store_keys(struct ario__net *net, const struct ario__attention *attn, const float *h, size_t rows,
                       struct ario__cache *cache, size_t first) {
  linear(net, &attn->k, h, rows, net->work.k);
  linear(net, &attn->v, h, rows, net->work.v);
  rotate(net, net->work.k, rows);
  ario__pool_run_rows(net->pool, store_rows, &(struct store_job){net, cache, first}, rows);
}

struct ario__attention_job ario__forward_job(const struct ario__net *net, const struct ario__tape *tape,
                                             size_t rows, size_t position, const struct ario__cache *cache) {
  const ario_config *config = &net->model->config;
  return (struct ario__attention_job){.gemm = net->gemm,
                                      .heads = config->heads,
                                      .head_channels = config->channels / config->heads,
                                      .queries = tape->q,
                                      .rows = rows,
                                      .position = position,
                                      .keys = cache->keys,
                                      .values = cache->values,
                                      .capacity = cache->capacity,
                                      .out = tape->mixed,
                                      .lse = tape->lse,
                                      .scratch = net->work.scratch};
}

// mixed = attention(q(h), cache)
static void attend(struct ario__net *net, const struct ario__attention *attn, struct ario__tape *tape,
                   size_t rows, size_t position, const struct ario__cache *cache,
                   const struct ario__key_run *runs, size_t run_count) {
  linear(net, &attn->q, tape->h, rows, tape->q);
  rotate(net, tape->q, rows);
  struct ario__attention_job job = ario__forward_job(net, tape, rows, position, cache);
  job.run_count = run_count;
  memcpy(job.runs, runs, run_count * sizeof *runs);
  ario__attention_run(&job, net->pool);
}

// next = mid + down(activation(up(norm(mid)))) of a block
static void mlp(struct ario__net *net, const struct ario__mlp *mlp, size_t block, size_t rows) {
  struct ario__tape *tape = &net->tapes[block];
  norm(net, &mlp->norm, tape->mid, rows, tape->g);
  linear(net, &mlp->up, tape->g, rows, tape->wide);
  ario__rows_activate(net->pool, tape->active, tape->wide, net->model->config.activation, rows, mlp->up.out);
  add_branch(net, &mlp->down, tape->active, rows, ARIO__SITE_MLP(block), tape->mid, tape->next);
}

// ---- The pass ----

void ario__forward_tokens(struct ario__net *net, const ario_token *tokens, const size_t *positions,
                          size_t position, size_t rows, struct ario__cache *cross) {
  const struct ario__params *params = net->model->params;
  struct ario__workspace *work = &net->work;
  ario__forward_angles(net, positions, position, rows);
  ario__forward_embed(net, tokens, positions, position, rows);
  norm(net, &params->cross.norm_kv, work->x, rows, work->h);
  store_keys(net, &params->cross.attn, work->h, rows, cross, position);
}

// Positions oldest .. newest of a ring as runs of slots; returns how many runs.
static size_t ring_runs(size_t capacity, size_t oldest, size_t newest, struct ario__key_run runs[2]) {
  size_t count = newest - oldest + 1, slot = oldest % capacity;
  size_t before_end = capacity - slot < count ? capacity - slot : count;
  runs[0] = (struct ario__key_run){.slot = slot, .position = oldest, .count = before_end};
  runs[1] = (struct ario__key_run){.slot = 0, .position = oldest + before_end, .count = count - before_end};
  return runs[1].count ? 2 : 1;
}

void ario__forward_cross(struct ario__net *net, size_t rows, size_t position, const struct ario__cache *cross,
                         size_t oldest) {
  const struct ario__cross *params = &net->model->params->cross;
  struct ario__tape *tape = &net->tapes[0];
  struct ario__key_run runs[2];
  size_t run_count = ring_runs(cross->capacity, oldest, position + rows - 1, runs);
  norm(net, &params->norm_q, tape->z, rows, tape->h);
  attend(net, &params->attn, tape, rows, position, cross, runs, run_count);
  add_branch(net, &params->attn.out, tape->mixed, rows, ARIO__SITE_ATTENTION(0), tape->z, tape->mid);
  mlp(net, &params->mlp, 0, rows);
}

void ario__forward_layer(struct ario__net *net, size_t layer, size_t rows, size_t position,
                         struct ario__cache *cache, size_t cached) {
  const struct ario__layer *params = &net->model->params->layers[layer];
  size_t block = 1 + layer;
  struct ario__tape *tape = &net->tapes[block];
  struct ario__key_run run = {.slot = 0, .position = position - cached, .count = cached + rows};
  norm(net, &params->norm, tape->z, rows, tape->h);
  store_keys(net, &params->attn, tape->h, rows, cache, cached);
  attend(net, &params->attn, tape, rows, position, cache, &run, 1);
  add_branch(net, &params->attn.out, tape->mixed, rows, ARIO__SITE_ATTENTION(block), tape->z, tape->mid);
  mlp(net, &params->mlp, block, rows);
}

void ario__forward_latents(struct ario__net *net, const ario_token *tokens, size_t rows, size_t position,
                           const struct ario__cache *cross, size_t oldest, struct ario__cache *layers,
                           size_t cached) {
  ario__forward_angles(net, NULL, position, rows);
  ario__forward_embed(net, tokens, NULL, position, rows);
  linear(net, &net->model->params->query, net->work.x, rows, net->tapes[0].z);
  ario__forward_cross(net, rows, position, cross, oldest);
  for (size_t i = 0; i < net->model->config.layers; i++)
    ario__forward_layer(net, i, rows, position, &layers[i], cached);
}

void ario__forward_logits(struct ario__net *net, size_t first, size_t rows, float *logits) {
  const struct ario__params *params = net->model->params;
  const struct ario__tape *last = &net->tapes[net->model->config.layers];
  norm(net, &params->norm, last->next + first * net->model->config.channels, rows, net->work.h);
  linear(net, &params->logits, net->work.h, rows, logits);
}
