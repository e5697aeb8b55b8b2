// SPDX-License-Identifier: MIT
//
// What the model hears of a song for a band, and how what it makes of it becomes part of the song.
#ifndef ARIO_BAND_PASSAGE_H
#define ARIO_BAND_PASSAGE_H

#include "codecs/midi/band_music.h"

typedef struct ario__band_passage {
  ario_token *tokens; // [count] of the prompt: bos, a head, bars
  size_t count;
  int64_t origin; // the step of the song at which the first bar begins
  int64_t begin;  // and at which the continuation does
  int64_t to;     // microseconds: where the song is cut
  bool cut;       // it is, before its end
} ario__band_passage;

// The song up to the cut, its tracks' bytes as they are, and what `tokens` [count] add to the passage: a track for each
// track and channel that goes on, named after it, on its channel; for a new instrument one of its own. The caller
// frees *bytes. Errors: ERR_ARGUMENT, ERR_LIMIT, ERR_MEMORY.
ario_status ario__band_splice(const ario_song *song, const ario__band_passage *passage,
                              const ario_token *tokens, size_t count, uint8_t **bytes, size_t *size);

// What they add alone, as a file of its own from the bar on in which it begins.
ario_status ario__band_alone(const ario__band_passage *passage, const ario_token *tokens, size_t count,
                             uint8_t **bytes, size_t *size);

#endif
