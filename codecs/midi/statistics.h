// SPDX-License-Identifier: MIT
//
// What the files of statistics share.
#ifndef ARIO_MIDI_STATISTICS_H
#define ARIO_MIDI_STATISTICS_H

#include "arioso/statistics.h"

enum { ARIO__PITCH_CLASSES = 12 };

// How many onsets are in the best major scale, by their number in each pitch class.
size_t ario__best_in_scale(const size_t classes[ARIO__PITCH_CLASSES]);

static inline bool ario__is_drum(const ario_note *note) {
  return note->instrument == ARIO_NOTE_DRUMS;
}

#endif
