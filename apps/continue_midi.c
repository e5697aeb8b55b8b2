// SPDX-License-Identifier: MIT
//
// arioso continue, where the tokens are music: the prompt, the grammar, and the piece as a MIDI file, sound
// and picture.
#include "apps/continue.h"
#include "apps/piano_roll.h"
#include "apps/renderer.h"
#include "apps/times.h"
#include "arioso/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double DEFAULT_SECONDS = 30, UNTIL_END_SECONDS = 600;

static double seconds_of(int64_t steps) {
  return (double)steps / ARIO_MIDI_STEPS_PER_SECOND;
}

static int64_t steps_of(double seconds) {
  return llround(seconds * ARIO_MIDI_STEPS_PER_SECOND);
}

// ---- The prompt and the grammar ----

static int settle(ario__continuing *c) {
  ario__music *music = &c->music;
  if (music->seconds_given && c->tokens_given)
    return ario__usage_error(ARIO__CONTINUE, "--seconds or --tokens, not both");
  if (!c->input && (music->from || music->to || music->tracks.count))
    return ario__usage_error(ARIO__CONTINUE, "--from, --to and --tracks need a MIDI file to begin with");
  if (!music->seconds_given)
    music->seconds = music->until_end || c->tokens_given ? UNTIL_END_SECONDS : DEFAULT_SECONDS;
  if (!c->tokens_given) c->tokens = SIZE_MAX;
  return ARIO__DONE;
}

static int read_song(ario__continuing *c) {
  ario_song **song = &c->music.song;
  ario_error error = {""};
  if (ario_song_open(c->input, song, &error)) return ario__complain(ARIO__CONTINUE, "%s", error.text);
  size_t warnings = ario_song_describe(*song).warnings, shown = 0;
  for (const char *text; (text = ario_song_warning(*song, shown)); shown++)
    ario__warn("%s: %s", c->input, text);
  if (warnings > shown) ario__warn("%s: and %zu more repairs", c->input, warnings - shown);
  return ARIO__DONE;
}

static int hear_song(ario__continuing *c) {
  ario__music *music = &c->music;
  ario_error error = {""};
  ario_prompt_options options = ario_prompt_options_default();
  if (music->from && ario__parse_time(music->from, music->song, &options.from, &error))
    return ario__usage_error(ARIO__CONTINUE, "--from: %s", error.text);
  if (music->to && ario__parse_time(music->to, music->song, &options.to, &error))
    return ario__usage_error(ARIO__CONTINUE, "--to: %s", error.text);
  if (options.from >= options.to)
    return ario__usage_error(ARIO__CONTINUE, "--from %s is not before --to %s", music->from, music->to);
  if (music->tracks.count) {
    options.tracks = music->tracks.numbers;
    options.track_count = music->tracks.count;
  }
  ario_status status = ario_song_prompt(music->song, &options, &music->prompt, &error);
  if (status == ARIO_ERR_ARGUMENT) return ario__usage_error(ARIO__CONTINUE, "--tracks: %s", error.text);
  return status ? ario__complain(ARIO__CONTINUE, "%s: %s", c->input, error.text) : ARIO__DONE;
}

// The prompt of a piece from nothing: bos.
static int begin_piece(ario_prompt *prompt) {
  prompt->tokens = malloc(sizeof *prompt->tokens);
  if (!prompt->tokens) return ario__complain(ARIO__CONTINUE, "%s", ario_strerror(ARIO_ERR_MEMORY));
  prompt->tokens[0] = ARIO_MIDI_BOS;
  prompt->count = 1;
  return ARIO__DONE;
}

static void make_grammar(ario__music *music) {
  ario_midi_grammar_options options = ario_midi_grammar_options_default();
  options.max_silence = steps_of(music->max_silence);
  options.max_note = steps_of(music->max_note);
  options.until_end = music->until_end;
  ario_midi_grammar_init(&music->grammar, &options);
  ario_midi_grammar_feed(&music->grammar, music->prompt.tokens, music->prompt.count);
  ario_midi_grammar_wait(&music->grammar, music->prompt.wait);
}

static int prepare(ario__continuing *c) {
  ario__music *music = &c->music;
  int result = settle(c);
  if (!result && c->input) result = read_song(c);
  if (!result) result = c->input ? hear_song(c) : begin_piece(&music->prompt);
  if (result) return result;
  make_grammar(music);
  c->prompt = music->prompt.tokens;
  c->prompt_count = music->prompt.count;
  c->grammar = &music->grammar;
  c->steps = music->prompt.wait + steps_of(music->seconds);
  return ARIO__DONE;
}

static void finish(ario__continuing *c) {
  ario_prompt_free(&c->music.prompt);
  ario_song_free(c->music.song);
}

// ---- Writing ----

// Seconds of new music.
static double new_seconds(const ario__music *music, const ario__take *take) {
  return seconds_of(ario_midi_duration(take->tokens, take->count) - music->prompt.wait);
}

