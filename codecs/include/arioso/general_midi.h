// SPDX-License-Identifier: MIT
//
// What General MIDI calls its instruments and drums, as words in the middle of a sentence have them: "string ensemble
// 1", "French horn".
#ifndef ARIOSO_GENERAL_MIDI_H
#define ARIOSO_GENERAL_MIDI_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  ARIO_PROGRAMS = 128,
  ARIO_PROGRAM_FAMILY = 8, // programs of a family stand together; the first family are pianos
  ARIO_LOWEST_DRUM = 27,   // of those that have a name; 27..34 and 82..87 are GM2's and GS's
  ARIO_HIGHEST_DRUM = 87,
};

// The name of a program, 0..127, or of a drum by its pitch; NULL where it has none. Constant. Any thread.
ARIO_API const char *ario_program_name(unsigned program);
ARIO_API const char *ario_drum_name(unsigned pitch);

#ifdef __cplusplus
}
#endif

#endif
