// SPDX-License-Identifier: MIT
//
// The loop of generation: logits, what is allowed, a draw, and the token back into the session or the takes.
#include "arioso/generator.h"
#include "core/base/memory.h"
#include "core/model/model_internal.h"
#include "core/session/session_internal.h"

#include <math.h>
#include <stdlib.h>

struct voice {
  ario_sampler *sampler;
  ario_chain chain;
  double cost; // nats
  bool ended;
};

struct ario_generator {
  ario_session *session;
  ario_takes *takes; // NULL: one voice, which continues in the session
  size_t count, vocab_size;
  struct voice *voices; // [count]
  bool measure;
  bool *allowed;      // [vocab_size], then room for what the grammar alone allows
  size_t *which;      // [count] voices that are fed in this step
  ario_token *tokens; // [count] and their tokens
};

ario_generator_options ario_generator_options_default(void) {
  return (ario_generator_options){.voices = 1, .room = SIZE_MAX, .sampling = ario_sampler_options_default()};
}

static bool needs_takes(const ario_generator_options *options) {
  return options->voices > 1 || options->keep;
}

static size_t room_of(const ario_generator_options *options) {
  size_t most = SIZE_MAX - ario_session_length(options->session);
  return options->room < most ? options->room : most;
}

ario_status ario_generator_bytes(const ario_generator_options *options, size_t *bytes, ario_error *error) {
  *bytes = 0;
  if (!needs_takes(options)) return ARIO_OK;
  return ario_takes_bytes(options->session, options->voices, room_of(options), bytes, error);
}

static ario_status take_memory(ario_generator *g, ario_error *error) {
  g->voices = calloc(g->count, sizeof *g->voices);
  g->which = calloc(g->count, sizeof *g->which);
  g->tokens = calloc(g->count, sizeof *g->tokens);
  g->allowed = calloc(2 * g->vocab_size, sizeof *g->allowed);
  if (g->voices && g->which && g->tokens && g->allowed) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
}

static ario_status open_voices(ario_generator *g, const ario_generator_options *options, ario_error *error) {
  ario_status status = take_memory(g, error);
  ario_sampler_options sampling = options->sampling;
  for (size_t i = 0; i < g->count && !status; i++) {
    sampling.seed = options->sampling.seed + i;
    status = ario_sampler_create(g->vocab_size, &sampling, &g->voices[i].sampler, error);
    if (options->chain) g->voices[i].chain = *options->chain;
    g->voices[i].ended = ario_chain_ended(&g->voices[i].chain);
  }
  if (!status && needs_takes(options))
    status = ario_takes_create(g->session, g->count, room_of(options), &g->takes, error);
  return status;
}

ario_status ario_generator_create(const ario_generator_options *options, ario_generator **out,
                                  ario_error *error) {
  *out = NULL;
  if (options->voices < 1 || options->voices > ARIO_TAKES_MOST)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "voices: %zu is out of range; it goes from 1 to %d",
                     options->voices, ARIO_TAKES_MOST);
  ario_generator *g = calloc(1, sizeof *g);
  if (!g) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  g->session = options->session;
  g->count = options->voices;
  g->measure = options->measure;
  g->vocab_size = options->session->model->config.vocab_size;
  ario_status status = open_voices(g, options, error);
  if (status)
    ario_generator_free(g);
  else
    *out = g;
  return status;
}

void ario_generator_free(ario_generator *g) {
  if (!g) return;
  for (size_t i = 0; g->voices && i < g->count; i++) ario_sampler_free(g->voices[i].sampler);
  ario_takes_free(g->takes);
  free(g->voices);
  free(g->which);
  free(g->tokens);
  free(g->allowed);
  free(g);
}

// ln of the sum of e^logits over the tokens that either marks.
static double log_sum(const float *logits, const bool *some, const bool *others, size_t vocab_size) {
  double most = -INFINITY, sum = 0;
  for (size_t i = 0; i < vocab_size; i++)
    if (some[i] || others[i]) most = fmax(most, logits[i]);
  for (size_t i = 0; i < vocab_size; i++)
    if (some[i] || others[i]) sum += exp(logits[i] - most);
  return most + log(sum);
}

// -ln of the share that allowed tokens have of what the grammar alone would leave.
static double cost_of(ario_generator *g, const struct voice *voice, const float *logits) {
  bool *alone = g->allowed + g->vocab_size;
  ario_constraint_allowed(&voice->chain.each[0], g->vocab_size, alone);
  return log_sum(logits, alone, g->allowed, g->vocab_size) -
         log_sum(logits, g->allowed, g->allowed, g->vocab_size);
}

static ario_status draw(ario_generator *g, size_t number, ario_token *token) {
  struct voice *voice = &g->voices[number];
  const float *logits;
  ario_status status =
      g->takes ? ario_takes_logits(g->takes, number, &logits) : ario_session_logits(g->session, &logits);
  if (status) return status;
  bool any = voice->chain.count > 0;
  if (any) ario_chain_allowed(&voice->chain, g->vocab_size, g->allowed);
  status = ario_sampler_draw(voice->sampler, logits, any ? g->allowed : NULL, token);
  if (!status && g->measure && voice->chain.count > 1) voice->cost += cost_of(g, voice, logits);
  return status;
}

ario_status ario_generator_step(ario_generator *g, ario_generator_sink sink, void *context, size_t *going) {
  *going = 0;
  for (size_t i = 0; i < g->count; i++) {
    struct voice *voice = &g->voices[i];
    if (voice->ended) continue;
    ario_token *token = &g->tokens[*going];
    ario_status status = draw(g, i, token);
    if (status) return status;
    voice->ended = !sink(context, i, token);
    ario_chain_feed(&voice->chain, token, 1);
    voice->ended = voice->ended || ario_chain_ended(&voice->chain);
    if (!voice->ended) g->which[(*going)++] = i;
  }
  if (!*going) return ARIO_OK;
  if (g->takes) return ario_takes_feed(g->takes, g->which, g->tokens, *going);
  return ario_session_feed(g->session, g->tokens, *going);
}

ario_status ario_generator_next(ario_generator *g, ario_token *token) {
  ario_status status = draw(g, 0, token);
  return status ? status : ario_generator_feed(g, token, 1);
}

ario_status ario_generator_feed(ario_generator *g, const ario_token *tokens, size_t count) {
  ario_chain_feed(&g->voices[0].chain, tokens, count);
  return ario_session_feed(g->session, tokens, count);
}

const ario_chain *ario_generator_chain(const ario_generator *g, size_t voice) {
  return &g->voices[voice].chain;
}

double ario_generator_cost(const ario_generator *g, size_t voice) {
  return g->voices[voice].cost;
}

void ario_generator_move(ario_generator *g, ario_session *session, const ario_chain *chain) {
  struct voice *voice = &g->voices[0];
  g->session = session;
  if (chain) voice->chain = *chain;
  voice->ended = ario_chain_ended(&voice->chain);
}
