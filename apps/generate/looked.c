// SPDX-License-Identifier: MIT
//
// Reads the tokens again, and asks at each where the next one was looked for.
#include "apps/generate/looked.h"

#include <stdlib.h>
#include <string.h>

struct reading {
  const ario__looking *l;
  ario_session *session;
  size_t context;
  float *weights; // [context] of the tokens in the ring
  float *sums;    // [units] of the unit that is being written
};

static size_t unit_index(const struct reading *r, size_t token) {
  return r->l->units[token] - r->l->units[0];
}

// Adds what the token at `position` looked for when the next one was drawn.
static ario_status add(struct reading *r, size_t position) {
  size_t oldest = position + 1 > r->context ? position + 1 - r->context : 0;
  ario_status status = ario_session_attention(r->session, position, ARIO_ALL_HEADS, r->weights);
  for (size_t i = oldest; i <= position && !status; i++) r->sums[unit_index(r, i)] += r->weights[i - oldest];
  return status;
}

static ario_status read_on(struct reading *r, ario__looked_sink sink, void *context) {
  const ario__looking *l = r->l;
  size_t unit = l->units[l->prompt], tokens = 0;
  ario_status status = ario_session_feed(r->session, l->tokens, l->prompt);
  for (size_t next = l->prompt; next < l->count && !status; next++) {
    status = add(r, next - 1);
    if (!status) status = ario_session_feed(r->session, &l->tokens[next], 1);
    tokens++;
    if (next + 1 < l->count && l->units[next + 1] == unit) continue;
    size_t count = unit_index(r, next) + 1;
    for (size_t i = 0; i < count; i++) r->sums[i] /= (float)tokens;
    if (!status) sink(context, l->units[0], r->sums, count);
    memset(r->sums, 0, count * sizeof *r->sums);
    tokens = 0;
    if (next + 1 < l->count) unit = l->units[next + 1];
  }
  return status;
}

ario_status ario__looked(const ario__looking *looking, ario__looked_sink sink, void *context,
                         ario_error *error) {
  if (looking->prompt >= looking->count) return ARIO_OK;
  ario_session_options options = ario_session_options_default();
  options.latents = 1; // queries and keys alone are computed
  options.threads = looking->threads;
  options.precision = looking->precision;
  struct reading r = {.l = looking, .context = ario_model_config(looking->model)->max_context};
  ario_status status = ario_session_create(looking->model, &options, &r.session, error);
  if (!status) {
    r.weights = malloc(r.context * sizeof *r.weights);
    r.sums = calloc(unit_index(&r, looking->count - 1) + 1, sizeof *r.sums);
    status = r.weights && r.sums ? read_on(&r, sink, context) : ARIO_ERR_MEMORY;
    if (status) ario_fail(error, status, "%s", ario_strerror(status));
  }
  free(r.weights);
  free(r.sums);
  ario_session_free(r.session);
  return status;
}
