// SPDX-License-Identifier: MIT
//
// Sessions: the ring of the context, the caches, and when which latents are computed.
#include "arioso/session.h"
#include "forward.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 128 }; // positions that are computed at a time

struct ario_session {
  const ario_model *model;
  ario_session_options options; // with every default resolved
  struct ario__net net;

  // One block holds all that follows by pointer.
  char *block;
  size_t block_size;
  ario_token *ring;           // [context] the token at position p is in slot p % context
  struct ario__cache cross;   // of the ring's tokens, slots likewise
  struct ario__cache *layers; // [L] of the latents at positions done - cached .. done - 1
  float *logits;              // [V] of the newest token, if done == fed

  size_t fed;    // tokens since the reset
  size_t done;   // positions up to which latents have been computed
  size_t cached; // latents in the layer caches
  size_t refills;
};

ario_session_options ario_session_options_default(void) {
  return (ario_session_options){0};
}

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

static ario_status in_range(const char *name, size_t value, size_t most, ario_error *error) {
  if (value >= 1 && value <= most) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_ARGUMENT, "%s: %zu is out of range; it goes from 1 to %zu", name, value,
                   most);
}

static ario_status resolve(const ario_config *config, const ario_session_options *wanted,
                           ario_session_options *options, ario_error *error) {
  *options = wanted ? *wanted : ario_session_options_default();
  if (!options->context) options->context = config->max_context;
  if (!options->latents) options->latents = smaller(config->max_latents, options->context);
  if (!options->refill) options->refill = options->latents > 1 ? options->latents / 2 : 1;
  if (!options->threads) options->threads = 1;
  ario_status status = in_range("context", options->context, config->max_context, error);
  if (!status)
    status = in_range("latents", options->latents, smaller(config->max_latents, options->context), error);
  if (!status) status = in_range("refill", options->refill, options->latents, error);
  if (!status) status = in_range("threads", options->threads, ARIO__MAX_THREADS, error);
  if (!status && options->kernels != ARIO_KERNELS_FAST && options->kernels != ARIO_KERNELS_PLAIN)
    status =
        ario_fail(error, ARIO_ERR_ARGUMENT, "kernels: there are none of number %d", (int)options->kernels);
  return status;
}

// Lays out the block, behind arena->base if that is not NULL. The layers' structs are part of the block.
static void carve(ario_session *session, struct ario__arena *arena) {
  const ario_config *config = &session->model->config;
  const ario_session_options *options = &session->options;
  session->ring = ario__carve(arena, options->context, sizeof *session->ring);
  session->logits = ario__carve(arena, config->vocab_size, sizeof *session->logits);
  session->layers = ario__carve(arena, config->layers, sizeof *session->layers);
  ario__cache_carve(&session->cross, config, options->context, arena);
  for (size_t i = 0; i < config->layers; i++) {
    struct ario__cache unused; // while measuring there are no layers to write to
    ario__cache_carve(session->layers ? &session->layers[i] : &unused, config, options->latents, arena);
  }
  ario__workspace_carve(&session->net.work, config, ROWS, options->threads, arena);
  struct ario__tape tape;
  ario__tape_carve_shared(&tape, config, ROWS, arena);
  session->net.tapes = ario__carve(arena, 1 + config->layers, sizeof tape);
  for (size_t i = 0; session->net.tapes && i <= config->layers; i++) session->net.tapes[i] = tape;
}

static ario_status measure(const ario_model *model, const ario_session_options *options,
                           ario_session *session, ario_error *error) {
  *session = (ario_session){.model = model};
  ario_status status = resolve(&model->config, options, &session->options, error);
  if (status) return status;
  struct ario__arena arena = {0};
  carve(session, &arena);
  session->block_size = arena.used;
  if (arena.overflow)
    return ario_fail(error, ARIO_ERR_LIMIT, "a session of %zu tokens would be larger than any memory",
                     session->options.context);
  return ARIO_OK;
}

ario_status ario_session_bytes(const ario_model *model, const ario_session_options *options, size_t *bytes,
                               ario_error *error) {
  ario_session session;
  ario_status status = measure(model, options, &session, error);
  *bytes = status ? 0 : sizeof session + session.block_size;
  return status;
}

ario_status ario_session_create(const ario_model *model, const ario_session_options *options,
                                ario_session **out, ario_error *error) {
  *out = NULL;
  ario_session measured;
  ario_status status = measure(model, options, &measured, error);
  if (status) return status;
  ario_session *session = malloc(sizeof *session);
  if (session) {
    *session = measured;
    session->block = ario__block(session->block_size);
  }
  if (!session || !session->block) {
    ario_session_free(session);
    return ario_fail(error, ARIO_ERR_MEMORY, "a session of %zu tokens takes %.0f MB, more than there is",
                     measured.options.context, (double)measured.block_size / 1e6);
  }
  carve(session, &(struct ario__arena){.base = session->block});
  session->net.gemm = ario__gemm_of(session->options.kernels, session->options.precision);
  status = ario__pool_create(session->options.threads, session->net.gemm->scratch, &session->net.pool);
  if (status) {
    ario_session_free(session);
    return ario_fail(error, status, "%zu threads cannot be started", measured.options.threads);
  }
  session->net.model = model;
  ario__workspace_prepare(&session->net.work, &model->config);
  *out = session;
  return ARIO_OK;
}

