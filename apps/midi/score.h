// SPDX-License-Identifier: MIT
//
// A piece that is being continued: the MIDI file of it so far, and those of its events that more tokens will
// not change. What is played live is taken from that file, so that what was heard is what is saved.
#ifndef ARIO_APPS_SCORE_H
#define ARIO_APPS_SCORE_H

#include "arioso/midi.h"

typedef struct ario__score {
  const ario_song *song;     // NULL: from nothing
  const ario_prompt *prompt; // what the tokens continue
  bool alone;                // the piece is the continuation alone, with its beginning as time 0
} ario__score;

// The file with `tokens` [count] added; *bytes is to be freed. Errors: those of ario_song_continue.
ARIO_NODISCARD ario_status ario__score_write(const ario__score *score, const ario_token *tokens, size_t count,
                                             uint8_t **bytes, size_t *size, ario_error *error);

// The step of the file at which these tokens end, from its time 0.
int64_t ario__score_step(const ario__score *score, const ario_token *tokens, size_t count);

// The piece so far, to be freed, and the time in microseconds before which its events are final. They are
// written and read anew each time, which takes some milliseconds for an hour of music.
ARIO_NODISCARD ario_status ario__score_look(const ario__score *score, const ario_token *tokens, size_t count,
                                            ario_song **so_far, int64_t *final, ario_error *error);

#endif
