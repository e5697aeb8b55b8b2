// SPDX-License-Identifier: MIT
//
// The sounder: a producer of sound. It plays a recording and goes on with it: it generates codes, decodes them while
// what came before is heard, and hands sound to a stage with a tape. Where even the fewest latents are too slow, the
// stage waits.
#ifndef ARIO_APPS_SOUNDER_H
#define ARIO_APPS_SOUNDER_H

#include "apps/audio/recording.h"
#include "apps/live/producer.h"

typedef struct ario__sounder ario__sounder;

typedef struct ario__sounder_options {
  ario__producer_options producer;
  const ario__recording *recording; // has been heard
  bool alone;                       // without the recording itself
  double seconds;                   // of new sound; INFINITY: without end
} ario__sounder_options;

// Everything that the options point to must live as long as the sounder. Errors: those of ario__producer_open and of
// reading the file.
ARIO_NODISCARD ario_status ario__sounder_create(const ario__sounder_options *options, ario__sounder **out,
                                                ario_error *error);

// What starts, stops and watches it; its own. Its `made` counts seconds of new sound.
ario__producer *ario__sounder_producer(ario__sounder *sounder);

void ario__sounder_free(ario__sounder *sounder); // safe on NULL

#endif
