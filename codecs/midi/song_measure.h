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

// The bars of a song from some time on, as they are in a file that goes on from a cut of it. Plain data.
typedef struct ario__bars {
  size_t tempo_count, meter_count; // >= 1; of very many changes the first
  struct {
    double tick, time, length; // where it begins, in ticks and microseconds; microseconds of a tick
  } tempos[64];
  struct {
    double tick, length; // where it begins; ticks of a bar
    unsigned beats;
  } meters[16];
  double quarter; // ticks
} ario__bars;

// A place in a bar.
typedef struct ario__bar_place {
  int64_t number;    // of the bar, from that in which the first meter begins
  double at, length; // ticks from its line, and of it
  unsigned beats;
} ario__bar_place;

// The bars from a time on; what the song says of tempo and meter at `cut` or later is not in the file. False for SMPTE
// time.
bool ario__bars_of_song(const ario_song *song, int64_t from, int64_t cut, ario__bars *bars);

double ario__bars_tick(const ario__bars *bars, double microseconds);
double ario__bars_time(const ario__bars *bars, double tick); // in microseconds
ario__bar_place ario__bars_place(const ario__bars *bars, double tick);

// Whether a note is heard in a part of a song.
bool ario__in_part(const ario_prompt_options *part, const ario_note *note);

#endif
