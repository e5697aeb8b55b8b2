// SPDX-License-Identifier: MIT
//
// What the model hears of a song for a band, and how what it makes of it becomes part of the song.
#ifndef ARIO_BAND_PASSAGE_H
#define ARIO_BAND_PASSAGE_H

#include "codecs/midi/band_music.h"

typedef struct ario__band_passage {
  ario_token *tokens; // [count] of the prompt: bos, a head, bars
  size_t count;
  int64_t origin;         // the step of the song at which the first bar begins
  int64_t begin;          // and at which the continuation does
  int64_t whole;          // and the first bar of all, if tokens were left out
  size_t left_out, notes; // tokens; notes of the whole part
  int64_t to;             // microseconds: where the song is cut
  bool cut;               // it is, before its end
} ario__band_passage;

// With the tokens that follow the passage [count]: the song up to the cut, its tracks' bytes as they are, and a track for
// each instrument of a track that goes on, behind them in their order; or (`alone`) these by themselves, from the bar
// line on before which they do not begin. The caller frees file->bytes. Errors: ERR_ARGUMENT, ERR_LIMIT, ERR_MEMORY.
ario_status ario__band_splice(const ario_song *song, const ario__band_passage *passage, bool alone,
                              const ario_token *tokens, size_t count, ario__band_file *file);

// The same for a new piece, of no song.
ario_status ario__band_piece(const ario__band_passage *passage, const ario_token *tokens, size_t count,
                             ario__band_file *file);

// Marks the tracks of a song that are heard, hear [tracks]; NULL: all. The caller frees it. Errors: ERR_ARGUMENT, ERR_MEMORY.
ario_status ario__band_mark_tracks(const ario_song *song, const ario_prompt_options *part, bool **hear,
                                   ario_error *error);

// Microseconds from that bar line to the step at which they begin.
int64_t ario__band_before(const ario_song *song, int64_t begin);

#endif
