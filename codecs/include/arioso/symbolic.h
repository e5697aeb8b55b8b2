// SPDX-License-Identifier: MIT
//
// What a codec of notes can do besides turning files into tokens and back (arioso/codec.h): make a prompt of
// a song, tell the time of a token, and put generated tokens into the song. Programs that continue music use
// this table (`ario_codec.symbolic`) and name no codec.
//
//   const ario_symbolic *music = ario_codec_find("midi-performance")->symbolic;
//   music->open("song.mid", &song, &error);
//   music->hear(song, &options, &passage, &error);     // passage.tokens go into a session,
//                                                      // passage.grammar into a chain
//   ario_cursor cursor = passage.cursor;
//   ... for each token that is drawn:
//     bool last = music->cut(&cursor, until, &token);  // not past `until`
//     music->pass(&cursor, &token, 1);
//   music->splice(song, &passage, false, tokens, count, &bytes, &size, &error);
//   music->forget(&passage);
//   ario_song_free(song);
//
// Times are microseconds of the song, from its time 0. A codec rounds them to its own steps of time.
//
// Threads: any thread may call the functions, as long as their arguments are not freed or changed meanwhile.
#ifndef ARIOSO_SYMBOLIC_H
#define ARIOSO_SYMBOLIC_H

#include "arioso/constraint.h"
#include "arioso/fill.h"
#include "arioso/midi.h"
#include "arioso/steering.h"

