// SPDX-License-Identifier: MIT
//
// Reading a piece that is to be continued.
#include "apps/midi/music.h"
#include "apps/cli/times.h"

#include <math.h>
#include <stdlib.h>

double ario__seconds_of(int64_t steps) {
  return (double)steps / ARIO_MIDI_STEPS_PER_SECOND;
}

int64_t ario__steps_of(double seconds) {
  return llround(seconds * ARIO_MIDI_STEPS_PER_SECOND);
}

size_t ario__count_notes(const ario_token *tokens, size_t count) {
  size_t notes = 0;
  for (size_t i = 0; i < count; i++)
    notes += tokens[i] >= ARIO_MIDI_NOTE_ON && tokens[i] < ARIO_MIDI_NOTE_OFF;
  return notes;
}

ario__music ario__music_default(const char *command) {
  return (ario__music){.command = command, .max_silence = 5, .max_note = 10};
}

static int read_song(ario__music *music) {
  ario_error error = {""};
  if (ario_song_open(music->input, &music->song, &error))
    return ario__complain(music->command, "%s", error.text);
  size_t warnings = ario_song_describe(music->song).warnings, shown = 0;
  for (const char *text; (text = ario_song_warning(music->song, shown)); shown++)
    ario__warn("%s: %s", music->input, text);
  if (warnings > shown) ario__warn("%s: and %zu more repairs", music->input, warnings - shown);
  return ARIO__DONE;
}

static int hear_song(ario__music *music) {
  ario_error error = {""};
  ario_prompt_options options = ario_prompt_options_default();
  if (music->from && ario__parse_time(music->from, music->song, &options.from, &error))
    return ario__usage_error(music->command, "--from: %s", error.text);
  if (music->to && ario__parse_time(music->to, music->song, &options.to, &error))
    return ario__usage_error(music->command, "--to: %s", error.text);
  if (options.from >= options.to)
    return ario__usage_error(music->command, "--from %s is not before --to %s", music->from, music->to);
  if (music->tracks.count) {
    options.tracks = music->tracks.numbers;
    options.track_count = music->tracks.count;
  }
  ario_status status = ario_song_prompt(music->song, &options, &music->prompt, &error);
  if (status == ARIO_ERR_ARGUMENT) return ario__usage_error(music->command, "--tracks: %s", error.text);
  return status ? ario__complain(music->command, "%s: %s", music->input, error.text) : ARIO__DONE;
}

// The prompt of a piece from nothing: bos.
static int begin_piece(ario__music *music) {
  ario_prompt *prompt = &music->prompt;
  if (music->from || music->to || music->tracks.count)
    return ario__usage_error(music->command, "--from, --to and --tracks need a MIDI file to begin with");
  prompt->tokens = malloc(sizeof *prompt->tokens);
  if (!prompt->tokens) return ario__complain(music->command, "%s", ario_strerror(ARIO_ERR_MEMORY));
  prompt->tokens[0] = ARIO_MIDI_BOS;
  prompt->count = 1;
  return ARIO__DONE;
}

ario_midi_grammar_options ario__music_grammar(const ario__music *music) {
  return (ario_midi_grammar_options){.max_silence = ario__steps_of(music->max_silence),
                                     .max_note = ario__steps_of(music->max_note),
                                     .until_end = music->until_end,
                                     .piano_keys = true};
}

int ario__music_prepare(ario__music *music) {
  int result = music->input ? read_song(music) : begin_piece(music);
  if (!result && music->input) result = hear_song(music);
  if (result) return result;
  const ario_midi_grammar_options options = ario__music_grammar(music);
  ario_midi_grammar_init(&music->grammar, &options);
  ario_midi_grammar_feed(&music->grammar, music->prompt.tokens, music->prompt.count);
  ario_midi_grammar_wait(&music->grammar, music->prompt.wait);
  return ARIO__DONE;
}

void ario__music_free(ario__music *music) {
  ario_prompt_free(&music->prompt);
  ario_song_free(music->song);
  music->song = NULL;
}
