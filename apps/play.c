// SPDX-License-Identifier: MIT
//
// arioso play: a piece and its continuation, heard while they are made.
#include "apps/commands.h"
#include "apps/composer.h"
#include "apps/console.h"
#include "apps/interrupt.h"
#include "apps/live.h"
#include "apps/music.h"
#include "apps/times.h"
#include "arioso/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const self = "play";
static const double key_fade = 1, interrupt_fade = 0.3; // seconds
enum { LOOK = 50 };                                     // milliseconds between looks at keys

typedef struct play {
  // The command line.
  const char *output;
  double seconds, ahead;
  bool seconds_given, no_prompt;
  ario__live live;
  ario__music music;

  ario__score score;
  ario__composer *composer;
  int64_t end;       // frame at which it was ended; INT64_MAX: by itself
  size_t bar;        // of the piece that sounds
  int64_t bar_end;   // microseconds; 0: not known yet
  bool said_fewer;   // that it is too slow for all latents
  size_t takes_kept; // that were given up
} play;

// ---- Saving ----

// A take that is given up goes to OUT-N.mid, N the first number that no file has.
static void keep_take(void *context, size_t take, const ario_token *tokens, size_t count) {
  play *p = context;
  char name[ARIO__PATH_MOST];
  uint8_t *bytes;
  size_t size;
  ario_error error = {""};
  if (!p->output) return;
  ario_status status = ario__score_write(&p->score, tokens, count, &bytes, &size, &error);
  if (!status) status = ARIO_ERR_STATE;
  for (size_t i = 0; i < 1000 && status == ARIO_ERR_STATE && bytes; i++)
    if (ario__numbered_name(p->output, take + i, name))
      status = ario_file_write(name, false, bytes, size, &error);
  free(bytes);
  if (status) ario__warn("take %zu cannot be saved: %s", take, error.text);
  p->takes_kept += !status;
}

// What was heard of the piece itself, where it was ended before its continuation began.
static ario_status write_beginning(play *p, int64_t microseconds, uint8_t **bytes, size_t *size,
                                   ario_error *error) {
  ario_prompt_options options = ario_prompt_options_default();
  options.to = microseconds;
  ario_prompt prompt;
  ario_status status = ario_song_prompt(p->music.song, &options, &prompt, error);
  if (status) return status;
  status = ario_song_continue(p->music.song, &prompt, NULL, 0, bytes, size, error);
  ario_prompt_free(&prompt);
  return status;
}

static ario_status write_heard(play *p, uint8_t **bytes, size_t *size, ario_error *error) {
  unsigned rate = ario__stage_rate(p->live.stage);
  int64_t step = INT64_MAX, begin = ario__score_step(&p->score, NULL, 0) + p->music.prompt.wait;
  if (p->end != INT64_MAX) step = p->end * ARIO_MIDI_STEPS_PER_SECOND / rate;
  if (step < begin) return write_beginning(p, p->end * 1000000 / rate, bytes, size, error);
  ario_token *tokens;
  size_t count;
  ario_status status = ario__composer_tokens(p->composer, step, &tokens, &count);
  if (status) return ario_fail(error, status, "%s", ario_strerror(status));
  status = ario__score_write(&p->score, tokens, count, bytes, size, error);
  free(tokens);
  return status;
}

static int save(play *p) {
  if (!p->output) return ARIO__DONE;
  ario_error error = {""};
  uint8_t *bytes;
  size_t size;
  ario_status status = write_heard(p, &bytes, &size, &error);
  if (status) return ario__complain(self, "%s: nothing is saved: %s", p->output, error.text);
  status = ario_file_write(p->output, true, bytes, size, &error);
  free(bytes);
  return status ? ario__complain(self, "%s", error.text) : ARIO__DONE;
}

// ---- While it plays ----

// The bar that sounds: the piece's meters go on.
static const char *bar_text(play *p, double seconds, char *text, size_t size) {
  *text = 0;
  if (!p->music.song || p->no_prompt || ario_song_describe(p->music.song).frames) return text;
  while (p->bar_end <= (int64_t)(seconds * 1e6) || !p->bar) {
    p->bar++;
    if (ario_song_bar(p->music.song, p->bar + 1, &p->bar_end)) return text;
  }
  snprintf(text, size, ", bar %zu", p->bar);
  return text;
}

