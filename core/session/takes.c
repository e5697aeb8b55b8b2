// SPDX-License-Identifier: MIT
//
// Takes: a crew whose lanes begin where a session stands, and share its context up to the last whole tile.
#include "arioso/takes.h"
#include "core/model/model_internal.h"
#include "core/session/session_internal.h"

#include <stdlib.h>
#include <string.h>

struct ario_takes {
  struct ario__crew crew;
  size_t count;
  size_t until; // there is room for positions before this
  char *block;
  struct ario__lane *lanes; // [count]
  struct ario__lane **fed;  // [count] the lanes that are fed now
  bool *named;              // [count] whether a call names this take
};

static size_t shared_until(const ario_session *prompt) {
  return prompt->lane.fed / ARIO__TILE * ARIO__TILE;
}

// The positions that a lane must keep itself: all new ones and the rest of the last tile, but no more than
// the ring holds.
static size_t own_positions(const ario_session *prompt, size_t room) {
  size_t begun = prompt->lane.fed - shared_until(prompt), context = prompt->options.context;
  return room < context ? begun + room : context + ARIO__TILE;
}

static void carve(ario_takes *takes, const ario_session *prompt, size_t room, struct ario__arena *arena) {
  const ario_config *config = &prompt->model->config;
  ario__crew_carve(&takes->crew, config, arena);
  takes->lanes = ario__carve(arena, takes->count, sizeof *takes->lanes);
  takes->fed = ario__carve(arena, takes->count, sizeof *takes->fed);
  takes->named = ario__carve(arena, takes->count, sizeof *takes->named);
  for (size_t i = 0; i < takes->count; i++) {
    struct ario__lane lane = {.own_from = shared_until(prompt),
                              .shared = shared_until(prompt) ? &prompt->lane.own : NULL};
    ario__lane_carve(&lane, &takes->crew, config, own_positions(prompt, room), arena);
    if (takes->lanes) takes->lanes[i] = lane;
  }
}

static ario_status measure(const ario_session *prompt, size_t count, size_t room, ario_takes *takes,
                           size_t *bytes, ario_error *error) {
  *takes = (ario_takes){.crew = ario__crew_of(prompt, count), .count = count};
  if (count < 1 || count > ARIO_TAKES_MOST)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "takes: %zu is out of range; it goes from 1 to %d", count,
                     ARIO_TAKES_MOST);
  if (room < 1 || room > SIZE_MAX - prompt->lane.fed)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "room: %zu tokens are out of range", room);
  takes->until = prompt->lane.fed + room;
  struct ario__arena arena = {0};
  carve(takes, prompt, room, &arena);
  *bytes = arena.used;
  return arena.overflow ? ario_fail(error, ARIO_ERR_LIMIT, "%zu takes are too large for any memory", count)
                        : ARIO_OK;
}

ario_status ario_takes_bytes(const ario_session *prompt, size_t count, size_t room, size_t *bytes,
                             ario_error *error) {
  ario_takes takes;
  *bytes = 0;
  ario_status status = measure(prompt, count, room, &takes, bytes, error);
  if (!status)
    *bytes +=
        sizeof takes + ario__pool_bytes(prompt->options.threads, ario__crew_scratch(&prompt->model->config));
  return status;
}

ario_status ario_takes_create(ario_session *prompt, size_t count, size_t room, ario_takes **out,
                              ario_error *error) {
  *out = NULL;
  ario_takes measured;
  size_t bytes = 0;
  const float *logits;
  ario_status status = measure(prompt, count, room, &measured, &bytes, error);
  if (status) return status;
  status = ario_session_logits(prompt, &logits);
  if (status) return ario_fail(error, status, "the prompt: %s", ario_strerror(status));
  ario_takes *takes = malloc(sizeof *takes);
  if (takes) {
    *takes = measured;
    takes->block = ario__block(bytes);
  }
  if (!takes || !takes->block) {
    ario_takes_free(takes);
    return ario_fail(error, ARIO_ERR_MEMORY, "%zu takes need %.0f MB; there is not enough memory", count,
                     (double)bytes / 1e6);
  }
  carve(takes, prompt, room, &(struct ario__arena){.base = takes->block});
  status = ario__crew_start(&takes->crew, prompt->options.threads);
  if (status) {
    ario_takes_free(takes);
    return ario_fail(error, status, "takes: %s", ario_strerror(status));
  }
  for (size_t i = 0; i < count; i++)
    ario__lane_copy(&takes->lanes[i], &prompt->lane, &prompt->model->config, prompt->options.context,
                    shared_until(prompt));
  *out = takes;
  return ARIO_OK;
}

void ario_takes_free(ario_takes *takes) {
  if (!takes) return;
  ario__crew_stop(&takes->crew);
  free(takes->block);
  free(takes);
}

static ario_status check(ario_takes *takes, const size_t *which, const ario_token *tokens, size_t count) {
  ario_status status = ARIO_OK;
  memset(takes->named, 0, takes->count * sizeof *takes->named);
  for (size_t i = 0; i < count && !status; i++) {
    if (which[i] >= takes->count || takes->named[which[i]] ||
        tokens[i] >= takes->crew.net.model->config.vocab_size)
      return ARIO_ERR_ARGUMENT;
    takes->named[which[i]] = true;
    if (takes->lanes[which[i]].fed >= takes->until) status = ARIO_ERR_LIMIT;
  }
  return status;
}

ario_status ario_takes_feed(ario_takes *takes, const size_t *which, const ario_token *tokens, size_t count) {
  ario_status status = check(takes, which, tokens, count);
  if (status || !count) return status;
  for (size_t i = 0; i < count; i++) takes->fed[i] = &takes->lanes[which[i]];
  ario__lanes_feed(&takes->crew, takes->fed, tokens, count);
  ario__lanes_advance(&takes->crew, takes->fed, count);
  return ARIO_OK;
}

ario_status ario_takes_logits(const ario_takes *takes, size_t take, const float **logits) {
  *logits = NULL;
  if (take >= takes->count) return ARIO_ERR_ARGUMENT;
  const struct ario__lane *lane = &takes->lanes[take];
  if (!ario__all_finite(lane->logits, takes->crew.net.model->config.vocab_size)) return ARIO_ERR_NUMBER;
  *logits = lane->logits;
  return ARIO_OK;
}
