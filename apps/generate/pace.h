// SPDX-License-Identifier: MIT
//
// The pace of live generation. If generation falls behind what is heard, it uses fewer latents, level by
// level; once it has been ahead for a while, it goes back. Each level is a session of its own, which the
// producer opens when the pace says so.
#ifndef ARIO_APPS_PACE_H
#define ARIO_APPS_PACE_H

#include "arioso/session.h"

typedef struct ario__pace {
  const ario_model *model;
  ario_session_options session; // the most latents, threads, precision
  double ahead;                 // seconds to keep ahead of what is heard

  size_t level, levels;                   // the level in use (0: all latents), and how many there are
  double worked, patience, changed_at;    // seconds
  double judged_from;                     // second of the piece at which the measurement of speed began
  size_t latents, latents_least, changes; // in use now; the fewest so far; how often the number changed
  size_t refills;                         // of the sessions before the present one
} ario__pace;

ario__pace ario__pace_of(const ario_model *model, const ario_session_options *session, double ahead);

// Replaces *session, which may be NULL, by a session of the present level that has been fed the newest of
// tokens [count] that the model can see. Errors: those of ario_session_create, which leave *session as it
// was, and of ario_session_feed.
ARIO_NODISCARD ario_status ario__pace_open(ario__pace *pace, const ario_token *tokens, size_t count,
                                           ario_session **session, ario_error *error);

// Judges the speed after `spent` seconds of work. `made` is the second of the piece up to which music
// exists, `lead` the seconds of it that have not been heard. Returns true if the level has changed:
// then call ario__pace_open.
bool ario__pace_judge(ario__pace *pace, double spent, double made, double lead);

// The same after a rest, when there was enough music.
bool ario__pace_rest(ario__pace *pace, double made, double lead);

#endif