static void show(play *p, const ario__stage_state *stage, const ario__composer_state *composer) {
  double seconds = (double)stage->frame / ario__stage_rate(p->live.stage) - stage->latency;
  char line[240], time[24], bar[40];
  if (seconds < 0) seconds = 0;
  snprintf(line, sizeof line,
           "%s%s%s  %zu notes  %.1f s ahead%s  %zu latents  %zu underruns  [space pauses, n another, q ends]",
           stage->paused ? "paused " : "", ario__time_text(seconds, time),
           bar_text(p, seconds, bar, sizeof bar), composer->notes, composer->ahead > 0 ? composer->ahead : 0,
           stage->waiting ? ", waiting" : "", composer->latents, stage->underruns + stage->late);
  ario__console_line(line);
  if (composer->changes && !p->said_fewer) {
    p->said_fewer = true;
    ario__console_line("");
    ario__warn(
        "this machine makes music slower than it sounds; it thinks with fewer latents while that is so");
  }
}

static void press(play *p, int key, const ario__stage_state *stage) {
  if (key == ' ') ario__stage_pause(p->live.stage, !stage->paused);
  if (key == 'n') ario__composer_another(p->composer);
  if (key == 'q') p->end = ario__stage_fade(p->live.stage, key_fade);
}

// Until all has sounded. Returns the exit status.
static int listen(play *p) {
  ario__stage_state stage;
  ario__composer_state composer;
  do {
    int key = ario__console_key(LOOK);
    stage = ario__stage_look(p->live.stage);
    composer = ario__composer_look(p->composer);
    bool ending = p->end != INT64_MAX;
    if (key && !ending) press(p, key, &stage);
    if (!ending && ario__interrupt_check(NULL)) p->end = ario__stage_fade(p->live.stage, interrupt_fade);
    if (composer.status && !ending) p->end = ario__stage_fade(p->live.stage, interrupt_fade);
    if (p->end != INT64_MAX && !ending) ario__console_close(); // a second Ctrl-C finds the terminal as it was
    show(p, &stage, &composer);
  } while (!stage.ended && !stage.lost);
  ario__console_close();
  if (stage.lost) p->end = stage.frame;
  if (stage.lost) return ario__complain(self, "%s", stage.error.text);
  if (composer.status)
    return ario__complain(self, "%s: %s", p->live.model_folder, ario_strerror(composer.status));
  return ARIO__DONE;
}

static void report(const play *p, int result) {
  ario__stage_state stage = ario__stage_look(p->live.stage);
  ario__composer_state composer = ario__composer_look(p->composer);
  double seconds = (double)stage.frame / ario__stage_rate(p->live.stage);
  char text[24];
  if (!p->live.json) {
    printf("%s%s of music, seed %llu%s%s; %zu underruns, %zu pauses, %zu latents at the least\n",
           result ? "ended after " : "", ario__time_text(seconds, text),
           (unsigned long long)p->live.sampling.seed + composer.take - 1, p->output ? ", saved as " : "",
           p->output ? p->output : "", stage.underruns + stage.late, composer.pauses, composer.latents_least);
    return;
  }
  ario__report *root = ario__live_report(&p->live, &stage);
  ario__report_add_text(root, "midi", p->output);
  ario__report_add_number(root, "seconds", seconds);
  ario__report_add_whole(root, "seed", p->live.sampling.seed + composer.take - 1);
  ario__report_add_number(root, "takes_kept", (double)p->takes_kept);
  ario__report_add_number(root, "tokens", (double)composer.tokens);
  ario__report_add_number(root, "notes", (double)composer.notes);
  ario__report_add_number(root, "refills", (double)composer.refills);
  ario__report_add_number(root, "latents", (double)composer.latents);
  ario__report_add_number(root, "latents_least", (double)composer.latents_least);
  ario__report_add_number(root, "latents_changes", (double)composer.changes);
  ario__report_add_number(root, "pauses", (double)composer.pauses);
  ario__report_add_number(root, "waits", (double)stage.waits);
  if (!ario__report_print(root)) ario__complain(self, "standard output: cannot be written");
  ario__report_free(root);
}

