// SPDX-License-Identifier: MIT
//
// Reads a piece and makes a prompt of it.
#include "apps/midi/music.h"
#include "apps/cli/times.h"

#include <math.h>

ario__music ario__music_default(const char *command) {
  return (ario__music){.command = command, .max_silence = 5, .max_note = 10};
}

static int read_song(ario__music *music) {
  ario_error error = {""};
  if (ario__input_song(music->input, music->symbolic, &music->song, &error))
    return ario__complain(music->command, "%s", error.text);
  size_t warnings = ario_song_describe(music->song).warnings, shown = 0;
  for (const char *text; (text = ario_song_warning(music->song, shown)); shown++)
    ario__warn("%s: %s", music->input->name, text);
  if (warnings > shown) ario__warn("%s: %zu more repairs", music->input->name, warnings - shown);
  return ARIO__DONE;
}

static int hear_song(ario__music *music) {
  ario_error error = {""};
  ario_passage_options options = ario__music_rules(music);
  ario_prompt_options *part = &options.part;
  if (music->from && ario__parse_time(music->from, music->song, &part->from, &error))
    return ario__usage_error(music->command, "--from: %s", error.text);
  if (music->to && ario__parse_time(music->to, music->song, &part->to, &error))
    return ario__usage_error(music->command, "--to: %s", error.text);
  if (part->from >= part->to)
    return ario__usage_error(music->command, "--from %s is not before --to %s", music->from, music->to);
  if (music->tracks.count) {
    part->tracks = music->tracks.numbers;
    part->track_count = music->tracks.count;
  }
  ario_status status = music->symbolic->hear(music->song, &options, &music->passage, &error);
  if (status == ARIO_ERR_ARGUMENT) return ario__usage_error(music->command, "--tracks: %s", error.text);
  return status ? ario__complain(music->command, "%s: %s", music->input->name, error.text) : ARIO__DONE;
}

static int begin_piece(ario__music *music) {
  ario_error error = {""};
  const ario_passage_options options = ario__music_rules(music);
  if (music->from || music->to || music->tracks.count)
    return ario__usage_error(music->command, "--from, --to and --tracks need a MIDI file to begin with");
  if (music->symbolic->hear(NULL, &options, &music->passage, &error))
    return ario__complain(music->command, "%s", error.text);
  return ARIO__DONE;
}

ario_passage_options ario__music_rules(const ario__music *music) {
  ario_passage_options options = ario_passage_options_default();
  options.max_silence = llround(music->max_silence * 1e6);
  options.max_note = llround(music->max_note * 1e6);
  options.until_end = music->until_end;
  return options;
}

int ario__music_prepare(ario__music *music, const ario_symbolic *symbolic) {
  music->symbolic = symbolic;
  int result = music->input ? read_song(music) : begin_piece(music);
  if (!result && music->input) result = hear_song(music);
  if (!result && ario_chain_add(&music->chain, &music->passage.grammar))
    result = ario__complain(music->command, "%s", ario_strerror(ARIO_ERR_LIMIT));
  return result;
}

void ario__music_free(ario__music *music) {
  if (music->symbolic) music->symbolic->forget(&music->passage);
  ario_song_free(music->song);
  music->song = NULL;
}

double ario__music_seconds(const ario__music *music, const ario_token *tokens, size_t count, size_t *notes) {
  ario_cursor cursor = music->passage.cursor;
  music->symbolic->pass(&cursor, tokens, count);
  *notes = cursor.notes;
  return (double)(cursor.now - music->passage.begin) / 1e6;
}
