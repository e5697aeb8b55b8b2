// SPDX-License-Identifier: MIT
//
// A piece that is being continued: the file of it so far. What is played live is taken from that file, so that what was
// heard is what is saved.
#ifndef ARIO_APPS_SCORE_H
#define ARIO_APPS_SCORE_H

#include "arioso/symbolic.h"

typedef struct ario__score {
  const ario_symbolic *symbolic; // the codec
  const ario_song *song;         // NULL: from nothing
  const ario_passage *passage;   // what the tokens continue
  bool alone;                    // the piece is the continuation alone, with its beginning as time 0
} ario__score;

// The file with `tokens` [count] added; the caller frees *bytes. Errors: those of ario_symbolic.splice.
ARIO_NODISCARD ario_status ario__score_write(const ario__score *score, const ario_token *tokens, size_t count,
                                             uint8_t **bytes, size_t *size, ario_error *error);

// The song's times, as a passage and a cursor tell them, as times of the piece, and back; in microseconds.
int64_t ario__score_time(const ario__score *score, int64_t of_song);
int64_t ario__score_song_time(const ario__score *score, int64_t of_piece);

// The piece with these tokens, and the time before which its events are final where the cursor stands at their end. It
// is written and read anew each time, which takes some milliseconds for an hour of music; the caller frees *so_far.
ARIO_NODISCARD ario_status ario__score_look(const ario__score *score, const ario_token *tokens, size_t count,
                                            const ario_cursor *cursor, ario_song **so_far, int64_t *final,
                                            ario_error *error);

#endif
