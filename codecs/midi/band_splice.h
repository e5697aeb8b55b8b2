// SPDX-License-Identifier: MIT
//
// What is known while the music of a band is spliced into a song, and the steps in which that is done, in their order.
#ifndef ARIO_BAND_SPLICE_H
#define ARIO_BAND_SPLICE_H

#include "codecs/midi/band_passage.h"
#include "codecs/midi/channel_setup.h"
#include "codecs/midi/loudness.h"
#include "codecs/midi/song_copy.h"

// How a channel sounds. -1: never set.
typedef struct ario__splice_voice {
  int16_t program, values[ARIO__TAKEN_OVER]; // of ario__taken_over
} ario__splice_voice;

// Who plays: an instrument on a track and channel of the song, or a new one.
typedef struct ario__splice_part {
  unsigned track;   // from 1; 0: new
  unsigned channel; // 16 port + 0..15
  size_t order;     // in which they were heard
  uint8_t instrument;
  size_t notes; // in the song before the cut
  double pitch; // where it plays
  uint16_t each[ARIO__PITCHES];
  ario__splice_voice voice;
  ario__track_events events;
} ario__splice_part;

typedef struct ario__splice_note {
  uint32_t start, end; // ticks
  uint8_t instrument, pitch, velocity;
  size_t by; // part
} ario__splice_note;

typedef struct ario__splice_channel {
  size_t notes;           // up to now, new ones several times
  size_t heard;           // part that was heard last, + 1
  size_t plays;           // part whose voice it has for new notes, + 1; 0: none has begun
  size_t goes_on;         // the first of these, + 1
  ario__splice_voice now; // how it sounds
  size_t first[ARIO__PITCHES], last[ARIO__PITCHES]; // new note of each pitch, + 1
  int64_t since;                                    // microseconds up to which its loudness is known
  ario__loudness loudness;
} ario__splice_channel;

typedef struct ario__splice {
  const ario_song *song;
  const ario__band_passage *passage;
  bool alone; // without the song's tracks
  ario__song_copy copy;
  ario__buffer tail;   // tempo and meter that stand at the cut
  uint64_t base;       // tick that is 0 in the file
  ario_channels state; // at the cut
  ario__splice_channel channels[ARIO_MIDI_CHANNELS];
  ario__splice_part *parts;
  size_t part_count, part_room;
  ario__splice_note *notes; // new ones, in order of time
  size_t count;
  size_t sharing;          // instruments without a channel of their own
  ario__track_events ends; // of what sounds at the cut
  ario__buffer file;
  bool failed; // memory ran out
} ario__splice;

// Ticks in the time base of a copy: that of a step of its song, the meter in force, and the bar line at or before.
uint64_t ario__splice_tick(const ario__song_copy *copy, int64_t step);
const ario__meter *ario__splice_meter(const ario__song_copy *copy, uint64_t tick);
uint64_t ario__splice_line(const ario__song_copy *copy, uint64_t tick);

// 1. What of the song is kept, and with which time base.
void ario__splice_cut(ario__splice *s);

// 2. The song up to the cut: who plays, and how the channels sound. Sets `failed` without memory.
void ario__splice_hear(ario__splice *s);

// 3. The notes of the music from its event `first` on, in ticks, each with its part and its end; and what the parts set
// on their channels before they play. Errors: ERR_LIMIT, ERR_MEMORY.
ario_status ario__splice_place(ario__splice *s, const ario__band *band, size_t first);

// The index of a new part, and that of the part which a new note belongs to; SIZE_MAX, and `failed`, without memory.
size_t ario__splice_add_part(ario__splice *s, ario__splice_part part);
size_t ario__splice_part_of(ario__splice *s, const ario__splice_note *note);

// From a tick on the part's channel sounds as the part does.
void ario__splice_voice_from(ario__splice *s, size_t part, uint32_t tick);

// 4. Ends what sounds at the cut, or with the first new note of its pitch. Errors: ERR_MEMORY.
ario_status ario__splice_end_open(ario__splice *s);

// 5. The file: the song's tracks, those of the parts, and what belongs to none. Errors: ERR_LIMIT, ERR_MEMORY.
ario_status ario__splice_write(ario__splice *s);

#endif
