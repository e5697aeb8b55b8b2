// SPDX-License-Identifier: MIT
//
// Reads a piece and makes a prompt of it.
#include "apps/midi/music.h"
#include "apps/cli/times.h"
#include "apps/generate/models.h"
#include "arioso/general_midi.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

// What begins with the bar line at the end is not part of it, also where that time was rounded.
enum { ROUNDING = 500 };

ario__music ario__music_default(const char *command) {
  return (ario__music){
      .command = command, .max_silence = 5, .max_note = 10, .part = ario_prompt_options_default()};
}

static int read_song(ario__music *music, const ario_symbolic *symbolic) {
  ario_error error = {""};
  if (music->song) return ARIO__DONE;
  if (ario__input_song(music->input, symbolic, &music->song, &error))
    return ario__complain(music->command, "%s", error.text);
  size_t warnings = ario_song_describe(music->song).warnings, shown = 0;
  for (const char *text; (text = ario_song_warning(music->song, shown)); shown++)
    ario__warn("%s: %s", music->input->name, text);
  if (warnings > shown) ario__warn("%s: %zu more repairs", music->input->name, warnings - shown);
  return ARIO__DONE;
}

// ---- Which model ----

// Whether a song is played by more than a piano. Without bars it stays with what keeps free time.
static bool is_of_band(const ario_song *song) {
  size_t count;
  const ario_note *notes = ario_song_notes(song, &count);
  ario_song_info info = ario_song_describe(song);
  if (info.frames) return false;
  if (info.drum_notes) return true;
  for (size_t i = 0; i < count; i++)
    if (notes[i].program != notes[0].program || notes[i].program >= ARIO_PROGRAM_FAMILY) return true;
  return false;
}

int ario__music_choose_model(ario__music *music, const char **name) {
  *name = ARIO__DEFAULT_MODEL;
  int result = read_song(music, ario_codec_standard(ARIO_MUSIC)->symbolic);
  if (result || !is_of_band(music->song)) return result;
  if (ario__models_have(ARIO__DEFAULT_BAND_MODEL))
    *name = ARIO__DEFAULT_BAND_MODEL;
  else
    ario__warn("%s: is for the model " ARIO__DEFAULT_BAND_MODEL
               ", which is not installed; " ARIO__DEFAULT_MODEL " continues it",
               music->input->name);
  return ARIO__DONE;
}

// ---- What does not go on ----

enum { NAMES = 4 }; // of instruments, in a message

// The program with the most notes, of those with fewer than `below` or as many and a higher number than `after`.
static int next_program(const ario_left_out *out, size_t below, int after) {
  int best = -1;
  for (int p = 0; p < ARIO_PROGRAMS; p++) {
    size_t notes = out->notes[p];
    if (!notes || notes > below || (notes == below && p <= after)) continue;
    if (best < 0 || notes > out->notes[best]) best = p;
  }
  return best;
}

// "703 drum beats, acoustic bass and violin are not continued: this model plays piano"
static void say_left_out(const ario__music *music) {
  const ario_left_out *out = &music->left_out;
  char parts[NAMES + 2][48], text[sizeof parts + 64] = "";
  size_t count = 0, programs = 0, used = 0;
  for (unsigned p = 0; p < ARIO_PROGRAMS; p++) programs += out->notes[p] > 0;
  if (out->drums)
    snprintf(parts[count++], sizeof *parts, "%zu drum beat%s", out->drums, out->drums > 1 ? "s" : "");
  size_t named = programs > NAMES ? NAMES - 1 : programs;
  int program = -1;
  for (size_t i = 0; i < named; i++) {
    program = next_program(out, program < 0 ? SIZE_MAX : out->notes[program], program);
    snprintf(parts[count++], sizeof *parts, "%s", ario_program_name((unsigned)program));
  }
  if (programs > named) snprintf(parts[count++], sizeof *parts, "%zu more instruments", programs - named);
  if (!count) return;
  bool many = count > 1 || out->drums > 1;
  for (size_t i = 0; i < count; i++)
    used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
                             !i              ? ""
                             : i + 1 < count ? ", "
                                             : " and ",
                             parts[i]);
  ario__warn("%s: %s %s not continued: this model plays %s", music->input->name, text, many ? "are" : "is",
             out->plays);
}

void ario__music_report_left_out(const ario__music *music, ario__report *report) {
  const ario_left_out *out = &music->left_out;
  ario__report *object = ario__report_add_object(report, "not_continued");
  ario__report_add_number(object, "drum_beats", (double)out->drums);
  ario__report *instruments = ario__report_add_array(object, "instruments");
  for (unsigned p = 0; p < ARIO_PROGRAMS; p++)
    if (out->notes[p]) ario__report_add_text(instruments, NULL, ario_program_name(p));
}

// ---- Which tracks ----

// Adds the tracks whose name this is, as `info` prints it, in capitals or not. False if there is none.
static bool add_named(ario__music *music, const char *name, size_t length) {
  unsigned all = ario_song_describe(music->song).tracks;
  size_t before = music->track_count;
  for (unsigned t = 1; t <= all && music->track_count < ARIO__TRACKS_MOST; t++) {
    const ario_track_info track = ario_song_track(music->song, t);
    if (length && strlen(track.name) == length && strncasecmp(track.name, name, length) == 0)
      music->track_numbers[music->track_count++] = t;
  }
  return music->track_count > before;
}

static bool add_number(ario__music *music, const char *text, size_t length) {
  unsigned number = 0;
  if (length < 1 || length > 5 || strspn(text, "0123456789") < length ||
      music->track_count == ARIO__TRACKS_MOST)
    return false;
  for (size_t i = 0; i < length; i++) number = 10 * number + (unsigned)(text[i] - '0');
  music->track_numbers[music->track_count++] = number;
  return true;
}

