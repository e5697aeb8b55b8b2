// SPDX-License-Identifier: MIT
//
// Which chord sounds, and which beats are strong.
#include "codecs/midi/harmony.h"

#include <math.h>

static bool follows(double place, double begin, double window) {
  return place >= begin && place < begin + window;
}

static bool is_strong(double place, unsigned beats, double window) {
  bool compound = beats > 3 && beats % 3 == 0;
  unsigned parts = compound ? beats / 3 : beats >= 4 && beats % 2 == 0 ? 2 : 1;
  for (unsigned i = 0; i < parts; i++)
    if (follows(place, (double)i / parts, window)) return true;
  return false;
}

uint16_t ario__harmony_at(const ario_progression *chords, bool strict, int64_t bar, double place,
                          unsigned beats, double window) {
  if (!chords->bars || bar < 0) return ARIO_ALL_CLASSES;
  unsigned number = (unsigned)(bar % chords->bars), first = 0, count = chords->chords[number];
  for (unsigned i = 0; i < number; i++) first += chords->chords[i];
  unsigned chord = (unsigned)floor(place * count + 1e-9);
  if (chord >= count) chord = count - 1;
  bool begins = follows(place + 1e-9, (double)chord / count, window);
  return strict || begins || is_strong(place + 1e-9, beats, window) ? chords->classes[first + chord]
                                                                    : ARIO_ALL_CLASSES;
}
