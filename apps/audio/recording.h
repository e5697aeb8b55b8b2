// SPDX-License-Identifier: MIT
//
// A sound file that is to be continued: what a model hears of it.
#ifndef ARIO_APPS_RECORDING_H
#define ARIO_APPS_RECORDING_H

#include "arioso/audio.h"
#include "arioso/model.h"
#include "arioso/sound.h"

typedef struct ario__recording {
  // Wanted.
  const char *command, *input;
  const char *audio_codec; // a folder or name; NULL: the default one
  const char *from, *to;   // times, or NULL
  size_t threads;

  ario_audio_codec *codec;
  ario_codes codes; // the model's
  ario_sound_info info;
  uint64_t end; // frames of the file that are kept; the continuation begins there
  // What the model hears: the newest that it can see, and bos where that is all; whole frames that end at
  // `end`, less the codec's lookahead: what was not heard to its end is the model's to tell.
  ario_token *tokens; // [count]
  size_t count;
} ario__recording;

// Reads the input for a model of this configuration. Returns the exit status; if that is not ARIO__DONE, it
// has said why. ario__recording_free in any case.
int ario__recording_hear(ario__recording *recording, const ario_config *model);
void ario__recording_free(ario__recording *recording);

// Of so many frames of codes.
double ario__recording_seconds(const ario__recording *recording, size_t frames);

// Frames of sound after `end` in so many new ones of codes.
size_t ario__recording_new(const ario__recording *recording, size_t frames);

#endif
