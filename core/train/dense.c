// SPDX-License-Identifier: MIT
//
// The backend of training: products of fp32 weights, and fp32 caches.
#include "core/train/dense.h"

#include <string.h>

void ario__cache_carve(struct ario__cache *cache, const ario_config *config, size_t capacity,
                       struct ario__arena *arena) {
  cache->capacity = capacity;
  cache->keys = ario__carve(arena, capacity, config->channels * sizeof(float));
  cache->values = ario__carve(arena, capacity, config->channels * sizeof(float));
}

struct ario__cache *ario__dense_cache(const struct ario__forward *net, size_t block) {
  const struct ario__dense *dense = net->kept;
  return block ? &dense->layers[block - 1] : dense->cross;
}

enum { MOST_USES = 3 };

static void linears(struct ario__forward *net, const struct ario__use *uses, size_t count, size_t rows) {
  struct ario__product products[MOST_USES];
  for (size_t i = 0; i < count; i++) {
    const struct ario__linear *linear = uses[i].linear;
    products[i] = (struct ario__product){.kind = ARIO__NT,
                                         .m = rows,
                                         .n = linear->out,
                                         .k = linear->in,
                                         .alpha = 1,
                                         .beta = 1,
                                         .a = uses[i].x,
                                         .b = linear->weight,
                                         .c = uses[i].to,
                                         .lda = linear->in,
                                         .ldb = linear->in,
                                         .ldc = linear->out,
                                         .bias = linear->bias,
                                         .from = uses[i].from,
                                         .b_kept = ario__dense_weights(net, linear, false)};
  }
  ario__products_run(net->gemm, net->pool, products, count);
}

struct store_job {
  struct ario__forward *net;
  struct ario__cache *cache;
  size_t first;
};

// Copies row r of work.k and work.v into slot first + r, head by head.
static void store_rows(void *context, size_t row, size_t rows) {
  const struct store_job *job = context;
  const struct ario__cache *cache = job->cache;
  const struct ario__workspace *work = &job->net->work;
  size_t heads = job->net->model->config.heads, channels = job->net->model->config.channels / heads;
  for (size_t r = row; r < row + rows; r++)
    for (size_t h = 0; h < heads; h++) {
      size_t place = (h * cache->capacity + job->first + r) * channels, source = (r * heads + h) * channels;
      memcpy(cache->keys + place, work->k + source, channels * sizeof(float));
      memcpy(cache->values + place, work->v + source, channels * sizeof(float));
    }
}

static void store(struct ario__forward *net, size_t block, size_t rows) {
  const struct ario__dense *dense = net->kept;
  struct store_job job = {net, ario__dense_cache(net, block), block ? 0 : dense->slot};
  ario__pool_run_rows(net->pool, store_rows, &job, rows);
}

struct ario__attention_job ario__dense_job(const struct ario__forward *net, size_t block, size_t rows) {
  const ario_config *config = &net->model->config;
  const struct ario__dense *dense = net->kept;
  const struct ario__trace *trace = &net->traces[block];
  const struct ario__cache *cache = ario__dense_cache(net, block);
  struct ario__key_run latents = {0, dense->position, rows};
  struct ario__key_run context = {dense->oldest, dense->oldest, dense->position + rows - dense->oldest};
  return (struct ario__attention_job){.gemm = net->gemm,
                                      .heads = config->heads,
                                      .head_channels = config->channels / config->heads,
                                      .queries = trace->q,
                                      .rows = rows,
                                      .position = dense->position,
                                      .keys = cache->keys,
                                      .values = cache->values,
                                      .capacity = cache->capacity,
                                      .run = block ? latents : context, // the context's slots are positions
                                      .out = trace->mixed,
                                      .lse = trace->lse,
                                      .scratch = dense->scratch,
                                      .pool = net->pool};
}

static void attend(struct ario__forward *net, size_t block, size_t rows) {
  struct ario__attention_job job = ario__dense_job(net, block, rows);
  ario__attention_run(&job);
}

const struct ario__backend ario__dense_backend = {linears, store, attend};
