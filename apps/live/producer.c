// SPDX-License-Identifier: MIT
//
// A producer's thread, session, generator and tokens.
#include "apps/live/producer.h"
#include "apps/cli/stopwatch.h"
#include "apps/generate/token_room.h"

#include <stdlib.h>
#include <string.h>

static const double first_lead = 1;      // seconds of music that are ready before any of it sounds
static const double rest_length = 0.005; // seconds between looks at the stage

ario_status ario__producer_init(ario__producer *p, const ario__producer_options *options,
                                const ario__producer_kind *kind, void *product, const ario_token *tokens,
                                size_t count) {
  *p = (ario__producer){.options = *options, .kind = kind, .product = product, .state.take = 1};
  ario__worker_init(&p->worker);
  p->pace = ario__pace_of(options->model, &options->session, options->ahead);
  p->room = count + 4096;
  p->tokens = malloc(p->room * sizeof *p->tokens);
  if (!p->tokens) return ARIO_ERR_MEMORY;
  memcpy(p->tokens, tokens, count * sizeof *tokens);
  p->count = p->prompt_count = count;
  return ARIO_OK;
}

bool ario__producer_append(ario__producer *p, ario_token token) {
  if (!ario__make_token_room(&p->tokens, p->count, &p->room)) return false;
  p->tokens[p->count++] = token;
  ario__worker_lock(&p->worker);
  p->state.tokens++;
  ario__worker_unlock(&p->worker);
  return true;
}

const ario_token *ario__producer_new(const ario__producer *p, size_t *count) {
  *count = p->count - p->prompt_count;
  return p->tokens + p->prompt_count;
}

// Opens a session at the present pace and moves the generator to it.
static ario_status open_session(ario__producer *p, ario_error *error) {
  ario_status status = ario__pace_open(&p->pace, p->tokens, p->count, &p->session, error);
  if (!status) p->unread = p->count - ario_session_length(p->session);
  if (!status && p->generator) ario_generator_move(p->generator, p->session, NULL);
  ario__worker_lock(&p->worker);
  p->state.refills = p->pace.refills;
  p->state.latents = p->pace.latents;
  p->state.latents_least = p->pace.latents_least;
  p->state.changes = p->pace.changes;
  ario__worker_unlock(&p->worker);
  return status;
}

ario_status ario__producer_open(ario__producer *p, size_t take, const ario_chain *chain, ario_error *error) {
  ario_generator_free(p->generator);
  p->generator = NULL;
  bool stands = p->session && ario_session_length(p->session) + p->unread == p->count;
  ario_status status = stands ? ARIO_OK : open_session(p, error);
  if (status) return status;
  ario_generator_options options = ario_generator_options_default();
  options.session = p->session;
  options.sampling = p->options.sampling;
  options.sampling.seed += take - 1;
  options.chain = chain;
  return ario_generator_create(&options, &p->generator, error);
}

// ---- The thread ----

static double look_ahead(ario__producer *p) {
  double lead = p->kind->lead(p->product);
  double enough = p->options.ahead < first_lead ? p->options.ahead : first_lead;
  ario__worker_lock(&p->worker);
  p->state.ahead = lead;
  if (lead >= enough || p->state.done) p->state.ready = true;
  ario__worker_unlock(&p->worker);
  return lead;
}

static ario_status begin_take(ario__producer *p) {
  ario__worker_lock(&p->worker);
  size_t take = ++p->state.take;
  p->another = p->state.done = false;
  ario__worker_unlock(&p->worker);
  return p->kind->begin_take(p->product, take);
}

// There is enough music: rests for a moment, and may go back to more latents.
static ario_status rest(ario__producer *p, double lead) {
  ario__sleep(rest_length);
  p->spent = 0;
  return ario__pace_rest(&p->pace, p->kind->made(p->product), lead) ? open_session(p, NULL) : ARIO_OK;
}

static ario_status work(ario__producer *p, double lead, ario_error *error) {
  bool done = false, timed = ario__stage_is_timed(p->options.stage);
  ario_status status = p->kind->work(p->product, lead, &done, error);
  if (status) return status;
  double made = p->kind->made(p->product), spent = p->spent;
  p->spent = 0;
  ario__worker_lock(&p->worker);
  p->state.made = made;
  p->state.done = done;
  ario__worker_unlock(&p->worker);
  return timed && ario__pace_judge(&p->pace, spent, made, lead) ? open_session(p, NULL) : ARIO_OK;
}

static ario_status produce(ario__producer *p, ario_error *error) {
  ario_status status = ARIO_OK;
  while (!status && !p->worker.quit) {
    ario__worker_lock(&p->worker);
    bool another = p->another, done = p->state.done && !another;
    ario__worker_unlock(&p->worker);
    if (another) status = begin_take(p);
    if (status) return status;
    double lead = look_ahead(p);
    status = done || lead >= p->options.ahead ? rest(p, lead) : work(p, lead, error);
  }
  return status;
}

static void *run(void *context) {
  ario__producer *p = context;
  ario_error error = {""};
  ario_status status = produce(p, &error);
  ario__worker_lock(&p->worker);
  p->state.status = status;
  p->state.error = error;
  p->state.ready = true;
  ario__worker_unlock(&p->worker);
  return NULL;
}

// ---- For the thread of the user interface ----

ario_status ario__producer_start(ario__producer *p, ario_error *error) {
  return ario__worker_start(&p->worker, run, p, "generate with", error);
}

void ario__producer_another(ario__producer *p) {
  ario__worker_lock(&p->worker);
  p->another = true;
  ario__worker_unlock(&p->worker);
}

ario__producer_state ario__producer_look(ario__producer *p) {
  ario__worker_lock(&p->worker);
  ario__producer_state state = p->state;
  ario__worker_unlock(&p->worker);
  return state;
}

void ario__producer_stop(ario__producer *p) {
  if (ario__worker_stop(&p->worker)) p->state.refills += ario_session_refills(p->session);
}

void ario__producer_free(ario__producer *p) {
  if (!p->tokens && !p->product) return;
  ario__worker_free(&p->worker);
  ario_generator_free(p->generator);
  ario_session_free(p->session);
  free(p->tokens);
}
