// SPDX-License-Identifier: MIT
//
// The parts of `arioso play`: the command line and what holds for any piece (play.c), and what a piece is: music
// (play_midi.c) or a recording (play_audio.c).
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
  // Checks the options and fills in those left open. Returns the exit status, as all here do, and has said why.
  int (*settle)(ario__playing *p);
  int (*prepare)(ario__playing *p); // reads the input, for the model that is open
  // Makes the producer, for the stage that is open. Errors: ERR_ARGUMENT for an option of the session.
  ario_status (*open)(ario__playing *p, ario_error *error);
  // After the producer has been started: waits until the stage may be. NULL: it may be at once. Errors: ERR_STATE if
  // the user interrupts.
  ario_status (*wait)(ario__playing *p, ario_error *error);
  // Writes what there is to say at a second of the music.
  void (*describe)(void *playing, double seconds, char *text, size_t size);
  int (*save)(ario__playing *p); // what was heard, after the producer has been stopped
  void (*report)(const ario__playing *p, const ario__producer_state *made,
                 ario__report *report); // members of --json
  void (*finish)(ario__playing *p);     // frees what the others made
} ario__play_medium;

extern const ario__play_medium ario__play_midi, ario__play_audio;

struct ario__playing {
  // The command line.
  const char *output, *audio_codec;
  double seconds, ahead; // of new music, INFINITY without end; that it generates ahead
  bool seconds_given, no_prompt;
  ario__live live;
  ario__music music; // its options; of MIDI files also the rest

  const ario__play_medium *medium;
  ario__producer *producer; // the composer's or the sounder's
  const char *saved;        // the file in which what was heard is saved, or NULL
  int64_t end;              // frame at which it was ended; INT64_MAX: by itself

  // Of music.
  ario__score score;
  ario__composer *composer;
  size_t bar;        // of the piece that sounds
  int64_t bar_end;   // microseconds; 0: not known yet
  size_t takes_kept; // that were given up

  // Of a recording.
  ario__recording recording;
  ario__sounder *sounder;
};

ario__producer_options ario__play_producer_options(const ario__playing *p);

#endif
