// SPDX-License-Identifier: MIT
//
// The codec "midi-performance": songs (arioso/song.h) <-> tokens, and what a program that continues music
// needs around it.
//
// Tokens (Oore et al. 2018, arXiv 1808.03715, with the vocabulary of Music Transformer), V = 391:
//
//     0          pad
//     1          bos
//     2          eos
//     3 .. 130   note-on, pitch 0..127
//   131 .. 258   note-off, pitch 0..127
//   259 .. 358   time-shift, 1..100 steps of 10 ms
//   359 .. 390   velocity, 32 bins
//
// Rules of encoding:
//   - Time is exact in integers and rounded once, to steps of 10 ms, halves up. Time 0 is the first onset.
//   - Drums are left out. What is a drum, how long a note lasts, and what pedals and the controllers from 120
//     on do to it is in arioso/channels.h. The end of the file ends all notes.
//   - Ports (FF 21) are told apart: 16 channels each, numbered on from the lowest port.
//   - A note lasts at least one step.
//   - Where a pitch sounds twice at a time (on two channels), the later onset ends the earlier note. Of two
//     onsets in one step the louder velocity and the later end count.
//   - Within a step note-offs come before note-ons, low pitches first. A velocity token stands where the bin
//     changes. Shifts are as large as possible.
// A sequence that these rules can produce is called canonical. Encoding what a canonical sequence decodes to
// gives it back.
//
// All functions: any thread, as long as no object is freed meanwhile (songs are immutable).
#ifndef ARIOSO_MIDI_H
#define ARIOSO_MIDI_H

#include "arioso/codec.h"
#include "arioso/constraint.h"
#include "arioso/song.h"

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
  ARIO_MIDI_STEPS_PER_SECOND = ARIO_SONG_STEPS_PER_SECOND,
  ARIO_MIDI_MAX_SHIFT = 100,
  ARIO_MIDI_LOWEST_KEY = 21,   // A0, of a piano's 88
  ARIO_MIDI_HIGHEST_KEY = 108, // C8
  ARIO_MIDI_CLOSE_MOST = 129,
};

// ---- A prompt: what the model hears of a song ----

typedef struct ario_prompt {
  ario_token *tokens; // [count] bos first, no eos; notes that sound at the cut stay open
  size_t count;
  int64_t origin; // step, from the file's time 0, of the tokens' time 0
  int64_t begin;  // step at which the continuation begins: the cut if a note sounds there, else the end of
                  // the last note
  int64_t wait;   // steps from the time of the last token to `begin`
  int64_t cut;    // options.to, in microseconds
  size_t notes, open; // notes in the prompt, and pitches that sound at the cut
  // Their channels, for writing:
  uint8_t lead;          // the channel of most of the notes
  uint64_t open_on[128]; // bit c: this pitch sounds at the cut on channel c
} ario_prompt;

// Makes a prompt of a song. NULL options are not allowed. A note that ends at the cut does not sound there.
// The caller frees the prompt with ario_prompt_free. Errors: ERR_ARGUMENT for a track that the song does not
// have, ERR_FORMAT if there is no note, ERR_LIMIT for more than ten days of music, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_song_prompt(const ario_song *song,
                                                     const ario_prompt_options *options, ario_prompt *prompt,
                                                     ario_error *error);
// Frees the tokens and zeroes the struct; safe on a zero one.
ARIO_API void ario_prompt_free(ario_prompt *prompt);

// ---- A grammar: which token may come next ----

typedef struct ario_midi_grammar_options {
  int64_t max_silence; // steps, >= 1: the longest silence
  int64_t max_note;    // steps, >= 1: the longest note
  bool until_end;      // allow eos where a piece can end
  bool piano_keys;     // no new note off a piano's 88 keys, but at pitches that were fed before
} ario_midi_grammar_options;

// Silences up to 5 s; notes up to 10 s, since models forget to end some notes and only one in a thousand of
// performances is longer; no eos; a piano's keys.
ARIO_API ario_midi_grammar_options ario_midi_grammar_options_default(void);

// The grammar of canonical sequences within these limits, a constraint (arioso/constraint.h). NULL options
// are the defaults. Tokens that are not canonical are taken as decoding takes them. At least one token is
// allowed, unless eos was fed.
ARIO_API ario_constraint ario_midi_grammar(const ario_midi_grammar_options *options);

// Lets no event come before `steps` more steps have passed (ario_prompt.wait).
ARIO_API void ario_midi_grammar_wait(ario_constraint *grammar, int64_t steps);

// Writes the tokens that end everything that sounds to tokens [ARIO_MIDI_CLOSE_MOST], at the point where the
// grammar stands. Returns how many.
ARIO_API size_t ario_midi_grammar_close(const ario_constraint *grammar, ario_token *tokens);

// ---- Variations, for training ----

