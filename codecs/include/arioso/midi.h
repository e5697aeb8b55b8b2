// SPDX-License-Identifier: MIT
//
// The codec "midi-performance": MIDI files <-> tokens, and what a program that continues music needs around
// it.
//
// Tokens (Oore et al. 2018, arXiv 1808.03715, with the vocabulary of Music Transformer): 0 pad, 1 bos, 2 eos,
// note-on and note-off for each of 128 pitches, time-shifts of 1..100 steps of 10 ms, 32 velocity bins; V =
// 391. Rules of encoding:
//   - time is exact in integers and rounded once, to steps of 10 ms, halves up; time 0 is the first onset;
//   - drums (channel 10) are left out; a note lasts until its note-off or, where its channel's pedal (CC 64
//   >= 64) is
//     down then, until the pedal goes up; a new onset of its pitch on its channel ends it; the end of the
//     file ends all;
//   - a note lasts at least one step; where a pitch sounds twice at a time (two channels), the later onset
//   ends the
//     earlier note, and of two onsets in one step the louder velocity and the later end count;
//   - within a step note-offs come before note-ons, low pitches first; a velocity token where the bin
//   changes; shifts as
//     large as can be.
// A sequence that these rules can produce is called canonical; encoding what a canonical sequence decodes to
// gives it back. All functions: any thread, as long as no object is freed meanwhile (songs are immutable).
#ifndef ARIOSO_MIDI_H
#define ARIOSO_MIDI_H

#include "arioso/codec.h"
#include "arioso/constraint.h"
#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  ARIO_MIDI_PAD = 0,
  ARIO_MIDI_BOS = 1,
  ARIO_MIDI_EOS = 2,
  ARIO_MIDI_NOTE_ON = 3,    // + pitch 0..127
  ARIO_MIDI_NOTE_OFF = 131, // + pitch 0..127
  ARIO_MIDI_SHIFT = 259,    // + steps - 1, steps 1..100
  ARIO_MIDI_VELOCITY = 359, // + bin 0..31; bin = (velocity - 1) / 4, velocity = 4 bin + 3
  ARIO_MIDI_VOCAB = 391,
  ARIO_MIDI_STEPS_PER_SECOND = 100,
  ARIO_MIDI_MAX_SHIFT = 100,
  ARIO_MIDI_LOWEST_KEY = 21,   // A0, of a piano's 88
  ARIO_MIDI_HIGHEST_KEY = 108, // C8
  ARIO_MIDI_CLOSE_MOST = 129,
};

// ---- A song: a MIDI file, read ----

// Kept: all tracks with their bytes, all events in order of time, the notes. Read are Standard MIDI Files of
// type 0 and 1, with running status, tempo maps, SMPTE time, in a RIFF wrapper or not. Of a broken file what
// can be salvaged is used, with warnings.
typedef struct ario_song ario_song;

// A file of at most 256 MiB. Errors: those of ario_file_read and ario_song_parse.
ARIO_API ARIO_NODISCARD ario_status ario_song_open(const char *path, ario_song **out, ario_error *error);

// The same from memory; the bytes are copied. Errors: ERR_FORMAT (not MIDI, or nothing to salvage; the
// message names the byte), ERR_UNSUPPORTED (type 2), ERR_LIMIT (over 256 MiB or 2^21 events), ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_song_parse(const uint8_t *bytes, size_t size, ario_song **out,
                                                    ario_error *error);
ARIO_API void ario_song_free(ario_song *song); // safe on NULL

// One event, complete (no running status). Channel messages: status and data. System exclusive: F0 ... F7; an
// escape: F7 and its data. Meta: FF, type, data (the length is `size`).
typedef struct ario_midi_event {
  int64_t microseconds; // from the file's time 0, rounded to nearest
  int64_t step;         // the same in steps of 10 ms, rounded once, halves up
  int64_t tick;
  const uint8_t *bytes; // [size], valid as long as the song
  uint32_t size;
  uint16_t track; // from 1, as the file numbers them
} ario_midi_event;

// All events but End of Track, ordered by time, then track, then place in the track.
ARIO_API const ario_midi_event *ario_song_events(const ario_song *song, size_t *count);

// A note as the rules above see it, times in steps from the file's time 0; end >= start.
typedef struct ario_note {
  int64_t start, end;
  uint8_t pitch;    // 0..127
  uint8_t velocity; // 1..127
  uint8_t channel;  // 0..15, never 9
  uint16_t track;   // of its onset, from 1
} ario_note;

// All notes but drums', ordered by start, then pitch.
ARIO_API const ario_note *ario_song_notes(const ario_song *song, size_t *count);

typedef struct ario_song_info {
  unsigned format;          // 0 or 1
  unsigned tracks;          // as read
  unsigned division;        // ticks a quarter; of SMPTE time ticks a frame
  unsigned frames;          // SMPTE: frames a second (29 means 30000/1001); otherwise 0
  size_t notes, drum_notes; // onsets
  int64_t microseconds;     // to the last event, End of Track included
  int64_t music_end;    // step at which the last note (drums left out) ends, pedal folded in; 0 without notes
  double first_tempo;   // quarters a minute; 0 for SMPTE time
  size_t tempo_changes; // beyond the first
  unsigned meter_numerator, meter_denominator; // the first; 4/4 where the file has none
  size_t meter_changes;                        // beyond the first
  size_t warnings;                             // repairs that reading took; the first few have texts
} ario_song_info;

