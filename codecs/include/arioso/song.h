// SPDX-License-Identifier: MIT
//
// MIDI files: a song, as it was read, and recordings of messages, as they are written. What tokens a codec makes
// of a song is in a header of the codec's own (arioso/midi.h, arioso/symbolic.h).
//
// All functions: any thread, as long as no object is freed meanwhile (songs are immutable).
#ifndef ARIOSO_SONG_H
#define ARIOSO_SONG_H

#include "arioso/channels.h"
#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { ARIO_SONG_STEPS_PER_SECOND = 100 }; // in which notes and events tell time

// ---- Reading ----

// A file as it was read: all tracks with their bytes, all events in order of time, the notes. Standard MIDI
// Files of type 0 and 1 are read, and of type 2 with one track, which is as good as type 0; with running
// status, tempo maps and SMPTE time, with or without a RIFF wrapper. Of a broken file what can be salvaged is
// used, with warnings. A byte above 7F where data are expected is data (taken as 7F) or a status, whichever
// lets the rest of the track be read with fewer repairs. What follows a gap after the last track that the
// header counts is not part of the file. Immutable.
typedef struct ario_song ario_song;

// Opens a file of at most 256 MiB. Errors: those of ario_file_read and ario_song_parse.
ARIO_API ARIO_NODISCARD ario_status ario_song_open(const char *path, ario_song **out, ario_error *error);

// The same from bytes [size] in memory, which are copied. Errors: ERR_FORMAT (not MIDI, or nothing to
// salvage; the message names the byte), ERR_UNSUPPORTED (type 2 with several tracks), ERR_LIMIT (over 256 MiB
// or 2^21 events), ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_song_parse(const uint8_t *bytes, size_t size, ario_song **out,
                                                    ario_error *error);
ARIO_API void ario_song_free(ario_song *song); // safe on NULL

// One event, complete (without running status):
//
//   channel message    status and data
//   system exclusive   F0 ... F7
//   escape             F7 and its data
//   meta               FF, type, data; without the length, which follows from `size`
typedef struct ario_midi_event {
  int64_t microseconds; // from the file's time 0, rounded to nearest
  int64_t step;         // the same in steps of 10 ms, rounded once, halves up
  int64_t tick;
  const uint8_t *bytes; // [size], valid as long as the song
  uint32_t size;
  uint16_t track; // from 1, as the file numbers them
  uint8_t port;   // 0..ARIO_MIDI_PORTS - 1
  bool late;      // a note-off that is an older note's (arioso/channels.h): synthesizers are not given it
} ario_midi_event;

// All events [*count] but End of Track, ordered by time, then track, then place in the track. Valid as long
// as the song.
ARIO_API const ario_midi_event *ario_song_events(const ario_song *song, size_t *count);

// A note. Its end and what is a drum are by the rules of arioso/channels.h. Times are steps from the file's
// time 0; end >= start.
typedef struct ario_note {
  int64_t start, end;
  uint8_t pitch;    // 0..127
  uint8_t velocity; // 1..127
  uint8_t channel;  // 16 port + 0..15
  uint16_t track;   // of its onset, from 1
  uint8_t program;  // of its channel at its onset, 0..127; 0 where none was chosen
  // Told by notes of tokens that know bars (midi-band), drums among them; otherwise 0.
  uint8_t instrument; // program + 1; drums: 129
  uint16_t place;     // of its onset: steps of 1/48 quarter from the bar line, + 1
} ario_note;

// All notes [*count] but drums', ordered by start, then pitch. Valid as long as the song.
ARIO_API const ario_note *ario_song_notes(const ario_song *song, size_t *count);

// All drums' onsets [*count], ordered in the same way; they have no length: end = start. The pitch is the drum
// (ario_drum_name), the program the kit. Valid as long as the song.
ARIO_API const ario_note *ario_song_drums(const ario_song *song, size_t *count);

typedef struct ario_song_info {
  unsigned format;          // 0 or 1
  unsigned tracks;          // as read
  unsigned division;        // ticks per quarter; for SMPTE time ticks per frame
  unsigned frames;          // SMPTE: frames per second (29 means 30000/1001); otherwise 0
  unsigned ports;           // that channel messages name, 1..ARIO_MIDI_PORTS; more are folded into these
  size_t notes, drum_notes; // onsets
  size_t hanging;           // of the notes, those that only the end of the file ends
  int64_t microseconds;     // to the last event, End of Track included
  int64_t music_end;        // step at which the last note ends, pedal included, drums not; 0 without notes
  double first_tempo;       // quarters a minute; 0 for SMPTE time
  size_t tempo_changes;     // beyond the first
  unsigned meter_numerator, meter_denominator; // the first meter; 4/4 if the file has none
  size_t meter_changes;                        // beyond the first
  size_t warnings;                             // repairs made while reading; the first 8 have texts
} ario_song_info;

