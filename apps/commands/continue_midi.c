// SPDX-License-Identifier: MIT
//
// arioso continue for music: the prompt, the grammar, and the piece as a MIDI file, sound and picture.
#include "apps/cli/print.h"
#include "apps/cli/times.h"
#include "apps/commands/continue.h"
#include "apps/draw/piano_roll.h"
#include "apps/midi/renderer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double MUCH = 3; // decibels of which a limiter is heard
static const double DEFAULT_SECONDS = 30, UNTIL_END_SECONDS = 600;

// ---- The prompt and the grammar ----

static int settle(ario__continuing *c) {
  const char *option = ario__options_foreign(&c->line, ARIO_MUSIC);
  if (option)
    return ario__usage_error(ARIO__CONTINUE, "--%s is for sound, but %s is a model for MIDI", option,
                             c->model_folder);
  if ((c->gain_given || c->normalize) && !c->wav)
    return ario__usage_error(ARIO__CONTINUE, "--%s is for the sound of --wav",
                             c->gain_given ? "gain" : "normalize");
  bool bars = c->music.bars > 0;
  if (c->seconds_given + c->tokens_given + bars > 1)
    return ario__usage_error(ARIO__CONTINUE, bars ? "give one of --bars, --seconds and --tokens"
                                                  : "give --seconds or --tokens, not both");
  if (!c->seconds_given)
    c->seconds = c->music.until_end || c->tokens_given ? UNTIL_END_SECONDS : DEFAULT_SECONDS;
  if (!c->tokens_given) c->tokens = SIZE_MAX;
  return ARIO__DONE;
}

static int prepare(ario__continuing *c) {
  ario__music *music = &c->music;
  music->input = c->input;
  int result = settle(c);
  music->context = ario_model_config(c->model)->max_context;
  if (!result) result = ario__music_prepare(music, c->codec->symbolic);
  if (result) return result;
  c->prompt = music->passage.tokens;
  c->prompt_count = music->passage.count;
  c->left_out = music->passage.left_out;
  c->chain = music->chain;
  c->symbolic = music->symbolic;
  c->cursor = &music->passage.cursor;
  c->until = music->passage.begin + llround(c->seconds * 1e6);
  return music->bars ? ario__music_end_of_bars(music, &c->until) : ARIO__DONE;
}

// ---- Writing ----

// A time in the steps of a picture.
static int64_t steps_of(int64_t microseconds) {
  return microseconds / (1000000 / ARIO_SONG_STEPS_PER_SECOND);
}

static ario_status render(const ario__continuing *c, const ario__take *take, const ario_song *song,
                          ario_error *error) {
  ario__render_options options = ario__render_options_default();
  ario__render_report report;
  if (c->gain_given) options.synth.gain = c->gain;
  options.normalize = c->normalize;
  ario_status status = ario__render(song, take->wav, &options, &report, error);
  if (!status && report.limited > MUCH)
    ario__warn("%s: the loudest are turned down by %.1f dB; --gain %.2f or --normalize avoids it", take->wav,
               report.limited, report.safe_gain);
  return status;
}

// `given` is the song without the take; NULL: all is new.
static ario_status draw_roll(const ario__continuing *c, const ario__take *take, const ario_song *song,
                             const ario_song *given, ario_error *error) {
  char subtitle[160];
  const ario__music *music = &c->music;
  bool alone = c->only_new || !music->song;
  ario__roll_options options = ario__roll_options_default();
  const char *slash = strrchr(take->file, '/'), *model = strrchr(c->model_folder, '/');
  snprintf(subtitle, sizeof subtitle, "%s by Arioso (%.60s, seed %llu)", alone ? "made" : "continued",
           model && model[1] ? model + 1 : c->model_folder, (unsigned long long)take->seed);
  options.title = slash ? slash + 1 : take->file;
  options.subtitle = subtitle;
  options.continued = true;
  options.given = given;
  options.boundary = alone ? 0 : steps_of(music->passage.begin);
  // The picture shows the continuation, so of a long prompt only as many seconds as are new.
  size_t notes;
  double seconds = ario__music_seconds(music, take->tokens, take->count, &notes);
  int64_t before = steps_of(llround(fmax(20, seconds) * 1e6));
  if (!alone && options.boundary > before) options.from = options.boundary - before;
  return ario__roll_write(song, take->png, &options, error);
}

// Draws the take beside what the file would be without it.
static ario_status draw(const ario__continuing *c, const ario__take *take, const ario_song *song,
                        ario_error *error) {
  const ario__music *music = &c->music;
  uint8_t *bytes = NULL;
  size_t size;
  ario_song *given = NULL;
  ario_status status = ARIO_OK;
  if (!c->only_new && music->song) {
    status = music->symbolic->splice(music->song, &music->passage, false, NULL, 0, &bytes, &size, error);
    if (!status) status = ario_song_parse(bytes, size, &given, error);
  }
  if (!status) status = draw_roll(c, take, song, given, error);
  ario_song_free(given);
  free(bytes);
  return status;
}

