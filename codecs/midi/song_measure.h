// SPDX-License-Identifier: MIT
//
// Meter and tempo of a song at a time of it, as what follows goes on with them.
#ifndef ARIO_SONG_MEASURE_H
#define ARIO_SONG_MEASURE_H

#include "codecs/midi/song.h"

typedef struct ario__pulse {
  double bars;    // from where the meter begins to that time; whole at a bar line
  double bar;     // microseconds of a bar, and
  double quarter; // of a quarter
  unsigned beats; // of a bar
} ario__pulse;

// False for SMPTE time, which has no bars.
bool ario__song_pulse(const ario_song *song, int64_t microseconds, ario__pulse *pulse);

// Whether a note is heard in a part of a song.
bool ario__in_part(const ario_prompt_options *part, const ario_note *note);

#endif