// Copies what the newest tokens have left in a cache: the first `used` slots of each head.
static void copy_cache(struct ario__cache *to, const struct ario__cache *from, const ario_config *config,
                       size_t used) {
  size_t channels = config->channels / config->heads;
  for (size_t h = 0; h < config->heads; h++) {
    size_t place = h * from->capacity * channels;
    memcpy(to->keys + place, from->keys + place, used * channels * sizeof(float));
    memcpy(to->values + place, from->values + place, used * channels * sizeof(float));
  }
}

ario_status ario_session_clone(const ario_session *session, ario_session **out) {
  ario_status status = ario_session_create(session->model, &session->options, out, NULL);
  if (status) return status;
  ario_session *clone = *out;
  const ario_config *config = &session->model->config;
  size_t held = smaller(session->fed, session->options.context);
  memcpy(clone->ring, session->ring, held * sizeof *clone->ring);
  memcpy(clone->logits, session->logits, config->vocab_size * sizeof *clone->logits);
  copy_cache(&clone->cross, &session->cross, config, held);
  for (size_t i = 0; i < config->layers; i++)
    copy_cache(&clone->layers[i], &session->layers[i], config, session->cached);
  clone->fed = session->fed;
  clone->done = session->done;
  clone->cached = session->cached;
  clone->refills = session->refills;
  return ARIO_OK;
}

void ario_session_free(ario_session *session) {
  if (!session) return;
  ario__pool_free(session->net.pool);
  free(session->block);
  free(session);
}

void ario_session_reset(ario_session *session) {
  session->fed = session->done = session->cached = session->refills = 0;
}

size_t ario_session_length(const ario_session *session) {
  return session->fed;
}

size_t ario_session_refills(const ario_session *session) {
  return session->refills;
}

// Tokens in the ring: the newest ones.
static size_t ring_count(const ario_session *session) {
  return smaller(session->fed, session->options.context);
}

ario_status ario_session_feed(ario_session *session, const ario_token *tokens, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (tokens[i] >= session->model->config.vocab_size) return ARIO_ERR_ARGUMENT;
  size_t context = session->options.context;
  if (count > context) { // what would leave the ring at once need not enter it
    session->fed += count - context;
    tokens += count - context;
    count = context;
  }
  while (count) {
    size_t rows = smaller(smaller(count, ROWS), context);
    for (size_t i = 0; i < rows; i++) session->ring[(session->fed + i) % context] = tokens[i];
    ario__forward_tokens(&session->net, tokens, NULL, session->fed, rows, &session->cross);
    session->fed += rows;
    tokens += rows;
    count -= rows;
  }
  return ARIO_OK;
}

// Computes the newest `count` latents on top of those in the caches (which are at the positions just before),
// some rows at a time; their logits go to `logits` [count, V] or, if that is NULL, only the last row's to the
// session's.
static void compute_latents(ario_session *session, size_t count, float *logits) {
  size_t context = session->options.context, vocab = session->model->config.vocab_size;
  size_t oldest = session->fed - ring_count(session);
  ario_token tokens[ROWS];
  session->done = session->fed - count;
  for (size_t rows; session->done < session->fed; session->done += rows) {
    rows = smaller(session->fed - session->done, ROWS);
    for (size_t i = 0; i < rows; i++) tokens[i] = session->ring[(session->done + i) % context];
    ario__forward_latents(&session->net, tokens, rows, session->done, &session->cross, oldest,
                          session->layers, session->cached);
    session->cached += rows;
    if (logits) {
      ario__forward_logits(&session->net, 0, rows, logits);
      logits += rows * vocab;
    } else if (session->done + rows == session->fed) {
      ario__forward_logits(&session->net, rows - 1, 1, session->logits);
    }
  }
}

static bool all_finite(const float *x, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!isfinite(x[i])) return false;
  return true;
}

ario_status ario_session_logits(ario_session *session, const float **logits) {
  *logits = NULL;
  if (session->fed == 0) return ARIO_ERR_STATE;
  size_t missing = session->fed - session->done;
  bool room = session->cached && session->cached + missing <= session->options.latents;
  if (missing && !room) {
    if (session->cached) session->refills++;
    session->cached = 0;
    missing = smaller(session->options.refill, ring_count(session));
  }
  if (missing) compute_latents(session, missing, NULL);
  if (!all_finite(session->logits, session->model->config.vocab_size)) return ARIO_ERR_NUMBER;
  *logits = session->logits;
  return ARIO_OK;
}

ario_status ario_session_forward(ario_session *session, size_t latents, float *logits) {
  size_t vocab = session->model->config.vocab_size;
  if (latents < 1 || latents > session->options.latents || latents > ring_count(session))
    return ARIO_ERR_ARGUMENT;
  session->cached = 0;
  compute_latents(session, latents, logits);
  memcpy(session->logits, logits + (latents - 1) * vocab, vocab * sizeof *logits);
  return all_finite(logits, latents * vocab) ? ARIO_OK : ARIO_ERR_NUMBER;
}
