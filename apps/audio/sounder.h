// SPDX-License-Identifier: MIT
//
// The sounder: a producer of sound. It plays a recording and continues it: it generates codes, decodes them
// while the sound before them plays, and hands the sound to a stage with a tape. If even the fewest latents
// are too slow, the stage pauses until there is more.
#ifndef ARIO_APPS_SOUNDER_H
#define ARIO_APPS_SOUNDER_H

#include "apps/audio/recording.h"
#include "apps/live/producer.h"

typedef struct ario__sounder ario__sounder;

typedef struct ario__sounder_options {
  ario__producer_options producer;
  const ario__recording *recording; // after ario__recording_hear
  bool alone;                       // play the continuation without the recording
  double seconds;                   // length of the new sound; INFINITY: without end
} ario__sounder_options;

// Creates a sounder. Everything that the options point to must outlive it. Errors: those of
// ario__producer_open, ario__playback_open and ario__reel_open.
ARIO_NODISCARD ario_status ario__sounder_create(const ario__sounder_options *options, ario__sounder **out,
                                                ario_error *error);

// The producer that starts, stops and watches the sounder, which owns it. Its `made`
// counts seconds of new sound.
ario__producer *ario__sounder_producer(ario__sounder *sounder);

void ario__sounder_free(ario__sounder *sounder); // safe on NULL

#endif
