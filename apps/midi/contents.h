// SPDX-License-Identifier: MIT
//
// What a person wants to know of a song beside its numbers: who plays, in which keys, how many bars, the words.
#ifndef ARIO_APPS_CONTENTS_H
#define ARIO_APPS_CONTENTS_H

#include "arioso/general_midi.h"
#include "arioso/song.h"

typedef struct ario__track_contents {
  bool programs[ARIO_PROGRAMS]; // of its notes; 0 where none was chosen
  bool drums;
} ario__track_contents;

// A key signature, as the file says it.
typedef struct ario__key {
  int64_t microseconds;
  int8_t sharps; // -7..7; flats are below 0
  bool minor;
} ario__key;

typedef struct ario__contents {
  ario__track_contents *tracks; // [tracks of the song]
  ario__key *keys;              // [key_count], of which each differs from the one before
  size_t key_count;
  size_t bars;  // that begin before the end; 0: the song has none
  char **lines; // [line_count] of lyrics, or of the words of karaoke files
  size_t line_count;
  size_t syllables; // lyric events
} ario__contents;

// Looks through a song. The caller calls ario__contents_free in any case. False without memory.
bool ario__contents_find(const ario_song *song, ario__contents *contents);
void ario__contents_free(ario__contents *contents); // safe on a zeroed one

// "E flat major". Constant.
const char *ario__key_name(const ario__key *key);

#endif