static ario_status write_take(const ario__continuing *c, const ario__take *take, ario_error *error) {
  const ario__music *music = &c->music;
  uint8_t *bytes = NULL;
  size_t size = 0;
  ario_song *song = NULL;
  ario_status status = music->symbolic->splice(music->song, &music->passage, c->only_new, take->tokens,
                                               take->count, &bytes, &size, error);
  if (!status) status = ario__write_output(take->file, c->output != NULL, bytes, size, error);
  if (!status) ario__music_warn_sharing(music, c->only_new, take->tokens, take->count, take->file);
  if (!status && (*take->wav || *take->png)) {
    ario_error detail = {""};
    ario_status others = ario_song_parse(bytes, size, &song, &detail);
    if (!others && *take->wav) others = render(c, take, song, &detail);
    if (!others && *take->png) others = draw(c, take, song, &detail);
    // The music is there, whatever became of the rest: no other name is looked for.
    if (others) status = ario_fail(error, ARIO_ERR_IO, "%s; the music is in %s", detail.text, take->file);
  }
  ario_song_free(song);
  free(bytes);
  return status;
}

// ---- Reporting the results ----

static void report_prompt(const ario__continuing *c, size_t used, ario__report *report) {
  const ario_passage *passage = &c->music.passage;
  double whole = (double)(c->symbolic->lasts(passage, passage->count) + passage->skipped) / 1e6;
  double newest = (double)c->symbolic->lasts(passage, used) / 1e6;
  if (report) {
    ario__report_add_number(report, "notes", (double)passage->notes);
    ario__report_add_number(report, "seconds", whole);
    ario__report_add_number(report, "begin_seconds", (double)passage->begin / 1e6);
    if (c->input) ario__music_report_left_out(&c->music, report);
    ario__steer_report(&c->music.steer, report);
    return;
  }
  char text[24];
  ario__print("%s: %zu notes, %s", c->input->name, passage->notes, ario__time_text(whole, text));
  if (used < passage->count + passage->left_out)
    ario__print("; the model hears the newest %s (%zu of %zu tokens)", ario__time_text(newest, text), used,
                passage->count + passage->left_out);
  ario__print("\n");
  ario__steer_say(&c->music.steer, c->input->name);
}

static void report_take(const ario__continuing *c, const ario__take *take, ario__report *report) {
  size_t notes;
  double seconds = ario__music_seconds(&c->music, take->tokens, take->count, &notes);
  if (report) {
    ario__report_add_text(report, "midi", take->file);
    ario__report_add_text(report, "wav", *take->wav ? take->wav : NULL);
    ario__report_add_text(report, "png", *take->png ? take->png : NULL);
    ario__report_add_number(report, "seconds", seconds);
    ario__report_add_number(report, "notes", (double)notes);
    ario__report_add_number(report, "steering_nats_per_note", notes ? take->cost / (double)notes : 0);
    return;
  }
  char text[24];
  ario__print("%s: %s new, %zu notes", take->file, ario__time_text(seconds, text), notes);
}

// ---- Bars ----

enum { ROUNDING = 5000 }; // microseconds by which a codec may place a note before its bar line

// The bars of new music, which keep the length of the one in which it begins, whatever the song says later.
struct new_bars {
  int64_t line, length; // of bar `number`
  size_t number;
};

static bool find_new_bars(const ario__music *music, struct new_bars *bars) {
  int64_t next, after;
  if (!music->song || ario_song_bars(music->song, music->passage.begin, 1, &next) ||
      ario_song_bars(music->song, music->passage.begin, 2, &after) || after <= next)
    return false;
  bars->length = after - next;
  bars->line = next - bars->length;
  return ario_song_bar_at(music->song, bars->line < 0 ? 0 : bars->line + ROUNDING, &bars->number) == ARIO_OK;
}

static size_t new_bar(const struct new_bars *bars, int64_t time) {
  if (time < bars->line) return bars->number > 1 ? bars->number - 1 : 1;
  return bars->number + (size_t)((time - bars->line) / bars->length);
}

// Bars, where the song has any; else seconds.
static const char *units_of(const ario__continuing *c, const ario__take *take, size_t *units) {
  const ario__music *music = &c->music;
  size_t count = c->prompt_count + take->count;
  struct new_bars bars;
  bool counted = find_new_bars(music, &bars);
  int64_t *times = malloc(count * sizeof *times), last = c->until - 2 * ROUNDING;
  if (!times) return NULL;
  music->symbolic->times(music->song, &music->passage, take->tokens, take->count, times);
  for (size_t i = 0; i < count; i++) {
    int64_t time = ROUNDING + (times[i] < last ? times[i] : last); // what ends with the last bar is of it
    if (!counted)
      units[i] = 1 + (size_t)(time / 1000000);
    else if (i >= c->prompt_count)
      units[i] = new_bar(&bars, time);
    else if (i && times[i] == times[i - 1])
      units[i] = units[i - 1];
    else if (ario_song_bar_at(music->song, time, &units[i]))
      units[i] = 1;
    if (i && units[i] < units[i - 1]) units[i] = units[i - 1];
  }
  free(times);
  return counted ? "bar" : "second";
}

const ario__continue_medium ario__continue_midi = {.prepare = prepare,
                                                   .write = write_take,
                                                   .report_prompt = report_prompt,
                                                   .report_take = report_take,
                                                   .units = units_of};
