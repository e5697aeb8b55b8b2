// SPDX-License-Identifier: MIT
//
// Writes and reads the piece.
#include "apps/midi/score.h"

#include <stdlib.h>

ario_status ario__score_write(const ario__score *score, const ario_token *tokens, size_t count,
                              uint8_t **bytes, size_t *size, ario_error *error) {
  return score->symbolic->splice(score->song, score->passage, score->alone, tokens, count, bytes, size,
                                 error);
}

// The time of the song that is time 0 of the piece.
static int64_t origin(const ario__score *score) {
  return score->alone ? score->passage->line : 0;
}

int64_t ario__score_time(const ario__score *score, int64_t of_song) {
  return of_song - origin(score);
}

int64_t ario__score_song_time(const ario__score *score, int64_t of_piece) {
  return of_piece + origin(score);
}

ario_status ario__score_look(const ario__score *score, const ario_token *tokens, size_t count,
                             const ario_cursor *cursor, ario_song **so_far, int64_t *final,
                             ario_error *error) {
  *so_far = NULL;
  uint8_t *bytes;
  size_t size;
  ario_status status = ario__score_write(score, tokens, count, &bytes, &size, error);
  if (status) return status;
  status = ario_song_parse(bytes, size, so_far, error);
  free(bytes);
  int64_t settled = ario__score_time(score, cursor->settled);
  *final = settled > 0 ? settled : 0;
  return status;
}