// A name may have commas itself: the longest one is tried first.
static int find_tracks(ario__music *music) {
  music->track_count = 0;
  for (const char *text = music->tracks; text;) {
    size_t length = strlen(text);
    while (!add_named(music, text, length) && !add_number(music, text, length)) {
      size_t shorter = length;
      while (shorter > 0 && text[shorter - 1] != ',') shorter--;
      if (shorter < 2)
        return ario__usage_error(music->command, "--tracks: %s has no track %.*s; arioso info lists them",
                                 music->input->name, (int)strcspn(text, ","), text);
      length = shorter - 1;
    }
    text = text[length] ? text + length + 1 : NULL;
  }
  return ARIO__DONE;
}

// ---- The prompt ----

// Finds the part of the song, and reads what is wished.
static int find_part(ario__music *music) {
  ario_error error = {""};
  ario_prompt_options *part = &music->part;
  *part = ario_prompt_options_default();
  if (music->song && ario__parse_part(music->from, music->to, music->song, &part->from, &part->to, &error))
    return ario__usage_error(music->command, "%s", error.text);
  if (music->tracks) {
    int result = find_tracks(music);
    if (result) return result;
    part->tracks = music->track_numbers;
    part->track_count = music->track_count;
  }
  music->steering.max_note = music->max_note;
  return ario__steer_settle(music->command, &music->steering, music->symbolic, music->song, part,
                            &music->steer);
}

static int hear_song(ario__music *music) {
  ario_error error = {""};
  int result = find_part(music);
  if (result) return result;
  const ario_passage_options options = ario__music_rules(music);
  const ario_prompt_options *part = &options.part;
  ario_status status = music->symbolic->hear(music->song, &options, &music->passage, &error);
  if (status == ARIO_ERR_ARGUMENT) return ario__usage_error(music->command, "--tracks: %s", error.text);
  if (status && ario_song_describe(music->song).frames)
    return ario__complain(music->command, "%s: %s (--model " ARIO__DEFAULT_MODEL ")", music->input->name,
                          error.text);
  if (status) return ario__complain(music->command, "%s: %s", music->input->name, error.text);
  if (music->symbolic->leave_out)
    music->symbolic->leave_out(music->song, part, &music->passage, &music->left_out);
  say_left_out(music);
  return ARIO__DONE;
}

static int begin_piece(ario__music *music) {
  ario_error error = {""};
  if (music->from || music->to || music->tracks)
    return ario__usage_error(music->command, "--from, --to and --tracks need a MIDI file to begin with");
  int result = find_part(music);
  if (result) return result;
  const ario_passage_options options = ario__music_rules(music);
  if (music->symbolic->hear(NULL, &options, &music->passage, &error))
    return ario__complain(music->command, "%s", error.text);
  return ARIO__DONE;
}

ario_passage_options ario__music_rules(const ario__music *music) {
  ario_passage_options options = ario_passage_options_default();
  options.part = music->part;
  if (music->steer.wishes.choose) options.instruments = music->steer.wishes.instruments;
  options.max_silence = llround(music->max_silence * 1e6);
  options.max_note = llround(music->max_note * 1e6);
  options.usual_notes = !music->steering.max_note_given;
  options.until_end = music->until_end;
  options.most = music->context - music->context / 4; // the rest is for what follows
  return options;
}

// Where it is to come to rest: the end of its bars.
static int settle_end(ario__music *music) {
  int64_t until;
  if (!music->steer.ends) return ARIO__DONE;
  if (!music->bars) return ario__usage_error(music->command, "--end needs --bars, which says where that is");
  int result = ario__music_end_of_bars(music, &until);
  music->steer.wishes.end = until + ROUNDING;
  return result;
}

int ario__music_open(ario__music *music, const ario_symbolic *symbolic) {
  music->symbolic = symbolic;
  int result = read_song(music, symbolic);
  return result ? result : find_part(music);
}

int ario__music_prepare(ario__music *music, const ario_symbolic *symbolic) {
  music->symbolic = symbolic;
  int result = music->input ? read_song(music, symbolic) : begin_piece(music);
  if (!result && music->input) result = hear_song(music);
  if (!result && ario_chain_add(&music->chain, &music->passage.grammar))
    result = ario__complain(music->command, "%s", ario_strerror(ARIO_ERR_LIMIT));
  if (!result) result = settle_end(music);
  if (!result)
    result = ario__steer_apply(music->command, &music->steer, symbolic, music->song, &music->passage,
                               &music->chain);
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

bool ario__music_new_bars(const ario__music *music, int64_t *line, int64_t *length) {
  int64_t begin = music->passage.begin, next, after;
  if (!music->song || ario_song_bars(music->song, begin, 1, &next) ||
      ario_song_bars(music->song, begin, 2, &after))
    return false;
  *length = after - next;
  *line = next - *length;
  return true;
}

// Bars that pass between the bar line nearest to the passage's end, from which bars are counted, and that which the
// music waits for.
static size_t bars_waited(const ario__music *music) {
  enum { STEP = 1000000 / ARIO_SONG_STEPS_PER_SECOND };
  int64_t line, length;
  return music->steer.wishes.from_bar && ario__music_new_bars(music, &line, &length) &&
         line < music->passage.begin - STEP;
}

int ario__music_end_of_bars(const ario__music *music, int64_t *until) {
  ario_status status = ARIO_ERR_UNSUPPORTED;
  if (music->song)
    status = ario_song_bars(music->song, music->passage.begin, music->bars + bars_waited(music), until);
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
