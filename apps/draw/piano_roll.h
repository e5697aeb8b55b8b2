// SPDX-License-Identifier: MIT
//
// A song as a piano roll: time to the right, pitch upwards, louder notes darker. A song of one instrument is in one
// colour, its continuation in another. Of several instruments each has a colour, with a legend, and what was given is
// paler; drums have a lane below, with their names.
#ifndef ARIO_APPS_PIANO_ROLL_H
#define ARIO_APPS_PIANO_ROLL_H

#include "arioso/midi.h"

typedef struct ario__roll_options {
  const char *title;      // UTF-8, cut where it does not fit; NULL: none
  const char *subtitle;   // the same, smaller
  bool continued;         // the song has a continuation: what is not of `given`
  const ario_song *given; // the song without it; NULL: all of it is new
  int64_t boundary;       // the step at which the continuation begins; -1: at its first note
  int64_t from, to;       // steps from time 0 to show, cut to where there is music
} ario__roll_options;

ario__roll_options ario__roll_options_default(void); // no texts, no continuation, all of the song

// Writes a PNG, 2400 to 4000 pixels wide, whole or not at all. A song without notes gives an empty roll.
// Errors: ERR_IO, ERR_MEMORY.
ARIO_NODISCARD ario_status ario__roll_write(const ario_song *song, const char *path,
                                            const ario__roll_options *options, ario_error *error);

#endif
