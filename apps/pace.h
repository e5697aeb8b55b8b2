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
} ario__pace;

ario__pace ario__pace_of(const ario_model *model, const ario_session_options *session, double ahead);

// The session that is to be used now.
ario_session_options ario__pace_session(const ario__pace *pace);

// After `spent` seconds of work: true if a new session is to be made. `made` is the second of the piece up to
// which it is made, `lead` how far that is ahead.
bool ario__pace_judge(ario__pace *pace, double spent, double made, double lead);

// After a rest, since there was enough: the same.
bool ario__pace_rest(ario__pace *pace, double made, double lead);

#endif