// Transposes a run of tokens [count] and changes its tempo. Writes the result in canonical form to out [room]
// and returns how many tokens it wrote: all, or the first `room`. A room of 3 count is enough for tempos up
// to 2.
//   - If a pitch would leave 0..127, the whole run is transposed by the nearest interval that is possible.
//   - A time of t steps since the beginning of the run (or since bos) becomes floor(t tempo + 0.5) steps.
//   - A note lasts at least one step. Of onsets of one pitch that come to fall into one step, the louder
//     velocity and the later end count.
//   - bos, eos and pad stay where they are in the music; bos begins a piece, at time 0.
// A run may begin and end anywhere in a piece. The end of a note that began before the run is kept. A note-on
// before the run's first velocity token gets none, unless another velocity comes to stand before it in its
// step. {0, 1} gives back a canonical run that begins with bos or after a time-shift. Tokens that are not
// canonical are taken as decoding takes them; tokens >= V are left out. Allocates nothing; out must not
// overlap tokens.
ARIO_API size_t ario_midi_vary(const ario_token *tokens, size_t count, const ario_variation *variation,
                               ario_token *out, size_t room);

// ---- Live: events -> tokens, while music is played ----

// Receives the tokens, one by one.
typedef void (*ario_token_sink)(void *context, ario_token token);

// The rules above, applied while music is played. The tokens of a step come out when time has passed it. All
// events of a piece, then its end, give the tokens that encoding the piece gives. Plain data: copy it to look
// ahead. The fields are private. One thread at a time.
typedef struct ario_midi_live {
  bool begun;            // bos came out, with the step of the first onset
  int64_t now;           // step of the newest token
  int64_t at;            // step whose events are being collected
  int bin;               // current velocity bin; -1 before the first
  bool off[128];         // pitches that end in `at`
  uint8_t on[128];       // velocities of the pitches that begin in `at`; 0: none
  bool late[128];        // began in `at` and was released already: it ends one step later
  uint64_t holders[128]; // bit c: channel c holds the sounding note of this pitch
  int64_t since[128];    // step of the onset of each sounding pitch
  ario_channels channels;
} ario_midi_live;

// Starts with nothing played.
ARIO_API void ario_midi_live_init(ario_midi_live *live);

// Feeds an event at a step that is not before the last one's. Of the event it reads step, tick (the same
// number for events of one moment), port, bytes and size.
ARIO_API void ario_midi_live_event(ario_midi_live *live, const ario_midi_event *event, ario_token_sink sink,
                                   void *context);

// Time has reached `step`: the tokens before it come out.
ARIO_API void ario_midi_live_pass(ario_midi_live *live, int64_t step, ario_token_sink sink, void *context);

// Ends all notes at `step`; all tokens come out.
ARIO_API void ario_midi_live_end(ario_midi_live *live, int64_t step, ario_token_sink sink, void *context);

// ---- Tokens -> music ----

// The sum of the time-shifts of these tokens, in steps.
ARIO_API int64_t ario_midi_duration(const ario_token *tokens, size_t count);

// Tokens -> notes [*note_count], ordered by start, then pitch; channel 0, track 1; times in steps from the
// tokens' time 0. The caller frees them with free(). Lenient: an unmatched note-off is dropped; an onset of a
// sounding pitch ends that note first; the end of the tokens ends all notes; the velocity is 64 before the
// first velocity token; tokens after eos are ignored. Errors: ERR_ARGUMENT for a token >= V, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_midi_notes(const ario_token *tokens, size_t count, ario_note **notes,
                                                    size_t *note_count);

// Tokens -> a MIDI file of its own (type 0, 1 tick = 1 ms at 120 quarters a minute). The caller frees *bytes
// [*size] with free(). Errors: ERR_LIMIT for a silence that no MIDI file can hold (three days), those of
// ario_midi_notes.
ARIO_API ARIO_NODISCARD ario_status ario_midi_write(const ario_token *tokens, size_t count, uint8_t **bytes,
                                                    size_t *size, ario_error *error);

// The song up to the prompt's cut, the bytes of its tracks unchanged, and one more track with `tokens`
// [count], which follow the prompt's tokens. The new track is the last. The caller frees *bytes [*size] with
// free().
//   - Channel: a free one, else the one with the fewest notes, never drums; with the program and controllers
//     of the channel that most of the prompt's notes are on. Volume and expression are as they were when its
//     notes last sounded at the loudness of the passage, not as a fade-out left them. Bend, modulation,
//     pressure and tuning that others left on the channel are reset.
//   - Time base: the song's. Type 0 becomes type 1. If a tick is longer than 5 ms, the division and all
//     deltas are multiplied.
//   - A note that sounds at the cut ends on its own channel when a token ends it. Pedals that are down
//     there go up with the first such note of their channel.
//   - What still sounds after the last token ends there. Notes that were not in the prompt, and those that
//     the song itself leaves on, end at the cut or at the song's end.
// Errors: ERR_LIMIT if the time base or the number of tracks has no room, ERR_ARGUMENT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_song_continue(const ario_song *song, const ario_prompt *prompt,
                                                       const ario_token *tokens, size_t count,
                                                       uint8_t **bytes, size_t *size, ario_error *error);

#ifdef __cplusplus
}
#endif

#endif
