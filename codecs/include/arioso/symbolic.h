// SPDX-License-Identifier: MIT
//
// What a codec of notes knows beside files <-> tokens (arioso/codec.h): how a song becomes a prompt, where tokens
// stand in time, and how what was generated becomes part of the song. Programs that continue music go by this table
// (`ario_codec.symbolic`) and name no codec.
//
//   const ario_symbolic *music = ario_codec_find("midi-performance")->symbolic;
//   music->open("song.mid", &song, &error);
//   music->hear(song, &options, &passage, &error);      passage.tokens go into a session, passage.grammar into a chain
//   ario_cursor cursor = passage.cursor;                for each token that is drawn:
//   bool last = music->cut(&cursor, until, &token);     not past `until`
//   music->pass(&cursor, &token, 1);
//   music->splice(song, &passage, false, tokens, count, &bytes, &size, &error);
//   music->forget(&passage);
//
// Times are microseconds of the song, from its time 0; a codec rounds them to the steps in which it tells time.
// The functions may be called by any thread, as long as what they are given is not freed or changed meanwhile.
#ifndef ARIOSO_SYMBOLIC_H
#define ARIOSO_SYMBOLIC_H

#include "arioso/constraint.h"
#include "arioso/midi.h"

#ifdef __cplusplus
extern "C" {
#endif

// Where a run of tokens stands in the song. Plain data: copy it to look ahead.
typedef struct ario_cursor {
  int64_t now;     // the time at which the tokens so far end
  int64_t settled; // further tokens change nothing of the song before this time
  size_t notes;    // that began in the tokens it has passed
  bool ended;      // eos was passed
  int64_t own[8];  // the codec's own
} ario_cursor;

typedef struct ario_passage_options {
  ario_prompt_options part;      // of the song
  int64_t max_silence, max_note; // microseconds: no silence and no note of what is generated is longer
  bool until_end;                // eos is allowed where a piece can end
} ario_passage_options;

// Everything; silences of 5 and notes of 10 seconds at most; no end.
ARIO_API ario_passage_options ario_passage_options_default(void);

// What the model hears of a song, and what may follow.
typedef struct ario_passage {
  ario_token *tokens; // [count]
  size_t count;
  size_t notes;            // heard
  int64_t begin;           // the time at which the continuation begins
  ario_constraint grammar; // has read the tokens
  ario_cursor cursor;      // stands at their end; its notes are 0
  void *own;               // the codec's own
} ario_passage;

// A message that a token makes sound.
typedef struct ario_sounding {
  int64_t microseconds;
  uint8_t size, bytes[3]; // on channel 0
} ario_sounding;

// A codec that can read and sound while music is played. Its state is plain data, of `size` bytes: copy it to look
// ahead. Tokens of a step come out when time has passed it.
typedef struct ario_symbolic_live {
  size_t size;
  void (*begin)(void *state); // nothing has been played
  // A complete message, at a time that is not before the last one's. What the codec does not tell is left out.
  void (*event)(void *state, int64_t microseconds, const uint8_t *bytes, size_t size, ario_token_sink sink,
                void *context);
  void (*pass)(void *state, int64_t microseconds, ario_token_sink sink,
               void *context); // time has come to this
  // Puts the cursor's time to where the tokens that came out end; false if none did.
  bool (*stands)(const void *state, ario_cursor *cursor);
  // The first time that lies after `microseconds` and after all that was played.
  int64_t (*next)(const void *state, int64_t microseconds);
  // A constraint: a note begins before any time passes.
  ario_constraint (*onset)(void);
  // What a token makes sound, which the cursor has passed: fills out [room], returns how many.
  size_t (*sound)(const ario_cursor *cursor, ario_token token, ario_sounding *out, size_t room);
} ario_symbolic_live;

struct ario_symbolic {
  // Reads a song. Errors: those of ario_song_open. ario_song_free frees it.
  ario_status (*open)(const char *path, ario_song **song, ario_error *error);

  // Makes a prompt of a part of a song; of NULL the beginning of a piece. Errors: those of ario_song_prompt.
  ario_status (*hear)(const ario_song *song, const ario_passage_options *options, ario_passage *passage,
                      ario_error *error);
  void (*forget)(ario_passage *passage); // frees what `hear` made and zeroes it; safe on a zeroed one

  // How long the newest `count` tokens of a passage last, in microseconds.
  int64_t (*lasts)(const ario_passage *passage, size_t count);

  // Tokens that were drawn or told: the cursor goes past them.
  void (*pass)(ario_cursor *cursor, const ario_token *tokens, size_t count);

  // Where the next token would pass `until`, makes it end there. Returns true if with it that time has come, or the
  // piece has ended.
  bool (*cut)(const ario_cursor *cursor, int64_t until, ario_token *token);

  // Tokens [room] that let time pass to `until` and no further; returns how many, 0 if it is there.
  size_t (*rest)(const ario_cursor *cursor, int64_t until, ario_token *tokens, size_t room);

  // The first time, not before this one, at which the codec can place an event.
  int64_t (*align)(const ario_cursor *cursor, int64_t microseconds);

  // The next event may not come before this time, by a grammar that stands where the cursor does.
  void (*wait)(ario_constraint *grammar, const ario_cursor *cursor, int64_t until);

  // Tokens [room] that end all that sounds where the grammar stands; returns how many. 256 is room enough.
  size_t (*close)(const ario_constraint *grammar, ario_token *tokens, size_t room);

  // The song with the tokens that follow a passage as part of it, or (`alone`, or of a passage from nothing) the new
  // music as a file of its own; the caller frees *bytes. Errors: those of ario_song_continue.
  ario_status (*splice)(const ario_song *song, const ario_passage *passage, bool alone,
                        const ario_token *tokens, size_t count, uint8_t **bytes, size_t *size,
                        ario_error *error);

  // The notes of a whole piece's tokens, as ario_midi_notes has them; the caller frees *notes.
  ario_status (*notes)(const ario_token *tokens, size_t count, ario_note **notes, size_t *note_count);

  const ario_symbolic_live *live; // NULL where it cannot read while music is played
};

#ifdef __cplusplus
}
#endif

#endif
