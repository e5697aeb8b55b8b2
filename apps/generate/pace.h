// SPDX-License-Identifier: MIT
//
// Keeping ahead of what is heard. Who cannot thinks with fewer latents and computes fewer of them anew, step
// by step; and goes back when there has been enough for a while. A step is a session of its own, which
// whoever generates makes when it is told to.
#ifndef ARIO_APPS_PACE_H
#define ARIO_APPS_PACE_H

#include "arioso/session.h"

typedef struct ario__pace {
  const ario_model *model;
  ario_session_options session; // the most latents, threads, precision
  double ahead;                 // seconds that are to be kept ahead

  size_t level, levels;                   // 0: all latents
  double worked, patience, changed_at;    // seconds
  double judged_from;                     // seconds of the piece
  size_t latents, latents_least, changes; // in use; that ever were; times that they changed
  size_t refills;                         // of the sessions before the present one
} ario__pace;

ario__pace ario__pace_of(const ario_model *model, const ario_session_options *session, double ahead);

// Puts in the place of *session, which may be NULL, one of the present pace that has read all of tokens
// [count] that the model can see. Errors: those of ario_session_create, after which *session is what it was,
// and of ario_session_feed.
ARIO_NODISCARD ario_status ario__pace_open(ario__pace *pace, const ario_token *tokens, size_t count,
                                           ario_session **session, ario_error *error);

// After `spent` seconds of work: true if a new session is to be made. `made` is the second of the piece up to
// which it is made, `lead` how far that is ahead.
bool ario__pace_judge(ario__pace *pace, double spent, double made, double lead);

// After a rest, since there was enough: the same.
bool ario__pace_rest(ario__pace *pace, double made, double lead);

#endif