// The continuation as a piece of its own: tokens that begin where it begins, in the velocity that is in force
// there.
static ario_status write_alone(const ario_prompt *prompt, const ario__take *take, uint8_t **bytes,
                               size_t *size, ario_error *error) {
  ario_token *alone = malloc((take->count + 4) * sizeof *alone);
  if (!alone) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  size_t n = 0, first = 0;
  int64_t silence = -prompt->wait;
  alone[n++] = ARIO_MIDI_BOS;
  for (size_t i = prompt->count; i-- > 0 && n < 2;)
    if (prompt->tokens[i] >= ARIO_MIDI_VELOCITY) alone[n++] = prompt->tokens[i];
  while (silence < 0 && first < take->count) silence += ario_midi_duration(&take->tokens[first++], 1);
  if (silence > 0) alone[n++] = (ario_token)(ARIO_MIDI_SHIFT + silence - 1);
  if (first < take->count) memcpy(alone + n, take->tokens + first, (take->count - first) * sizeof *alone);
  ario_status status = ario_midi_write(alone, n + take->count - first, bytes, size, error);
  free(alone);
  return status;
}

static ario_status render(const ario__take *take, const ario_song *song, ario_error *error) {
  ario__render_options options = ario__render_options_default();
  ario__render_report report;
  ario_status status = ario__render(song, take->wav, &options, &report, error);
  if (!status && report.clipped)
    ario__warn("%s: %zu samples are clipped; arioso render --gain %.2f avoids it", take->wav, report.clipped,
               report.safe_gain);
  return status;
}

static ario_status draw_roll(const ario__continuing *c, const ario__take *take, const ario_song *song,
                             ario_error *error) {
  char subtitle[160];
  const ario__music *music = &c->music;
  bool alone = c->only_new || !music->song;
  ario__roll_options options = ario__roll_options_default();
  const char *slash = strrchr(take->file, '/'), *model = strrchr(c->model_folder, '/');
  snprintf(subtitle, sizeof subtitle, "%s by Arioso (%.60s, seed %llu)", alone ? "made" : "continued",
           model && model[1] ? model + 1 : c->model_folder, (unsigned long long)take->seed);
  options.title = slash ? slash + 1 : take->file;
  options.subtitle = subtitle;
  options.track = ario_song_describe(song).tracks;
  options.boundary = alone ? 0 : music->prompt.begin;
  // Of a long prompt only as much as is new: the picture is of the continuation.
  int64_t before = steps_of(fmax(20, new_seconds(music, take)));
  if (!alone && music->prompt.begin > before) options.from = music->prompt.begin - before;
  return ario__roll_write(song, take->png, &options, error);
}

static ario_status write_take(const ario__continuing *c, const ario__take *take, ario_error *error) {
  const ario__music *music = &c->music;
  uint8_t *bytes = NULL;
  size_t size = 0;
  ario_song *song = NULL;
  ario_status status =
      c->only_new || !music->song
          ? write_alone(&music->prompt, take, &bytes, &size, error)
          : ario_song_continue(music->song, &music->prompt, take->tokens, take->count, &bytes, &size, error);
  if (!status) status = ario_file_write(take->file, c->output != NULL, bytes, size, error);
  if (!status && (*take->wav || *take->png)) status = ario_song_parse(bytes, size, &song, error);
  if (!status && *take->wav) status = render(take, song, error);
  if (!status && *take->png) status = draw_roll(c, take, song, error);
  ario_song_free(song);
  free(bytes);
  return status;
}

// ---- Saying what was done ----

static size_t count_notes(const ario__take *take) {
  size_t notes = 0;
  for (size_t i = 0; i < take->count; i++)
    notes += take->tokens[i] >= ARIO_MIDI_NOTE_ON && take->tokens[i] < ARIO_MIDI_NOTE_OFF;
  return notes;
}

static void report_prompt(const ario__continuing *c, size_t used, ario__report *report) {
  const ario_prompt *prompt = &c->music.prompt;
  double whole = seconds_of(ario_midi_duration(prompt->tokens, prompt->count));
  double newest = seconds_of(ario_midi_duration(prompt->tokens + prompt->count - used, used));
  if (report) {
    ario__report_add_number(report, "notes", (double)prompt->notes);
    ario__report_add_number(report, "seconds", whole);
    ario__report_add_number(report, "begin_seconds", seconds_of(prompt->begin));
    return;
  }
  char text[24];
  printf("%s: %zu notes, %s", c->input, prompt->notes, ario__time_text(whole, text));
  if (used < prompt->count)
    printf("; the model hears the newest %s (%zu of %zu tokens)", ario__time_text(newest, text), used,
           prompt->count);
  printf("\n");
}

static void report_take(const ario__continuing *c, const ario__take *take, ario__report *report) {
  double seconds = new_seconds(&c->music, take);
  if (report) {
    ario__report_add_text(report, "midi", take->file);
    ario__report_add_text(report, "wav", *take->wav ? take->wav : NULL);
    ario__report_add_text(report, "png", *take->png ? take->png : NULL);
    ario__report_add_number(report, "seconds", seconds);
    ario__report_add_number(report, "notes", (double)count_notes(take));
    return;
  }
  char text[24];
  printf("%s: %s new, %zu notes", take->file, ario__time_text(seconds, text), count_notes(take));
}

const ario__medium ario__midi_medium = {.prepare = prepare,
                                        .write = write_take,
                                        .report_prompt = report_prompt,
                                        .report_take = report_take,
                                        .finish = finish};
