// SPDX-License-Identifier: MIT
//
// Music of a band between songs and tokens: bars, and what happens in them.
#ifndef ARIO_BAND_MUSIC_H
#define ARIO_BAND_MUSIC_H

#include "arioso/band.h"
#include "arioso/channels.h"

enum {
  ARIO__BAND_TEMPO = 255,    // an event that is no onset
  ARIO__BAND_UNKNOWN = 255,  // velocity
  ARIO__BAND_FIRST_BIN = 15, // its bin where none was said: 64
  ARIO__BAND_DRUM_STEPS = 6, // how long a drum's key is down
  ARIO__BAND_BARS = ARIO_BAND_BEATS - ARIO_BAND_BARS,
  ARIO__BAND_CHANNELS = ARIO_MIDI_CHANNELS / ARIO_MIDI_PORTS, // of a file of its own: one port
};

typedef struct ario__band_bar {
  uint8_t beats; // of its meter; 0: not known
  uint8_t log2_unit;
  uint8_t section; // of the layout "between": the mark that it follows, 0: none
  uint32_t token;  // of bars that were read: the index of their first token
} ario__band_bar;

typedef struct ario__band_event {
  uint32_t bar;
  uint16_t position;  // steps from the bar line
  uint8_t instrument; // 0..127, ARIO_BAND_DRUMS or ARIO__BAND_TEMPO
  uint8_t pitch;      // or the tempo's bin
  uint8_t velocity;   // bin
  uint8_t length;     // index; of drums and tempo 0
} ario__band_event;

typedef struct ario__band {
  ario__band_bar *bars;
  size_t bar_count, bar_room;
  ario__band_event *events; // in the order of their tokens
  size_t event_count, event_room;
} ario__band;

// Steps in a bar of this meter; what is not known lasts as 4/4.
unsigned ario__band_bar_steps(const ario__band_bar *bar);

// Microseconds a quarter of a bin.
uint32_t ario__band_tempo(unsigned bin);

// What an instrument is called, as the name of a track.
const char *ario__band_player(unsigned instrument);

// False without memory.
bool ario__band_add_bar(ario__band *band, ario__band_bar bar);
bool ario__band_add_event(ario__band *band, ario__band_event event);
void ario__band_sort(ario__band *band);
void ario__band_free(ario__band *band); // safe on a zero one

// Which onsets of a song are taken, and where what follows them begins.
typedef struct ario__band_part {
  int64_t from, to; // microseconds: those at or after `from` and before `to`
  const bool *hear; // [tracks] of these tracks; NULL: of all
  bool open;        // bars go on to the one in which a continuation begins
  int64_t
      begin; // found, if it is open: its step, at `to` where that cuts the song, else the bar line behind all
  bool cut;  // whether `to` does
} ario__band_part;

// What an onset on a channel is played by now: its program (0 where none was chosen) or drums.
unsigned ario__band_instrument(const ario_channel *channel);
bool ario__band_is_onset(const ario_midi_event *event);
unsigned ario__band_channel(const ario_midi_event *event); // 16 port + channel

// A song's music, or that of a part (NULL: all). To be freed, also after an error. Errors: those of ario_band_encode.
ario_status ario__band_of_song(const ario_song *song, ario__band_part *part, ario__band *band,
                               ario_error *error);

// Microseconds a quarter that are in force at a step of a song.
uint32_t ario__band_tempo_at(const ario_song *song, int64_t step);

// The time of a step of a song in microseconds, exact but for the double's rounding, and the step nearest to a time.
double ario__band_time(const ario_song *song, int64_t step);
int64_t ario__band_step(const ario_song *song, int64_t microseconds);

// Tokens of any layout -> music, its bars in the order of time. To be freed, also after an error. Errors:
// ERR_ARGUMENT for a token >= V, ERR_MEMORY.
ario_status ario__band_of_tokens(const ario_token *tokens, size_t count, ario__band *band);

// Where tokens go, and what they have said.
typedef struct ario__band_out {
  ario_token *tokens; // [room]
  bool *given;        // [room] or NULL: what is put while `giving` is marked
  size_t used, room;
  bool giving;
  int beats, log2_unit, tempo; // in force; -1: unsaid
  uint8_t velocity[ARIO_BAND_INSTRUMENTS];
} ario__band_out;

void ario__band_out_forget(ario__band_out *out); // nothing is in force
void ario__band_put(ario__band_out *out, unsigned token);
void ario__band_put_meter(ario__band_out *out, const ario__band_bar *bar); // if it is not in force

// Of one bar's events those of the instruments that `of` marks (NULL: all), with `tempo` its tempos too, with
// positions from the bar line.
void ario__band_put_events(ario__band_out *out, const ario__band_event *events, size_t count, const bool *of,
                           bool tempo);

// The first event of each bar, [bars + 1], to be freed; NULL without memory.
size_t *ario__band_index(const ario__band *band);

// A bar with the meter, the tempo that is in force where none was said, its tempos, and the onsets of those whom `of`
// marks. Where it is not NULL, what follows the bar line is given.
void ario__band_put_bar(ario__band_out *out, const ario__band *band, const size_t *begins, size_t bar,
                        const bool *of);

// A MIDI file, to be freed with free().
typedef struct ario__band_file {
  uint8_t *bytes; // [size]
  size_t size;
  size_t sharing; // instruments that have no channel of their own in it
} ario__band_file;

// Music -> a file of its own, as ario_band_write. The music is sorted.
ario_status ario__band_to_file(ario__band *band, ario__band_file *file);

#endif