// What the file holds.
ARIO_API ario_song_info ario_song_describe(const ario_song *song);

// The text of warning `index`, NULL past the last that is kept (at most 8). Each names the byte of the file.
ARIO_API const char *ario_song_warning(const ario_song *song, size_t index);

typedef struct ario_track_info {
  char name[64];     // of its first name event, "" if none; printable
  size_t notes;      // onsets, drums' counted too
  uint16_t channels; // bit c: has notes on channel c (from 0)
} ario_track_info;

// Track from 1 to ario_song_info.tracks; a zero struct otherwise.
ARIO_API ario_track_info ario_song_track(const ario_song *song, unsigned track);

// The time at which a bar (from 1) begins by the file's meters and tempo map, in microseconds; bars go on
// past the end of the file with the last meter and tempo. Errors: ERR_ARGUMENT for bar 0, ERR_UNSUPPORTED for
// SMPTE time (it has no bars), ERR_LIMIT past ten days of music.
ARIO_API ARIO_NODISCARD ario_status ario_song_bar(const ario_song *song, size_t bar, int64_t *microseconds);

// ---- A prompt: what the model hears of a song ----

typedef struct ario_prompt_options {
  int64_t from; // only notes that start at or after this time, in microseconds from the file's time 0
  int64_t to;   // the song is cut here; INT64_MAX: not cut
  const unsigned *tracks; // [track_count] only notes of these tracks, from 1; NULL: of all
  size_t track_count;
} ario_prompt_options;

ARIO_API ario_prompt_options ario_prompt_options_default(void); // everything

typedef struct ario_prompt {
  ario_token *tokens; // [count] bos first; no eos; what sounds at a cut stays open
  size_t count;
  int64_t origin; // the step, from the file's time 0, that is time 0 of the tokens
  int64_t begin;  // the step at which the continuation begins: the cut if a note sounds there, else the last
                  // note's end
  int64_t wait;   // steps from the time of the last token to `begin`
  int64_t cut;    // options.to, in microseconds
  size_t notes, open; // notes heard, and how many pitches sound at the cut
  // Which channels they are on, for writing:
  uint8_t lead;          // the channel that most notes heard are on
  uint16_t open_on[128]; // bit c: this pitch sounds at the cut on channel c
} ario_prompt;

// A note that ends at the cut does not sound there. Errors: ERR_ARGUMENT for a track that the song does not
// have, ERR_FORMAT if there is no note to hear, ERR_LIMIT for more than ten days of music, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_song_prompt(const ario_song *song,
                                                     const ario_prompt_options *options, ario_prompt *prompt,
                                                     ario_error *error);
ARIO_API void
ario_prompt_free(ario_prompt *prompt); // frees the tokens and zeroes the struct; safe on a zero one

// ---- A grammar: which token may come next ----

typedef struct ario_midi_grammar_options {
  int64_t max_silence; // steps, >= 1: no silence is longer
  int64_t max_note;    // steps, >= 1: no note sounds longer
  bool until_end;      // eos is allowed where a piece can end
  bool piano_keys;     // no note begins off a piano's 88 keys at a pitch not fed before
} ario_midi_grammar_options;

// 5 seconds of silence; notes of 10 seconds: of the notes in performances one in a thousand is longer, and
// models forget to end some; no end; a piano's keys.
ARIO_API ario_midi_grammar_options ario_midi_grammar_options_default(void);

// Only canonical sequences within these limits: a constraint (arioso/constraint.h). Tokens that are not canonical
// are taken as decoding takes them. At least one token is allowed, unless eos was fed. NULL stands for the defaults.
ARIO_API ario_constraint ario_midi_grammar(const ario_midi_grammar_options *options);

// The next event may not come before `steps` more have passed (ario_prompt.wait).
ARIO_API void ario_midi_grammar_wait(ario_constraint *grammar, int64_t steps);

// The tokens [ARIO_MIDI_CLOSE_MOST] that end all that sounds, where the grammar stands; returns how many.
ARIO_API size_t ario_midi_grammar_close(const ario_constraint *grammar, ario_token *tokens);

// ---- Variations, for training ----

// Writes to out [room] the run tokens [count] transposed and at another tempo, in canonical form, and returns
// how many tokens it wrote: all, or the first `room` of them. 3 count of room is enough for tempos up to 2.
//   - Where a pitch would leave 0..127, the whole run is transposed by what comes nearest to the wanted.
//   - A time of t steps since the run's (or bos's) beginning becomes floor(t tempo + 0.5) steps.
//   - A note that would not last a step lasts one; of onsets of a pitch that come to fall into one step the
//     louder velocity and the later end count.
//   - bos, eos and pad stay where they are in the music; bos begins a piece, with time 0.
// A run may begin and end anywhere in a piece. The end of a note that began before the run is kept; a note-on
// before the run's first velocity token gets none, unless one comes to stand before it in its step. {0, 1}
// gives back a canonical run that begins with bos or after a time-shift. Tokens that are not canonical are
// taken as decoding takes them, those >= V are left out. No memory is taken; out must not overlap tokens.
ARIO_API size_t ario_midi_vary(const ario_token *tokens, size_t count, const ario_variation *variation,
                               ario_token *out, size_t room);

