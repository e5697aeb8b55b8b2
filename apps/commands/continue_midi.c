// SPDX-License-Identifier: MIT
//
// arioso continue for music: the prompt, the grammar, and the piece as a MIDI file, sound and picture.
#include "apps/cli/print.h"
#include "apps/cli/times.h"
#include "apps/commands/continue.h"
#include "apps/commands/music_files.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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

// What of the picture is shown: the continuation, so of a long prompt only as many seconds as are new.
static int64_t first_shown(const ario__music *music, const ario__take *take) {
  size_t notes;
  double seconds = ario__music_seconds(music, take->tokens, take->count, &notes);
  int64_t before = llround(fmax(20, seconds) * 1e6), begin = music->passage.begin;
  return begin > before ? begin - before : 0;
}

static ario_status write_take(const ario__continuing *c, const ario__take *take, ario_error *error) {
  const ario__music *music = &c->music;
  bool alone = c->only_new || !music->song;
  uint8_t *bytes = NULL, *given = NULL;
  size_t size = 0;
  ario__music_files files = ario__music_files_default();
  ario_status status = music->symbolic->splice(music->song, &music->passage, c->only_new, take->tokens,
                                               take->count, &bytes, &size, error);
  files.names = &take->names;
  files.replace = c->output != NULL;
  files.gain = c->gain_given ? c->gain : -1;
  files.normalize = c->normalize;
  files.made = alone ? "made" : "continued";
  files.model = c->model_folder;
  files.seed = take->seed;
  if (!status && *take->names.png && !alone) {
    status = music->symbolic->splice(music->song, &music->passage, false, NULL, 0, &given, &files.given_size,
                                     error);
    files.given = given;
    files.boundary = music->passage.begin;
    files.from = first_shown(music, take);
  }
  if (!status) status = ario__music_files_write(&files, bytes, size, error);
  if (!status) ario__music_warn_sharing(music, c->only_new, take->tokens, take->count, take->names.file);
  free(given);
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
    ario__report_add_text(report, "midi", take->names.file);
    ario__report_add_text(report, "wav", *take->names.wav ? take->names.wav : NULL);
    ario__report_add_text(report, "png", *take->names.png ? take->names.png : NULL);
    ario__report_add_number(report, "seconds", seconds);
    ario__report_add_number(report, "notes", (double)notes);
    ario__report_add_number(report, "steering_nats_per_note", notes ? take->cost / (double)notes : 0);
    return;
  }
  char text[24];
  ario__print("%s: %s new, %zu notes", take->names.file, ario__time_text(seconds, text), notes);
}

// ---- Bars ----

// Microseconds by which a codec may place a note before its bar line: a step of 10 ms, and a bit.
enum { ROUNDING = 11000 };

// The bars of new music, which keep the length of the one in which it begins, whatever the song says later.
struct new_bars {
  int64_t line, length; // of bar `number`
  size_t number;
};

static bool find_new_bars(const ario__music *music, struct new_bars *bars) {
  if (!ario__music_new_bars(music, &bars->line, &bars->length) || bars->length < 1) return false;
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
  int64_t begin = music->passage.begin + ROUNDING;
  if (!times) return NULL;
  music->symbolic->times(music->song, &music->passage, take->tokens, take->count, times);
  for (size_t i = 0; i < count; i++) {
    int64_t time = ROUNDING + (times[i] < last ? times[i] : last); // what ends with the last bar is of it
    // What ends just before the new music begins is new, too, and of its first bar.
    if (i >= c->prompt_count && time < begin) time = begin;
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
