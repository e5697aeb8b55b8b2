// SPDX-License-Identifier: MIT
//
// What a piano roll shows of a song: which notes are new, who plays them, and which drums are struck.
#ifndef ARIO_APPS_ROLL_MUSIC_H
#define ARIO_APPS_ROLL_MUSIC_H

#include "apps/draw/piano_roll.h"
#include "arioso/general_midi.h"

enum {
  ARIO__ROLL_VOICES = 9,     // the last stands for all instruments that have none of their own
  ARIO__ROLL_DRUM_ROWS = 12, // with more drums a row is a group of them
  ARIO__ROLL_NAME = 32,
};

// Notes or drums of the song.
typedef struct ario__roll_notes {
  const ario_note *notes; // [count], ordered by start
  bool *fresh;            // [count]: it is new
  size_t count, shown;
} ario__roll_notes;

typedef struct ario__roll_music {
  ario__roll_notes notes, drums;
  int64_t first, last;          // steps between which something is shown; equal where nothing is
  int64_t first_fresh;          // the step at which the first new note begins; -1: none is new
  int low, high;                // the lowest and the highest pitch shown
  int soft, loud;               // least and greatest velocity shown
  size_t voice_count, programs; // instruments shown with pitches
  uint8_t voice[ARIO_PROGRAMS]; // of a program, below voice_count; the most used comes first
  char voice_names[ARIO__ROLL_VOICES][ARIO__ROLL_NAME];
  size_t row_count;
  uint8_t row[128]; // of a drum, from 0, the lowest
  char row_names[ARIO__ROLL_DRUM_ROWS][ARIO__ROLL_NAME];
} ario__roll_music;

// Looks at a song. The caller calls ario__roll_music_free in any case. Errors: ERR_MEMORY.
ARIO_NODISCARD ario_status ario__roll_look(const ario_song *song, const ario__roll_options *options,
                                           ario__roll_music *music);
void ario__roll_music_free(ario__roll_music *music);

// Whether a note is in the part of the song that is shown.
bool ario__roll_shows(const ario__roll_options *options, const ario_note *note);

#endif
