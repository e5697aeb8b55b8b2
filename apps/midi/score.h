// SPDX-License-Identifier: MIT
//
// A score: a piece that is being continued, as a MIDI file of the music so far. Live playing takes its events
// from that file, so the file that is saved holds exactly what was heard.
#ifndef ARIO_APPS_SCORE_H
#define ARIO_APPS_SCORE_H

#include "arioso/symbolic.h"

typedef struct ario__score {
  const ario_symbolic *symbolic; // the codec
  const ario_song *song;         // NULL: there is none, the piece is new
  const ario_passage *passage;   // the prompt that the tokens continue
  bool alone;                    // the piece is the continuation alone, which begins at time 0
} ario__score;

// Makes a MIDI file of the piece with `tokens` [count] added. The caller frees *bytes with free(). Errors:
// those of ario_symbolic.splice.
ARIO_NODISCARD ario_status ario__score_write(const ario__score *score, const ario_token *tokens, size_t count,
                                             uint8_t **bytes, size_t *size, ario_error *error);

// Convert times of the song, which a passage and a cursor have, to times of the piece,
// and back; in microseconds.
int64_t ario__score_time(const ario__score *score, int64_t of_song);
int64_t ario__score_song_time(const ario__score *score, int64_t of_piece);

// The piece with these tokens added, and the time before which its events are final; the cursor stands at the
// end of the tokens. Each call writes and reads the whole piece, a few milliseconds for an hour of music. The
// caller frees *so_far with ario_song_free. Errors: those of ario__score_write and ario_song_parse.
ARIO_NODISCARD ario_status ario__score_look(const ario__score *score, const ario_token *tokens, size_t count,
                                            const ario_cursor *cursor, ario_song **so_far, int64_t *final,
                                            ario_error *error);

#endif
