// SPDX-License-Identifier: MIT
//
// A song as a picture: time to the right, pitch upwards, louder notes darker, the continuation in a colour of
// its own.
#ifndef ARIO_APPS_PIANO_ROLL_H
#define ARIO_APPS_PIANO_ROLL_H

#include "arioso/midi.h"

typedef struct ario__roll_options {
  const char *title;    // UTF-8, cut where it does not fit; NULL: none
  const char *subtitle; // the same, smaller
  unsigned track;       // the one whose notes are the continuation, from 1; 0: none is
  int64_t boundary;     // the step at which the continuation begins; -1: its first note's
  int64_t from, to;     // what is shown, in steps from the file's time 0, cut to where there is music
} ario__roll_options;

ario__roll_options ario__roll_options_default(void); // no texts, no continuation, all of the song

// Writes a PNG of 2400 to 4000 pixels' width, drawn at twice the density of an ordinary screen; the file
// appears whole or not at all. A song without notes gives an empty roll. Errors: ERR_IO, ERR_MEMORY.
ARIO_NODISCARD ario_status ario__roll_write(const ario_song *song, const char *path,
                                            const ario__roll_options *options, ario_error *error);

#endif
