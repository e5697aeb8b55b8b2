// SPDX-License-Identifier: MIT
//
// The sounder: a thread that plays a recording and goes on with it. It generates codes, decodes them while
// what came before is heard, keeps some seconds ahead, and hands sound to a stage with a tape. Where it
// cannot keep ahead, it thinks with fewer latents (pace.h); where even that is too slow, the stage waits.
#ifndef ARIO_APPS_SOUNDER_H
#define ARIO_APPS_SOUNDER_H

#include "apps/audio/recording.h"
#include "apps/live/stage.h"
#include "arioso/sampler.h"
#include "arioso/session.h"

typedef struct ario__sounder ario__sounder;

typedef struct ario__sounder_options {
  const ario_model *model;
  ario_session_options session; // the most latents, threads, precision
  ario_sampler_options sampling;
  const ario__recording *recording; // has been heard
  bool alone;                       // without the recording itself
  double seconds;                   // of new sound; INFINITY: without end
  double ahead;                     // seconds that it keeps ahead of the stage
  ario__stage *stage;
} ario__sounder_options;

typedef struct ario__sounder_state {
  double ahead; // seconds that are ready and not performed yet
  double sound; // seconds of new sound
  size_t tokens;
  size_t latents, latents_least, changes; // pace.h
  size_t refills;
  size_t take; // from 1
  bool ready;  // enough is there to begin with
  bool done;   // all is made
  ario_status status;
  ario_error error; // where status is of the file
} ario__sounder_state;

// Everything that the options point to must live as long as the sounder. Errors: those of ario_session_create
// and of reading the file.
ARIO_NODISCARD ario_status ario__sounder_create(const ario__sounder_options *options, ario__sounder **out,
                                                ario_error *error);
ARIO_NODISCARD ario_status ario__sounder_start(ario__sounder *sounder, ario_error *error);

// Another continuation from here on, by the next seed; from the thread that started it.
void ario__sounder_another(ario__sounder *sounder);

ario__sounder_state ario__sounder_look(ario__sounder *sounder);

// Ends the thread. Safe to call again.
void ario__sounder_stop(ario__sounder *sounder);
void ario__sounder_free(ario__sounder *sounder); // safe on NULL

#endif
