// SPDX-License-Identifier: MIT
//
// Decides when to use fewer latents, and when more.
#include "apps/generate/pace.h"
#include "apps/cli/stopwatch.h"

enum { LEVELS = 6, LEAST_LATENTS = 16 };

static const double judge_after = 0.4;  // seconds of work after which the speed is judged
static const double first_patience = 5; // seconds of being ahead before it goes back to more latents
static const double most_patience = 60;

// The session options of a level. Each level halves the latents; from level 1 on a refill computes a
// quarter of them instead of half.
static ario_session_options at_level(const ario__pace *pace, size_t level) {
  ario_session_options options = pace->session;
  const ario_config *config = ario_model_config(pace->model);
  size_t most = options.latents ? options.latents : config->max_latents;
  options.latents = most >> level;
  options.refill = level ? options.latents / 4 : 0;
  return options;
}

ario_status ario__pace_open(ario__pace *pace, const ario_token *tokens, size_t count, ario_session **session,
                            ario_error *error) {
  ario_session_options options = at_level(pace, pace->level);
  ario_session *made;
  ario_status status = ario_session_create(pace->model, &options, &made, error);
  if (status) return status;
  size_t most = ario_model_config(pace->model)->max_context, used = count < most ? count : most;
  status = ario_session_feed(made, tokens + count - used, used);
  pace->refills += *session ? ario_session_refills(*session) : 0;
  ario_session_free(*session);
  *session = made;
  return status ? ario_fail(error, status, "%s", ario_strerror(status)) : ARIO_OK;
}

static void note_latents(ario__pace *pace) {
  pace->latents = at_level(pace, pace->level).latents;
  if (pace->latents < pace->latents_least) pace->latents_least = pace->latents;
}

ario__pace ario__pace_of(const ario_model *model, const ario_session_options *session, double ahead) {
  ario__pace pace = {.model = model,
                     .session = *session,
                     .ahead = ahead,
                     .levels = 1,
                     .patience = first_patience,
                     .latents_least = SIZE_MAX};
  while (pace.levels < LEVELS && at_level(&pace, pace.levels).latents >= LEAST_LATENTS) pace.levels++;
  note_latents(&pace);
  return pace;
}

static bool change(ario__pace *pace, size_t level) {
  pace->changed_at = ario__seconds_now();
  pace->worked = 0;
  pace->level = level;
  pace->changes++;
  note_latents(pace);
  return true;
}

// True if more latents can be tried: it has been ahead for `patience` seconds, which
// grow with every failed try.
static bool goes_back(ario__pace *pace, double lead) {
  return pace->level && lead >= 0.9 * pace->ahead && ario__seconds_now() - pace->changed_at > pace->patience;
}

bool ario__pace_judge(ario__pace *pace, double spent, double made, double lead) {
  pace->worked += spent;
  if (goes_back(pace, lead)) return change(pace, pace->level - 1);
  if (pace->worked < judge_after) return false;
  double speed = (made - pace->judged_from) / pace->worked, now = ario__seconds_now();
  pace->worked = 0;
  pace->judged_from = made;
  if (speed > 1.1 || lead > 0.75 * pace->ahead || pace->level + 1 >= pace->levels) return false;
  if (now - pace->changed_at < 2 * pace->patience && pace->changed_at > 0 && pace->patience < most_patience)
    pace->patience *= 1.5;
  return change(pace, pace->level + 1);
}

bool ario__pace_rest(ario__pace *pace, double made, double lead) {
  pace->worked = 0;
  pace->judged_from = made;
  return goes_back(pace, lead) && change(pace, pace->level - 1);
}