#ifdef __cplusplus
extern "C" {
#endif

// The time in the song at which a run of tokens ends. Plain data: copy it to look ahead.
typedef struct ario_cursor {
  int64_t now;     // the time at which the tokens so far end
  int64_t settled; // later tokens do not change the song before this time
  size_t notes;    // notes that begin in the tokens that it has passed
  bool ended;      // it has passed eos
  int64_t own[8];  // private to the codec
} ario_cursor;

// Which part of a song becomes the prompt, and within which limits it goes on.
typedef struct ario_passage_options {
  ario_prompt_options part;      // of the song
  int64_t max_silence, max_note; // the longest generated silence and note, in microseconds
  bool usual_notes;              // notes are no longer than is usual in the prompt (ario_note_limit) either
  bool until_end;                // allow eos where a piece can end
  const bool *
      instruments; // [ARIO_STEER_INSTRUMENTS] who is to go on, where the codec tells instruments apart; NULL:
                   // those who have played
  size_t most; // tokens that the prompt may have, where the codec can leave out its beginning; 0: any number
} ario_passage_options;

// The whole song and all its tokens; silences up to 5 s, notes up to 10 s and as long as is usual in the prompt; no
// eos.
ARIO_API ario_passage_options ario_passage_options_default(void);

// A prompt of a song, and what may follow it.
typedef struct ario_passage {
  ario_token *tokens; // [count]
  size_t count;
  size_t notes;    // notes in the part, also where the prompt leaves out its beginning
  size_t left_out; // tokens by which it is shorter than that of the whole part
  int64_t skipped; // and microseconds
  int64_t begin;   // the time at which the continuation begins
  int64_t line;    // the time that is 0 in what `splice` writes alone: the same, or the bar line before it
  ario_constraint grammar; // has been fed the tokens
  ario_cursor cursor;      // at the end of the tokens; its `notes` are 0
  void *own;               // private to the codec
} ario_passage;

// What of a song a codec cannot go on with.
typedef struct ario_left_out {
  size_t drums;      // onsets of drums
  size_t notes[128]; // of each program
  const char *plays; // what it plays instead: "piano"; constant, NULL where nothing is left out
} ario_left_out;

// A MIDI message that a token stands for.
typedef struct ario_sounding {
  int64_t microseconds;
  uint8_t size, bytes[3]; // on channel 0
} ario_sounding;

// Operations of a codec that can read and play music live. The state is plain data of `size` bytes: copy it
// to look ahead. The sink receives the tokens of a step once time has passed it.
typedef struct ario_symbolic_live {
  size_t size;
  void (*begin)(void *state); // sets the state to that before the first message
  // Feeds a complete message, at a time not before that of the last one. Messages that the codec
  // does not encode are ignored.
  void (*event)(void *state, int64_t microseconds, const uint8_t *bytes, size_t size, ario_token_sink sink,
                void *context);
  // Lets time pass to `microseconds`: the sink receives the tokens before it.
  void (*pass)(void *state, int64_t microseconds, ario_token_sink sink, void *context);
  // Sets the cursor's time to the end of the tokens that the sink has received; returns
  // false if there were none.
  bool (*stands)(const void *state, ario_cursor *cursor);
  // The first time that the codec can place an event at, after `microseconds` and after
  // everything played so far.
  int64_t (*next)(const void *state, int64_t microseconds);
  // A constraint that makes a note begin before any time passes.
  ario_constraint (*onset)(void);
  // Writes to out [room] the messages of a token that the cursor has passed; returns how many.
  size_t (*sound)(const ario_cursor *cursor, ario_token token, ario_sounding *out, size_t room);
} ario_symbolic_live;

struct ario_symbolic {
  bool free_time; // its tokens know no bars: that a song keeps to a grid goes on only where it is wished

  // Reads a song; the caller frees it with ario_song_free. Errors: those of ario_song_open.
  ario_status (*open)(const char *path, ario_song **song, ario_error *error);

  // Makes a prompt of a part of a song; if song is NULL, of the beginning of a piece. The caller frees it
  // with `forget`. Errors: those of ario_song_prompt.
  ario_status (*hear)(const ario_song *song, const ario_passage_options *options, ario_passage *passage,
                      ario_error *error);
  void (*forget)(ario_passage *passage); // frees what `hear` made and zeroes it; safe on a zeroed one

  // What of this part of the song does not go on, with the passage made of it. NULL: all does.
  void (*leave_out)(const ario_song *song, const ario_prompt_options *part, const ario_passage *passage,
                    ario_left_out *out);

  // The duration of the newest `count` tokens of a passage, in microseconds.
  int64_t (*lasts)(const ario_passage *passage, size_t count);

  // The times of the song at which tokens stand: those of the passage, then `count` tokens that follow it, times
  // [passage->count + count]. A token that lets time pass stands where it leads to.
  void (*times)(const ario_song *song, const ario_passage *passage, const ario_token *tokens, size_t count,
                int64_t *times);

  // Moves the cursor past tokens, drawn or given.
  void (*pass)(ario_cursor *cursor, const ario_token *tokens, size_t count);

  // If the next token would go past `until`, shortens it to end there. Returns true if the token reaches
  // `until` or ends the piece.
  bool (*cut)(const ario_cursor *cursor, int64_t until, ario_token *token);

  // Writes to tokens [room] the tokens that let time pass to `until` and no further; returns how many, 0 if
  // the cursor is there.
  size_t (*rest)(const ario_cursor *cursor, int64_t until, ario_token *tokens, size_t room);

  // The first time, not before `microseconds`, at which the codec can place an event.
  int64_t (*align)(const ario_cursor *cursor, int64_t microseconds);

  // Forbids events before `until`. The grammar and the cursor must be at the same token.
  void (*wait)(ario_constraint *grammar, const ario_cursor *cursor, int64_t until);

  // Adds to a chain, behind the grammar, constraints that make what follows the passage keep to what is wished. They
  // have been fed the passage. What is wished must not quarrel (ario_steering_quarrel). NULL: the codec cannot. Errors:
  // ERR_UNSUPPORTED where codec or song do not have what is wished, ERR_LIMIT where the chain is full. The message
  // begins with the wish, as ario_quarrel names it.
  ario_status (*steer)(const ario_song *song, const ario_passage *passage, const ario_steering *steering,
                       ario_chain *chain, ario_error *error);

  // Writes to tokens [room] the tokens that end every note that sounds at the end of the grammar's tokens;
  // returns how many. A room of 256 is always enough.
  size_t (*close)(const ario_constraint *grammar, ario_token *tokens, size_t room);

  // Makes a MIDI file of the song with the tokens that follow a passage; or (if `alone`, or song is NULL) of
  // the new music by itself. The caller frees *bytes with free(). Errors: those of ario_song_continue.
  ario_status (*splice)(const ario_song *song, const ario_passage *passage, bool alone,
                        const ario_token *tokens, size_t count, uint8_t **bytes, size_t *size,
                        ario_error *error);

  // How many instruments of what `splice` writes have no channel of their own, since a port has 16 of them. NULL: none
  // ever.
  size_t (*sharing)(const ario_song *song, const ario_passage *passage, bool alone, const ario_token *tokens,
                    size_t count);

  // The notes of the tokens of a whole piece, as ario_midi_notes gives them. The caller
  // frees *notes with free().
  ario_status (*notes)(const ario_token *tokens, size_t count, ario_note **notes, size_t *note_count);

  const ario_symbolic_live *live; // NULL if the codec cannot read while music is played
  const ario_symbolic_fill *fill; // NULL if it cannot write inside a song
};

#ifdef __cplusplus
}
#endif

#endif
