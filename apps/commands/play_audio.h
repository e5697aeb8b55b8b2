// SPDX-License-Identifier: MIT
//
// arioso play with a sound file.
#ifndef ARIO_APPS_PLAY_AUDIO_H
#define ARIO_APPS_PLAY_AUDIO_H

#include "apps/live/live.h"

typedef struct ario__play_audio {
  ario__live *live; // its options are settled, nothing is open
  const char *input, *output, *audio_codec, *from, *to;
  double seconds; // of new sound; INFINITY: without end
  double ahead;
  bool alone; // without the file itself
} ario__play_audio;

// Returns the exit status; if that is not ARIO__DONE, it has said why.
int ario__play_audio_run(const ario__play_audio *how);

#endif
