// SPDX-License-Identifier: MIT
//
// The forward pass of Perceiver AR (Hawthorne et al. 2022, arXiv 2202.07765):
//
//   x      = embed[tokens] + waves(position)                 [N, D]   every position of the context
//   z      = query(x[N-M:])                                  [M, D]   the newest M: the latents
//   z     += cross.attn(cross.norm_q(z), cross.norm_kv(x))            causal: position p sees keys <= p
//   z     += cross.mlp(z)
//   for each layer:
//     h    = norm(z)
//     z   += attn(h, h)                                               causal over the latents
//     z   += mlp(z)
//   logits = logits(norm(z))                                 [M, V]   position p predicts token p + 1
//
//   mlp(z)    = down(activation(up(mlp.norm(z))))
//   linear(x) = x W^T + b
//   attention: H heads, scores / sqrt(C); queries and keys are rotated by position, which counts from 0
//              at the first context token
//
// Rotation tells a query how far away a key is, not where either of them is. To find something beyond the
// latents by its place, not its distance, a model needs the waves. Most models have none.
//
// Keys and values of the cross-attention depend only on a token and its position, so they are computed once
// and kept. As everything is causal, latents can be computed a few rows at a time on top of the caches, with
// the same result as all at once.
#include "core/model/forward.h"
#include "core/math/rows.h"

#include <math.h>
#include <string.h>

size_t ario__rotary_pairs(const ario_config *config) {
  return (size_t)((double)(config->channels / config->heads) * config->rotary_fraction / 2);
}

const struct ario__activation *ario__activation_of(const ario_config *config) {
  return config->activation == ARIO_GELU ? &ario__gelu : &ario__squared_relu;
}

void ario__workspace_carve(struct ario__workspace *work, const ario_config *config, size_t rows,
                           struct ario__arena *arena) {
  size_t channels = config->channels, pairs = ario__rotary_pairs(config);
  float **buffers[] = {&work->x, &work->h, &work->k, &work->v};
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
    *buffers[i] = ario__carve(arena, rows, channels * sizeof(float));
  work->cosines = ario__carve(arena, rows, pairs * sizeof(float));
  work->sines = ario__carve(arena, rows, pairs * sizeof(float));
  work->frequencies = ario__carve(arena, pairs, sizeof(double));
}

void ario__trace_carve_shared(struct ario__trace *trace, const ario_config *config, size_t rows,
                              struct ario__arena *arena) {
  size_t row = config->channels * sizeof(float);
  *trace = (struct ario__trace){0};
  trace->z = trace->mid = trace->next = ario__carve(arena, rows, row);
  trace->h = trace->mixed = trace->g = ario__carve(arena, rows, row);
  trace->q = ario__carve(arena, rows, row);
  trace->wide = trace->active = ario__carve(arena, rows, row * config->mlp_widening);
}

void ario__workspace_prepare(struct ario__workspace *work, const ario_config *config) {
  ario__rotary_frequencies(work->frequencies, ario__rotary_pairs(config), config->rotary_base);
}

// ---- The parts of a block ----

