// SPDX-License-Identifier: MIT
//
// A song with new notes in a part of it: what leaves is left out of its tracks, what is new is on tracks of its own.
#ifndef ARIO_SONG_FILL_H
#define ARIO_SONG_FILL_H

#include "arioso/fill.h"
#include "codecs/midi/song.h"

// What of a song leaves: the onsets of these instruments in ticks [begin, end).
typedef struct ario__song_gap {
  uint32_t begin, end;
  const bool *tracks; // [tracks of the song] of these; NULL: of all
  bool leaves[ARIO_FILL_INSTRUMENTS];
} ario__song_gap;

// A new note, in ticks of the song times the factor of ario__song_fill_factor.
typedef struct ario__new_note {
  uint32_t start, end;
  uint8_t instrument, pitch, velocity;
} ario__new_note;

// The onsets that leave, and whose they are: who [ARIO_FILL_INSTRUMENTS].
size_t ario__song_gap_count(const ario_song *song, const ario__song_gap *gap, bool *who);

// The channels, drums aside, that nothing plays on in the gap and a new instrument could have. SIZE_MAX without memory.
size_t ario__song_gap_channels(const ario_song *song, const ario__song_gap *gap);

// By what the time base is multiplied, so that a quarter has `least` ticks or more.
unsigned ario__song_fill_factor(const ario_song *song, unsigned least);

// The tick nearest to a time in microseconds, in such a time base.
uint32_t ario__song_fill_tick(const ario_song *song, unsigned factor, int64_t microseconds);

// The error for a status of ario__song_fill_write, in words.
ario_status ario__song_fill_explain(ario_status status, ario_error *error);

// Writes the song. Errors: ERR_LIMIT, ERR_MEMORY.
//   - The song's tracks keep their bytes. Where notes leave, their messages and the pedals of their channels within the
//     gap are left out. Keys that went down before it and are struck anew in it go up there.
//   - Each instrument of the new notes has a track. Its channel is the one on which it plays in the song, if notes of it
//     leave and the channel stays with it through the gap; otherwise one that nobody uses, else the one that sounds least.
//   - `alone`: the new tracks behind a track of the song's tempo and meters.
// The notes are sorted.
ario_status ario__song_fill_write(const ario_song *song, const ario__song_gap *gap, unsigned factor,
                                  bool alone, ario__new_note *notes, size_t count, ario_fill_file *file);

#endif
