// SPDX-License-Identifier: MIT
//
// Names of pitch classes, for those of keys, chords and ranges.
#ifndef ARIO_PITCH_NAMES_H
#define ARIO_PITCH_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ARIO__CLASSES = 12 };

// Reads a pitch class, "C", "f#", "Bb", "Es", "Fis", and returns what follows it; NULL if none begins there. *class is
// counted from C and may be -1 or 12 and a little beyond (Cb, B#). In German B is what others call Bb, H is B.
const char *ario__read_class(const char *text, bool german, int *class);

// The bit of a pitch class, which may lie outside 0..11.
uint16_t ario__class_bit(int class);

// A set, of the semitones above C, moved up to begin at `class`.
uint16_t ario__classes_from(uint16_t classes, int class);

// Copies text [up to room - 1] in small letters.
void ario__small_letters(const char *text, size_t length, char *out, size_t room);

#endif