// What the file holds.
ARIO_API ario_song_info ario_song_describe(const ario_song *song);

// The text of warning `index` (from 0); NULL if there is none (at most 8 are kept). Each names the byte of
// the file. Valid as long as the song.
ARIO_API const char *ario_song_warning(const ario_song *song, size_t index);

typedef struct ario_track_info {
  char name[64];     // of its first name event, "" if none; by ario_text_clean
  size_t notes;      // onsets, drums' counted too
  uint64_t channels; // bit c: has notes on channel c (16 port + 0..15)
} ario_track_info;

// Track from 1 to ario_song_info.tracks; a zero struct for any other.
ARIO_API ario_track_info ario_song_track(const ario_song *song, unsigned track);

// The time at which a bar (from 1) begins, in microseconds, by the file's meters and tempo map. After the end
// of the file bars go on with the last meter and tempo. Errors: ERR_ARGUMENT for bar 0, ERR_UNSUPPORTED for
// SMPTE time (it has no bars), ERR_LIMIT past ten days of music.
ARIO_API ARIO_NODISCARD ario_status ario_song_bar(const ario_song *song, size_t bar, int64_t *microseconds);

// The time of the bar line that is `bars` bars after the one nearest to `from`, in the meter and tempo that are in force
// there: what the song says of them later does not count. Errors: ERR_ARGUMENT for no bars, ERR_UNSUPPORTED for SMPTE
// time, ERR_LIMIT past ten days of music.
ARIO_API ARIO_NODISCARD ario_status ario_song_bars(const ario_song *song, int64_t from, size_t bars,
                                                   int64_t *microseconds);

// The bar (from 1) into which a time falls, in microseconds: the last one that begins at or before it. Errors:
// ERR_ARGUMENT for a time below 0, ERR_UNSUPPORTED for SMPTE time, ERR_LIMIT where bars are counted no more.
ARIO_API ARIO_NODISCARD ario_status ario_song_bar_at(const ario_song *song, int64_t microseconds,
                                                     size_t *bar);

// ---- A part of a song ----

typedef struct ario_prompt_options {
  int64_t from; // take notes that start at or after this time, in microseconds from the file's time 0
  int64_t to;   // the song is cut here; INT64_MAX: not cut
  const unsigned *tracks; // [track_count], from 1: take notes of these tracks only; NULL: of all
  size_t track_count;
} ario_prompt_options;

ARIO_API ario_prompt_options ario_prompt_options_default(void); // everything

// ---- Two songs as one ----

enum { ARIO_SONG_JOIN_BARS = 256 };

// A MIDI file (type 1) of the first song up to the bar line that its notes have come to, of `bars` empty bars, and of the
// second from the bar of its first onset on: all tracks of both, and between them two of the tempo, which goes over bar by
// bar, the meter, which is the second's from the middle on, and of what the first song leaves on the channels, set back.
// *from and *to are the times of the empty bars, in microseconds. The caller frees *bytes with free(). Errors: ERR_ARGUMENT
// for 0 bars or more than ARIO_SONG_JOIN_BARS, ERR_UNSUPPORTED for SMPTE time, ERR_FORMAT for a song without notes,
// ERR_LIMIT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_song_join(const ario_song *first, const ario_song *second,
                                                   size_t bars, uint8_t **bytes, size_t *size, int64_t *from,
                                                   int64_t *to, ario_error *error);

// ---- Writing what was played ----

// One message of a recording.
typedef struct ario_midi_message {
  int64_t milliseconds; // from its time 0
  uint8_t track;        // 0 ..
  uint8_t size;         // 2 or 3
  uint8_t bytes[3];
} ario_midi_message;

// Messages [count], in order of time -> a MIDI file (type 1, 1 tick = 1 ms at 120 quarters a minute) with one
// track for each of names [track_count], all ending at `end` milliseconds. The caller frees *bytes [*size]
// with free(). Errors: ERR_ARGUMENT for a track that does not exist, ERR_LIMIT for a time that no MIDI file
// can hold (three days), ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_midi_write_messages(const ario_midi_message *messages, size_t count,
                                                             const char *const *names, size_t track_count,
                                                             int64_t end, uint8_t **bytes, size_t *size,
                                                             ario_error *error);

#ifdef __cplusplus
}
#endif

#endif
