// SPDX-License-Identifier: MIT
//
// arioso continue, where the tokens are music: the prompt, the grammar, and the piece as a MIDI file, sound
// and picture.
#include "apps/cli/times.h"
#include "apps/commands/continue.h"
#include "apps/draw/piano_roll.h"
#include "apps/midi/renderer.h"
#include "apps/midi/score.h"
#include "arioso/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double DEFAULT_SECONDS = 30, UNTIL_END_SECONDS = 600;

// ---- The prompt and the grammar ----

static int settle(ario__continuing *c) {
  const char *option = ario__options_foreign(&c->line, ARIO__FOR_MIDI);
  if (option)
    return ario__usage_error(ARIO__CONTINUE, "--%s is for sound, and %s is a model of MIDI", option,
                             c->model_folder);
  if (c->seconds_given && c->tokens_given)
    return ario__usage_error(ARIO__CONTINUE, "--seconds or --tokens, not both");
  if (!c->seconds_given)
    c->seconds = c->music.until_end || c->tokens_given ? UNTIL_END_SECONDS : DEFAULT_SECONDS;
  if (!c->tokens_given) c->tokens = SIZE_MAX;
  return ARIO__DONE;
}

static int prepare(ario__continuing *c) {
  ario__music *music = &c->music;
  music->input = c->input;
  int result = settle(c);
  if (!result) result = ario__music_prepare(music);
  if (result) return result;
  c->prompt = music->prompt.tokens;
  c->prompt_count = music->prompt.count;
  c->grammar = &music->grammar;
  c->steps = music->prompt.wait + ario__steps_of(c->seconds);
  return ARIO__DONE;
}

static void finish(ario__continuing *c) {
  ario__music_free(&c->music);
}

// ---- Writing ----

// Seconds of new music.
static double new_seconds(const ario__music *music, const ario__take *take) {
  return ario__seconds_of(ario_midi_duration(take->tokens, take->count) - music->prompt.wait);
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
  int64_t before = ario__steps_of(fmax(20, new_seconds(music, take)));
  if (!alone && music->prompt.begin > before) options.from = music->prompt.begin - before;
  return ario__roll_write(song, take->png, &options, error);
}

static ario_status write_take(const ario__continuing *c, const ario__take *take, ario_error *error) {
  const ario__music *music = &c->music;
  uint8_t *bytes = NULL;
  size_t size = 0;
  ario_song *song = NULL;
  const ario__score score = {.song = music->song, .prompt = &music->prompt, .alone = c->only_new};
  ario_status status = ario__score_write(&score, take->tokens, take->count, &bytes, &size, error);
  if (!status) status = ario_file_write(take->file, c->output != NULL, bytes, size, error);
  if (!status && (*take->wav || *take->png)) status = ario_song_parse(bytes, size, &song, error);
  if (!status && *take->wav) status = render(take, song, error);
  if (!status && *take->png) status = draw_roll(c, take, song, error);
  ario_song_free(song);
  free(bytes);
  return status;
}

// ---- Saying what was done ----

static void report_prompt(const ario__continuing *c, size_t used, ario__report *report) {
  const ario_prompt *prompt = &c->music.prompt;
  double whole = ario__seconds_of(ario_midi_duration(prompt->tokens, prompt->count));
  double newest = ario__seconds_of(ario_midi_duration(prompt->tokens + prompt->count - used, used));
  if (report) {
    ario__report_add_number(report, "notes", (double)prompt->notes);
    ario__report_add_number(report, "seconds", whole);
    ario__report_add_number(report, "begin_seconds", ario__seconds_of(prompt->begin));
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
    ario__report_add_number(report, "notes", (double)ario__count_notes(take->tokens, take->count));
    return;
  }
  char text[24];
  printf("%s: %s new, %zu notes", take->file, ario__time_text(seconds, text),
         ario__count_notes(take->tokens, take->count));
}

const ario__medium ario__midi_medium = {.prepare = prepare,
                                        .write = write_take,
                                        .report_prompt = report_prompt,
                                        .report_take = report_take,
                                        .finish = finish};
