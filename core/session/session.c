// SPDX-License-Identifier: MIT
//
// Sessions: options, memory, feeding, logits. What is computed when is in lanes.c.
#include "core/base/sizes.h"
#include "core/model/model_internal.h"
#include "core/session/session_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ario_session_options ario_session_options_default(void) {
  return (ario_session_options){0};
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
  if (!options->latents) options->latents = ario__smaller(config->max_latents, options->context);
  if (!options->refill) options->refill = options->latents > 1 ? options->latents / 2 : 1;
  if (!options->threads) options->threads = 1;
  ario_status status = in_range("context", options->context, config->max_context, error);
  if (!status)
    status =
        in_range("latents", options->latents, ario__smaller(config->max_latents, options->context), error);
  if (!status) status = in_range("refill", options->refill, options->latents, error);
  if (!status) status = in_range("threads", options->threads, ARIO__MAX_THREADS, error);
  if (!status && options->kernels != ARIO_KERNELS_FAST && options->kernels != ARIO_KERNELS_PLAIN)
    status = ario_fail(error, ARIO_ERR_ARGUMENT, "kernels: %d is unknown", (int)options->kernels);
  if (!status && !ario_precision_name(options->precision))
    status = ario_fail(error, ARIO_ERR_ARGUMENT, "precision: %d is unknown", (int)options->precision);
  return status;
}

static void carve(ario_session *session, struct ario__arena *arena) {
  const ario_config *config = &session->model->config;
  ario__crew_carve(&session->crew, config, arena);
  ario__lane_carve(&session->lane, &session->crew, config, session->options.context, arena);
}

struct ario__crew ario__crew_of(const ario_session *session, size_t lanes) {
  const ario_session_options *o = &session->options;
  return (struct ario__crew){
      .net = {.model = session->model},
      .precision = o->precision,
      .micro = ario__micro_of(o->kernels),
      .context = o->context,
      .latents = o->latents,
      .refill = o->refill,
      .lanes_most = lanes,
  };
}

static ario_status measure(const ario_model *model, const ario_session_options *options,
                           ario_session *session, ario_error *error) {
  *session = (ario_session){.model = model};
  ario_status status = resolve(&model->config, options, &session->options, error);
  if (status) return status;
  session->crew = ario__crew_of(session, 1);
  struct ario__arena arena = {0};
  carve(session, &arena);
  session->block_size = arena.used;
  if (arena.overflow)
    return ario_fail(error, ARIO_ERR_LIMIT, "a session of %zu tokens is too large for any memory",
                     session->options.context);
  return ARIO_OK;
}

ario_status ario_session_bytes(const ario_model *model, const ario_session_options *options, size_t *bytes,
                               ario_error *error) {
  ario_session session;
  ario_status status = measure(model, options, &session, error);
  *bytes = status ? 0
                  : sizeof session + session.block_size +
                        ario__pool_bytes(session.options.threads, ario__crew_scratch(&model->config));
  return status;
}

ario_status ario_session_shared_bytes(const ario_model *model, ario_precision precision, size_t *bytes) {
  return ario__packed_bytes(model, precision, bytes);
}

ario_status ario_session_create(const ario_model *model, const ario_session_options *options,
                                ario_session **out, ario_error *error) {
  *out = NULL;
  if (!model->params->block) return ario__fail_unloaded(error);
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
    return ario_fail(error, ARIO_ERR_MEMORY,
                     "a session of %zu tokens needs %.0f MB; there is not enough memory",
                     measured.options.context, (double)measured.block_size / 1e6);
  }
  carve(session, &(struct ario__arena){.base = session->block});
  status = ario__crew_start(&session->crew, session->options.threads);
  if (status) {
    ario_session_free(session);
    return ario_fail(error, status, "a session with %zu threads: %s", measured.options.threads,
                     ario_strerror(status));
  }
  *out = session;
  return ARIO_OK;
}

ario_status ario_session_clone(const ario_session *session, ario_session **out) {
  ario_status status = ario_session_create(session->model, &session->options, out, NULL);
  if (!status)
    ario__lane_copy(&(*out)->lane, &session->lane, &session->model->config, session->options.context, 0);
  return status;
}

void ario_session_free(ario_session *session) {
  if (!session) return;
  ario__crew_stop(&session->crew);
  free(session->block);
  free(session);
}

void ario_session_reset(ario_session *session) {
  struct ario__lane *lane = &session->lane;
  lane->fed = lane->done = lane->cached = lane->ahead = lane->refills = 0;
}

size_t ario_session_length(const ario_session *session) {
  return session->lane.fed;
}

size_t ario_session_refills(const ario_session *session) {
  return session->lane.refills;
}

ario_status ario_session_feed(ario_session *session, const ario_token *tokens, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (tokens[i] >= session->model->config.vocab_size) return ARIO_ERR_ARGUMENT;
  size_t context = session->options.context;
  if (count > context) { // tokens that would leave the ring at once need not enter it
    session->lane.fed += count - context;
    tokens += count - context;
    count = context;
  }
  ario__lane_feed(&session->crew, &session->lane, tokens, count);
  return ARIO_OK;
}

ario_status ario_session_logits(ario_session *session, const float **logits) {
  struct ario__lane *lane = &session->lane;
  *logits = NULL;
  if (lane->fed == 0) return ARIO_ERR_STATE;
  ario__lanes_advance(&session->crew, &lane, 1);
  if (!ario__all_finite(lane->logits, session->model->config.vocab_size)) return ARIO_ERR_NUMBER;
  *logits = lane->logits;
  return ARIO_OK;
}

ario_status ario_session_forward(ario_session *session, size_t latents, float *logits) {
  if (latents < 1 || latents > session->options.latents ||
      latents > ario__lane_ring_count(&session->crew, &session->lane))
    return ARIO_ERR_ARGUMENT;
  ario__lane_forward(&session->crew, &session->lane, latents, logits);
  return ario__all_finite(logits, latents * session->model->config.vocab_size) ? ARIO_OK : ARIO_ERR_NUMBER;
}

ario_status ario_session_attention(ario_session *session, size_t position, size_t head, float *weights) {
  struct ario__lane *lane = &session->lane;
  size_t oldest = lane->fed - ario__lane_ring_count(&session->crew, lane);
  if (position < oldest || position >= lane->fed ||
      (head >= session->model->config.heads && head != ARIO_ALL_HEADS))
    return ARIO_ERR_ARGUMENT;
  ario__lane_attention(&session->crew, lane, position, head, weights);
  return ario__all_finite(weights, lane->fed - oldest) ? ARIO_OK : ARIO_ERR_NUMBER;
}
