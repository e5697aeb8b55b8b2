// SPDX-License-Identifier: MIT
//
// Where the steps and the bars of a song are, in ticks.
#include "codecs/midi/band_splice.h"

#include <math.h>

uint64_t ario__splice_tick(const ario__song_copy *copy, int64_t step) {
  uint64_t ticks = (uint64_t)step * copy->song->smf.division * copy->factor;
  return (ticks + ARIO_BAND_STEPS / 2) / ARIO_BAND_STEPS;
}

const ario__meter *ario__splice_meter(const ario__song_copy *copy, uint64_t tick) {
  const ario_song *song = copy->song;
  size_t i = 0;
  while (i + 1 < song->meter_count && (uint64_t)song->meters[i + 1].tick * copy->factor <= tick) i++;
  return &song->meters[i];
}

uint64_t ario__splice_line(const ario__song_copy *copy, uint64_t tick) {
  const ario__meter *meter = ario__splice_meter(copy, tick);
  double begin = (double)meter->tick * copy->factor;
  double bar =
      4.0 * meter->numerator * copy->song->smf.division * copy->factor / (1u << meter->log2_denominator);
  double line = begin + floor(((double)tick - begin + 0.5) / bar) * bar;
  return (uint64_t)(line + 0.5) < tick ? (uint64_t)(line + 0.5) : tick;
}

int64_t ario__band_before(const ario_song *song, int64_t begin) {
  const ario__song_copy copy = {.song = song, .factor = 1};
  uint64_t tick = ario__splice_tick(&copy, begin);
  double quarters = (double)(tick - ario__splice_line(&copy, tick)) / song->smf.division;
  return llround(quarters * ario__band_tempo_at(song, begin));
}
