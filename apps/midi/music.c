// SPDX-License-Identifier: MIT
//
// Reads a piece and makes a prompt of it.
#include "apps/midi/music.h"
#include "apps/cli/times.h"
#include "apps/generate/models.h"

#include <math.h>

ario__music ario__music_default(const char *command) {
  return (ario__music){.command = command, .max_silence = 5, .max_note = 10};
}

static int read_song(ario__music *music) {
  ario_error error = {""};
  if (music->symbolic->open(music->input, &music->song, &error))
    return ario__complain(music->command, "%s", error.text);
  size_t warnings = ario_song_describe(music->song).warnings, shown = 0;
  for (const char *text; (text = ario_song_warning(music->song, shown)); shown++)
    ario__warn("%s: %s", music->input, text);
  if (warnings > shown) ario__warn("%s: %zu more repairs", music->input, warnings - shown);
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
  if (status && ario_song_describe(music->song).frames)
    return ario__complain(music->command, "%s: %s (--model " ARIO__DEFAULT_MODEL ")", music->input,
                          error.text);
  return status ? ario__complain(music->command, "%s: %s", music->input, error.text) : ARIO__DONE;
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
  options.most = music->context - music->context / 4; // the rest is for what follows
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

int ario__music_end_of_bars(const ario__music *music, int64_t *until) {
  // What begins with the bar line at the end is not part of it, also where that time was rounded.
  enum { ROUNDING = 500 };
  ario_status status = ARIO_ERR_UNSUPPORTED;
  if (music->song) status = ario_song_bars(music->song, music->passage.begin, music->bars, until);
  if (!status) {
    *until -= ROUNDING;
    return ARIO__DONE;
  }
  if (status == ARIO_ERR_LIMIT)
    return ario__usage_error(music->command, "--bars %zu: that is more than ten days", music->bars);
  return ario__usage_error(music->command, "--bars needs a MIDI file%s; give --seconds",
                           music->song ? " with bars, but this one counts in frames" : " to begin with");
}

void ario__music_warn_sharing(const ario__music *music, bool alone, const ario_token *tokens, size_t count,
                              const char *path) {
  const ario_symbolic *symbolic = music->symbolic;
  size_t sharing =
      symbolic->sharing ? symbolic->sharing(music->song, &music->passage, alone, tokens, count) : 0;
  if (sharing)
    ario__warn("%s: %zu instrument%s no MIDI channel left and share%s that of another", path, sharing,
               sharing == 1 ? " has" : "s have", sharing == 1 ? "s" : "");
}
