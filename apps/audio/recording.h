// SPDX-License-Identifier: MIT
//
// A recording: a sound file that is continued, and the tokens of it that the model hears.
#ifndef ARIO_APPS_RECORDING_H
#define ARIO_APPS_RECORDING_H

#include "apps/cli/input.h"
#include "arioso/audio.h"
#include "arioso/model.h"

typedef struct ario__recording {
  // Set by the caller. `command` is for messages.
  const char *command;
  const ario__input *input;
  const char *audio_codec; // a folder or name; NULL: the default one
  const char *from, *to;   // times, or NULL
  size_t threads;

  // Set by ario__recording_hear.
  ario_audio_codec *codec;
  ario_codes codes; // the model's
  ario_sound_info info;
  uint64_t end; // the frame of the file at which the continuation begins
  // The newest tokens that the model can see, in whole frames; bos comes first if that is everything. They
  // end before `end` by the codec's lookahead: the model generates the sound that cannot be encoded in full.
  ario_token *tokens; // [count]
  size_t count;
} ario__recording;

// Reads and encodes the input for a model of this configuration. Returns the exit status, with the reason
// printed. The caller calls ario__recording_free in any case.
int ario__recording_hear(ario__recording *recording, const ario_config *model);
void ario__recording_free(ario__recording *recording);

// The seconds that `frames` frames of codes last.
double ario__recording_seconds(const ario__recording *recording, size_t frames);

// How many of `frames` new frames of codes are sound after `end`: all but the codec's lookahead.
size_t ario__recording_new(const ario__recording *recording, size_t frames);

#endif