static void linear(struct ario__forward *net, const struct ario__linear *linear, const float *x, size_t rows,
                   float *to) {
  net->backend->linears(net, &(struct ario__use){linear, x, NULL, to}, 1, rows);
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

// to [rows, out] = from + dropout(x [rows, in] W^T + b): what a block adds to the residual stream
static void add_branch(struct ario__forward *net, const struct ario__linear *branch, const float *x,
                       size_t rows, size_t site, const float *from, float *to) {
  if (!net->dropout) {
    net->backend->linears(net, &(struct ario__use){branch, x, from, to}, 1, rows);
    return;
  }
  linear(net, branch, x, rows, to);
  ario__pool_run_rows(net->pool, add_rows, &(struct branch_job){net->dropout, site, branch->out, from, to},
                      rows);
}

static void norm(struct ario__forward *net, const struct ario__norm *norm, const float *x, size_t rows,
                 float *y) {
  const ario_config *config = &net->model->config;
  ario__rows_norm(net->pool, y, x, norm, rows, config->channels, config->norm_eps);
}

static void rotate(struct ario__forward *net, float *x, size_t rows) {
  const ario_config *config = &net->model->config;
  ario__rows_rotate(net->pool, x, net->work.cosines, net->work.sines, ario__rotary_pairs(config), rows,
                    config->heads, config->channels / config->heads);
}

void ario__forward_angles(struct ario__forward *net, const size_t *positions, size_t position, size_t rows) {
  struct ario__workspace *work = &net->work;
  size_t pairs = ario__rotary_pairs(&net->model->config);
  ario__rows_angles(net->pool, work->cosines, work->sines, work->frequencies, pairs, positions, position,
                    rows);
}

void ario__forward_embed(struct ario__forward *net, const ario_token *tokens, const size_t *positions,
                         size_t position, size_t rows) {
  size_t channels = net->model->config.channels;
  for (size_t r = 0; r < rows; r++) {
    float *x = net->work.x + r * channels;
    size_t at = positions ? positions[r] : position + r;
    ario__tensor_copy(net->model->params->embed_slot, tokens[r], 1, x);
    ario__add_waves(x, net->model->config.position_waves, at);
    ario__dropout_apply(net->dropout, ARIO__SITE_EMBED, at, x, 1, channels);
  }
}

// next = mid + down(activation(up(norm(mid)))) of a block
static void mlp(struct ario__forward *net, const struct ario__mlp *mlp, size_t block, size_t rows) {
  struct ario__trace *trace = &net->traces[block];
  norm(net, &mlp->norm, trace->mid, rows, trace->g);
  linear(net, &mlp->up, trace->g, rows, trace->wide);
  ario__rows_activate(net->pool, trace->active, trace->wide, ario__activation_of(&net->model->config), rows,
                      mlp->up.out);
  add_branch(net, &mlp->down, trace->active, rows, ARIO__SITE_MLP(block), trace->mid, trace->next);
}

// q = the rotated queries of norm(z); a layer's keys and values are stored.
static void project(struct ario__forward *net, const struct ario__norm *before,
                    const struct ario__attention *attn, size_t block, size_t rows) {
  struct ario__trace *trace = &net->traces[block];
  struct ario__workspace *work = &net->work;
  norm(net, before, trace->z, rows, trace->h);
  const struct ario__use uses[] = {{&attn->q, trace->h, NULL, trace->q},
                                   {&attn->k, trace->h, NULL, work->k},
                                   {&attn->v, trace->h, NULL, work->v}};
  net->backend->linears(net, uses, block ? 3 : 1, rows); // the cross-attention's keys are the tokens'
  rotate(net, trace->q, rows);
  if (block) {
    rotate(net, work->k, rows);
    net->backend->store(net, block, rows);
  }
}

// mid = z + out(attention(norm(z)))
static void attend(struct ario__forward *net, const struct ario__norm *before,
                   const struct ario__attention *attn, size_t block, size_t rows) {
  struct ario__trace *trace = &net->traces[block];
  project(net, before, attn, block, rows);
  net->backend->attend(net, block, rows);
  add_branch(net, &attn->out, trace->mixed, rows, ARIO__SITE_ATTENTION(block), trace->z, trace->mid);
}

// ---- The pass ----

void ario__forward_tokens(struct ario__forward *net, const ario_token *tokens, const size_t *positions,
                          size_t position, size_t rows) {
  const struct ario__cross *cross = &net->model->params->cross;
  struct ario__workspace *work = &net->work;
  ario__forward_angles(net, positions, position, rows);
  ario__forward_embed(net, tokens, positions, position, rows);
  norm(net, &cross->norm_kv, work->x, rows, work->h);
  const struct ario__use uses[] = {{&cross->attn.k, work->h, NULL, work->k},
                                   {&cross->attn.v, work->h, NULL, work->v}};
  net->backend->linears(net, uses, 2, rows);
  rotate(net, work->k, rows);
  net->backend->store(net, 0, rows);
}

void ario__forward_block(struct ario__forward *net, size_t block, size_t rows) {
  const struct ario__params *params = net->model->params;
  const struct ario__cross *cross = &params->cross;
  const struct ario__layer *layer = &params->layers[block ? block - 1 : 0];
  attend(net, block ? &layer->norm : &cross->norm_q, block ? &layer->attn : &cross->attn, block, rows);
  mlp(net, block ? &layer->mlp : &cross->mlp, block, rows);
}

// z = query(x)
static void begin_latents(struct ario__forward *net, const ario_token *tokens, const size_t *positions,
                          size_t position, size_t rows) {
  ario__forward_angles(net, positions, position, rows);
  ario__forward_embed(net, tokens, positions, position, rows);
  linear(net, &net->model->params->query, net->work.x, rows, net->traces[0].z);
}

void ario__forward_queries(struct ario__forward *net, const ario_token *tokens, const size_t *positions,
                           size_t position, size_t rows) {
  const struct ario__cross *cross = &net->model->params->cross;
  begin_latents(net, tokens, positions, position, rows);
  project(net, &cross->norm_q, &cross->attn, 0, rows);
}

void ario__forward_latents(struct ario__forward *net, const ario_token *tokens, const size_t *positions,
                           size_t position, size_t rows) {
  begin_latents(net, tokens, positions, position, rows);
  for (size_t block = 0; block <= net->model->config.layers; block++) ario__forward_block(net, block, rows);
}

void ario__forward_logits(struct ario__forward *net, size_t first, size_t rows, float *logits) {
  const struct ario__params *params = net->model->params;
  const struct ario__trace *last = &net->traces[net->model->config.layers];
  norm(net, &params->norm, last->next + first * net->model->config.channels, rows, net->work.h);
  linear(net, &params->logits, net->work.h, rows, logits);
}
