// SPDX-License-Identifier: MIT
//
// What a progression of chords lets begin where.
#ifndef ARIO_HARMONY_H
#define ARIO_HARMONY_H

#include "arioso/steering.h"

// The pitch classes that may begin at a place of a bar, 0 <= place < 1; bars count from that of the first chord. On
// strong beats, and where a chord begins, for `window` of a bar: those of the chord; elsewhere all, if it is not strict.
// Strong are the first beat, the middle of four and more, and each third of compound meters (6/8, 9/8, 12/8).
uint16_t ario__harmony_at(const ario_progression *chords, bool strict, int64_t bar, double place,
                          unsigned beats, double window);

#endif