// ---- Setting up ----

static int open_composer(play *p) {
  ario_error error = {""};
  p->score = (ario__score){.song = p->music.song, .prompt = &p->music.prompt, .alone = p->no_prompt};
  ario__composer_options options = {.model = p->live.model,
                                    .session = ario__live_session(&p->live),
                                    .sampling = p->live.sampling,
                                    .score = &p->score,
                                    .grammar = &p->music.grammar,
                                    .steps = p->seconds_given ? ario__steps_of(p->seconds) : INT64_MAX,
                                    .ahead = p->ahead,
                                    .stage = p->live.stage,
                                    .keep = keep_take,
                                    .context = p};
  ario_status status = ario__composer_create(&options, &p->composer, &error);
  if (status == ARIO_ERR_ARGUMENT) return ario__usage_error(self, "--%s", error.text);
  if (!status) status = ario__composer_start(p->composer, &error);
  if (!status) status = ario__stage_start(p->live.stage, &error);
  return status ? ario__complain(self, "%s", error.text) : ARIO__DONE;
}

static int run(play *p) {
  p->end = INT64_MAX;
  p->live.endless = !p->seconds_given && !p->music.until_end;
  int result = ario__live_check_output(&p->live, p->output, p->music.input);
  if (!result) result = ario__music_prepare(&p->music);
  result = ario__live_open(&p->live, result);
  if (!result) result = open_composer(p);
  if (!result) {
    ario__console_open();
    result = listen(p);
    ario__composer_stop(p->composer);
    int saved = save(p);
    if (!saved) saved = ario__live_save_sound(&p->live);
    report(p, result);
    if (!result) result = saved;
  }
  ario__composer_free(p->composer);
  ario__live_close(&p->live);
  ario__music_free(&p->music);
  return result;
}

int ario__play_main(int argc, char **argv) {
  play p = {.ahead = 4, .live = ario__live_default(self), .music = ario__music_default(self)};
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &p.output, "OUT.mid", "save what was heard, replacing what is there"},
      {"seconds", 's', ARIO__REAL, &p.seconds, "S", "how much new music; without end by default",
       .least = 0.1, .most = 36000, .given = &p.seconds_given},
      {"until-end", 0, ARIO__FLAG, &p.music.until_end, NULL, "let the model end the piece where it likes"},
      {"no-prompt", 0, ARIO__FLAG, &p.no_prompt, NULL, "play the continuation alone"},
      {"ahead", 0, ARIO__REAL, &p.ahead, "S", "generate S seconds ahead of what is heard; 4 by default",
       .least = 0.5, .most = 600},
      ARIO__LIVE_OPTIONS(&p.live),
      ARIO__PART_OPTIONS(&p.music),
      ARIO__GRAMMAR_OPTIONS(&p.music),
      ARIO__SAMPLING_OPTIONS(&p.live.sampling),
      ARIO__LIVE_MODEL_OPTIONS(&p.live)};
  const ario__command command = {
      .name = self,
      .usage = "[IN.mid] [options]",
      .summary = "Plays a MIDI file and goes on past its end with music that is made while you listen, until "
                 "you end it. Without a file it plays a piece from nothing.",
      .notes = "Keys: space pauses, n takes another continuation from here on, q ends with a fade; so does\n"
               "Ctrl-C. What is saved with -o is what was heard: arioso render makes the same sound of it.\n"
               "With n the continuation that is given up is saved as OUT-1.mid, OUT-2.mid and so on.",
      .options = options,
      .option_count = sizeof options / sizeof *options};
  char **operands;
  size_t count;
  bool finished;
  int result = ario__options_parse(&command, argc, argv, &operands, &count, &finished);
  if (result || finished) return result;
  if (p.live.list_devices) return ario__live_list_devices(self);
  if (count > 1) return ario__usage_error(self, "one file is wanted, %zu were named", count);
  p.music.input = count ? operands[0] : NULL;
  return run(&p);
}
