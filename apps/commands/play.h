// SPDX-License-Identifier: MIT
//
// The parts of `arioso play`: the command line and what all pieces share (play.c), music (play_midi.c) and
// recordings (play_audio.c).
#ifndef ARIO_APPS_PLAY_H
#define ARIO_APPS_PLAY_H

#include "apps/audio/recording.h"
#include "apps/audio/sounder.h"
#include "apps/live/live.h"
#include "apps/midi/composer.h"
#include "apps/midi/music.h"

#define ARIO__PLAY "play" // the command's name

typedef struct ario__playing ario__playing;

typedef struct ario__play_medium {
  ario_medium medium; // of the model
  const char *kind;   // "music"
  // Checks the options and sets their defaults. Returns the exit status, with the reason printed, as all
  // functions here do that return an int.
  int (*settle)(ario__playing *p);
  int (*prepare)(ario__playing *p); // reads the input, for the model that is open
  // Creates the producer for the open stage. Errors: ERR_ARGUMENT for an option of the session.
  ario_status (*open)(ario__playing *p, ario_error *error);
  // After the start of the producer: waits until the stage may start. NULL: it may start at once. Errors:
  // ERR_STATE if the user interrupts.
  ario_status (*wait)(ario__playing *p, ario_error *error);
  // An ario__live_describe.
  void (*describe)(void *playing, double seconds, char *text, size_t size);
  int (*save)(ario__playing *p); // saves what was heard, after the producer has stopped
  void (*report)(const ario__playing *p, const ario__producer_state *made,
                 ario__report *report); // adds members for --json
  void (*finish)(ario__playing *p);     // frees what the others made
} ario__play_medium;

extern const ario__play_medium ario__play_midi, ario__play_audio;

struct ario__playing {
  // The command line.
  const char *output, *audio_codec;
  double seconds; // of new music; INFINITY: no end
  double ahead;   // seconds to generate ahead of what is heard
  bool seconds_given, no_prompt;
  ario__input source;
  ario__live live;
  ario__music music; // for recordings only its options

  const ario__play_medium *medium;
  ario__producer *producer; // the composer's or the sounder's
  const char *saved;        // the file that what was heard is saved in, or NULL
  int64_t end;              // frame at which the user ended it; INT64_MAX: it ended by itself

  // For music.
  ario__score score;
  ario__composer *composer;
  size_t bar;        // the bar that sounds
  int64_t bar_end;   // microseconds; 0: unknown yet
  size_t takes_kept; // replaced takes that were saved

  // For a recording.
  ario__recording recording;
  ario__sounder *sounder;
};

ario__producer_options ario__play_producer_options(const ario__playing *p);

#endif
