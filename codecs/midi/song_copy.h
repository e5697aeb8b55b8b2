// SPDX-License-Identifier: MIT
//
// A song's tracks up to a cut, copied byte for byte where the bytes say what was read.
#ifndef ARIO_SONG_COPY_H
#define ARIO_SONG_COPY_H

#include "codecs/midi/buffer.h"
#include "codecs/midi/song.h"

typedef struct ario__song_copy {
  const ario_song *song;
  size_t kept;              // events of the song before the cut
  unsigned factor;          // by which division and deltas are multiplied
  int64_t close;            // tick of the cut or of the song's end, in the new time base
  const ario__buffer *tail; // events behind the first track's last one, without the first delta; NULL: none
  uint32_t tail_tick;       // where they stand, in the song's time base
  const bool *left_out;     // [events of the song, in order of time] these are not copied; NULL: all are
} ario__song_copy;

// Writes a track as a chunk. False if a pause is longer than a delta can be.
bool ario__copy_track(const ario__song_copy *copy, const ario__smf_track *track, ario__buffer *file);

#endif