// ---- Live: events as they come -> tokens ----

// Takes the tokens, one by one.
typedef void (*ario_token_sink)(void *context, ario_token token);

// The rules above, applied while music is played: the tokens of a step come out when time has passed it. All
// of a piece's events, then its end, give the tokens that encoding the piece gives. Plain data: copy it to
// look ahead. The fields are its own.
typedef struct ario_midi_live {
  bool begun;            // bos came out, with the first onset's step
  int64_t now;           // step of the last token
  int64_t at;            // step that is being collected
  int bin;               // of the velocity in force; -1 before the first
  bool off[128];         // of `at`: what ends
  uint8_t on[128];       // and begins, by its velocity
  bool late[128];        // began in `at` and is let go already: it ends a step later
  uint16_t holders[128]; // bit c: channel c holds the sounding note of this pitch
  int64_t since[128];    // the step at which it began
  bool released[16][128], pedal[16];
} ario_midi_live;

// Nothing has been played.
ARIO_API void ario_midi_live_init(ario_midi_live *live);

// An event (complete, as in ario_midi_event) at a step that is not before the last one's. What is no note and
// no pedal, and drums, are left out.
ARIO_API void ario_midi_live_event(ario_midi_live *live, int64_t step, const uint8_t *bytes, size_t size,
                                   ario_token_sink sink, void *context);

// Time has come to `step`: what lies before it comes out.
ARIO_API void ario_midi_live_pass(ario_midi_live *live, int64_t step, ario_token_sink sink, void *context);

// All notes end at `step`, and everything comes out.
ARIO_API void ario_midi_live_end(ario_midi_live *live, int64_t step, ario_token_sink sink, void *context);

// ---- Tokens -> music ----

// Steps that these tokens' time-shifts add up to.
ARIO_API int64_t ario_midi_duration(const ario_token *tokens, size_t count);

// Tokens -> notes [*note_count] (to be freed with free()), times in steps from the tokens' time 0, channel 0,
// track 1, ordered by start, then pitch. Kind: a note-off without its note is dropped, an onset of a sounding
// pitch ends it first, the end of the tokens ends all, velocity is 64 before the first velocity token;
// nothing after eos. Errors: ERR_ARGUMENT for a token >= V, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_midi_notes(const ario_token *tokens, size_t count, ario_note **notes,
                                                    size_t *note_count);

// Tokens -> a MIDI file of its own (type 0, 1 tick = 1 ms at 120 quarters a minute), bytes to be freed with
// free(). Errors: ERR_LIMIT for a silence that no MIDI file can hold (three days), those of ario_midi_notes.
ARIO_API ARIO_NODISCARD ario_status ario_midi_write(const ario_token *tokens, size_t count, uint8_t **bytes,
                                                    size_t *size, ario_error *error);

// One message of a recording.
typedef struct ario_midi_message {
  int64_t milliseconds; // from its time 0
  uint8_t track;        // 0 ..
  uint8_t size;         // 2 or 3
  uint8_t bytes[3];
} ario_midi_message;

// Messages [count], in order of time -> a MIDI file (type 1, 1 tick = 1 ms at 120 quarters a minute), a track
// for each of names [track_count], which ends at `end` milliseconds; bytes to be freed with free(). Errors:
// ERR_ARGUMENT for a track that there is not, ERR_LIMIT for a time that no MIDI file can hold (three days),
// ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_midi_write_messages(const ario_midi_message *messages, size_t count,
                                                             const char *const *names, size_t track_count,
                                                             int64_t end, uint8_t **bytes, size_t *size,
                                                             ario_error *error);

// The song up to the prompt's cut, its tracks' bytes as they are, and one more track with `tokens` [count],
// which follow the prompt's: on a free channel (else the one with the fewest notes), with the program and
// controllers of the channel that the prompt's notes are mostly on; in the song's time base (type 0 becomes
// type 1; where a tick is longer than 5 ms, the division and all deltas are multiplied). A note that sounds
// at the cut ends on its own channel when a token ends it, and a pedal that is down there goes up with the
// first such note of its channel. What still sounds after the last token ends there; what the model did not
// hear and what the song itself leaves on ends at the cut or the song's end. The new track is the last;
// *bytes is to be freed with free(). Errors: ERR_LIMIT if the time base or the number of tracks has no room,
// ERR_ARGUMENT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_song_continue(const ario_song *song, const ario_prompt *prompt,
                                                       const ario_token *tokens, size_t count,
                                                       uint8_t **bytes, size_t *size, ario_error *error);

#ifdef __cplusplus
}
#endif

#endif
