// SPDX-License-Identifier: MIT
//
// Writing and reading the piece.
#include "apps/midi/score.h"

#include <stdlib.h>
#include <string.h>

// The continuation as a piece of its own: tokens that begin where it begins, in the velocity that is in force
// there.
static ario_status write_alone(const ario_prompt *prompt, const ario_token *tokens, size_t count,
                               uint8_t **bytes, size_t *size, ario_error *error) {
  ario_token *alone = malloc((count + 4) * sizeof *alone);
  if (!alone) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  size_t n = 0, first = 0;
  int64_t silence = -prompt->wait;
  alone[n++] = ARIO_MIDI_BOS;
  for (size_t i = prompt->count; i-- > 0 && n < 2;)
    if (prompt->tokens[i] >= ARIO_MIDI_VELOCITY) alone[n++] = prompt->tokens[i];
  while (silence < 0 && first < count) silence += ario_midi_duration(&tokens[first++], 1);
  if (silence > 0) alone[n++] = (ario_token)(ARIO_MIDI_SHIFT + silence - 1);
  if (first < count) memcpy(alone + n, tokens + first, (count - first) * sizeof *alone);
  ario_status status = ario_midi_write(alone, n + count - first, bytes, size, error);
  free(alone);
  return status;
}

ario_status ario__score_write(const ario__score *score, const ario_token *tokens, size_t count,
                              uint8_t **bytes, size_t *size, ario_error *error) {
  if (score->alone || !score->song) return write_alone(score->prompt, tokens, count, bytes, size, error);
  return ario_song_continue(score->song, score->prompt, tokens, count, bytes, size, error);
}

int64_t ario__score_step(const ario__score *score, const ario_token *tokens, size_t count) {
  const ario_prompt *prompt = score->prompt;
  int64_t steps = ario_midi_duration(tokens, count) - prompt->wait;
  return score->alone || !score->song ? steps : prompt->begin + steps;
}

// A step less than the newest: what ends with the last token may go on with the next. And nothing where the
// continuation has no note yet: its first one brings its channel's settings with it.
static int64_t final_time(const ario__score *score, const ario_token *tokens, size_t count) {
  bool notes = false;
  for (size_t i = 0; i < count && !notes; i++)
    notes = tokens[i] >= ARIO_MIDI_NOTE_ON && tokens[i] < ARIO_MIDI_NOTE_OFF;
  int64_t begin = score->alone || !score->song ? 0 : score->prompt->begin;
  int64_t step = notes ? ario__score_step(score, tokens, count) : begin;
  return step > 0 ? (step - 1) * 10000 : 0;
}

ario_status ario__score_look(const ario__score *score, const ario_token *tokens, size_t count,
                             ario_song **so_far, int64_t *final, ario_error *error) {
  *so_far = NULL;
  uint8_t *bytes;
  size_t size;
  ario_status status = ario__score_write(score, tokens, count, &bytes, &size, error);
  if (status) return status;
  status = ario_song_parse(bytes, size, so_far, error);
  free(bytes);
  *final = final_time(score, tokens, count);
  return status;
}
