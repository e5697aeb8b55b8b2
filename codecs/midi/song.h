// SPDX-License-Identifier: MIT
//
// The inside of a song: what reading it leaves for the files that make prompts of it and write it.
#ifndef ARIO_SONG_H
#define ARIO_SONG_H

#include "arioso/midi.h"
#include "codecs/midi/smf_bytes.h"

enum { ARIO__PITCHES = 128, ARIO__DEFAULT_TEMPO = 500000 };

// Longer music is not encoded (a broken delta can make it centuries), and bars are not counted past it.
#define ARIO__MAX_STEPS ((int64_t)10 * 24 * 3600 * ARIO_MIDI_STEPS_PER_SECOND)

// Exact time is microseconds times `division`, an integer. By ario__smf's limits it stays below 2^55, so that
// its product with 200 fits into 64 bits.
typedef struct ario__tempo {
  uint32_t tick;
  uint32_t tempo; // microseconds a quarter; for SMPTE time such that `tempo / division` is a tick
  int64_t elapsed;
} ario__tempo;

typedef struct ario__meter {
  uint32_t tick;
  uint8_t numerator, log2_denominator;
} ario__meter;

struct ario_song {
  uint8_t *bytes; // the source
  size_t size;
  ario__smf smf;           // its events are in the order of the file: track by track
  uint8_t *pool;           // the events' bytes
  ario_midi_event *events; // [smf.event_count] in order of time
  uint32_t *rank;          // [smf.event_count] index in `events` of each event of smf.events
  int64_t division;        // of the exact time
  ario__tempo *tempos;     // [tempo_count >= 1], the first at tick 0
  size_t tempo_count;
  ario__meter *meters; // [meter_count >= 1], the first at tick 0
  size_t meter_count;
  ario_note *notes, *drums;
  size_t note_count, drum_count, hanging;
  uint8_t ports[ARIO_MIDI_PORTS]; // as the file numbers them
  size_t port_count;              // >= 1
  ario_track_info *track_infos;
  uint32_t end_tick; // of the last event or End of Track
  int64_t end_microseconds, end_step;
};

// Exact time -> microseconds or steps, rounded once, halves up.
int64_t ario__microseconds(int64_t elapsed, int64_t division);
int64_t ario__steps(int64_t elapsed, int64_t division);

// The tempo in force at a tick: the last of `tempos` that is not after it.
const ario__tempo *ario__tempo_at(const ario__tempo *tempos, size_t count, uint32_t tick);

// Fills in what reading a song with the rules in arioso/channels.h gives: its notes, the drums' onsets, the tracks'
// channels, the note-offs that come late. False without memory.
bool ario__song_hear(ario_song *song);

// The notes of a song by the rules in arioso/midi.h, those that start in [from, to) (microseconds) on tracks
// that `hear` [track_count] marks (NULL: all), ordered by start, then pitch. A note that sounds past `to` has
// the end INT64_MAX. The caller frees *notes with free(). False without memory.
bool ario__song_fold(const ario_song *song, int64_t from, int64_t to, const bool *hear, ario_note **notes,
                     size_t *count);

// As ario_song_continue, but without the song's tracks: the file begins with the bar line before the continuation, which
// keeps its place in the bar, the song's meter and its tempos from there on.
ario_status ario__song_continue_alone(const ario_song *song, const ario_prompt *prompt,
                                      const ario_token *tokens, size_t count, uint8_t **bytes, size_t *size,
                                      ario_error *error);
// The time of the song that is time 0 of such a file, in microseconds.
int64_t ario__song_line(const ario_song *song, const ario_prompt *prompt);

// A whole file's bytes -> tokens [*count], by what a codec makes of a song. The caller frees *tokens.
typedef ario_status (*ario__song_encoder)(const ario_song *song, ario_token **tokens, size_t *count,
                                          ario_error *error);
ario_status ario__song_encode(const uint8_t *bytes, size_t size, ario__song_encoder encoder,
                              ario_token **tokens, size_t *count, ario_error *error);

#endif
