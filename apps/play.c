// SPDX-License-Identifier: MIT
//
// arioso play: a piece and its continuation, heard while they are made.
#include "apps/commands.h"
#include "apps/composer.h"
#include "apps/console.h"
#include "apps/files.h"
#include "apps/interrupt.h"
#include "apps/models.h"
#include "apps/music.h"
#include "apps/report.h"
#include "apps/sampling.h"
#include "apps/speaker.h"
#include "apps/threads.h"
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
  const char *output, *model_name, *precision_name;
  double seconds, ahead;
  bool seconds_given, seed_given, no_prompt, list_devices, json;
  size_t latents, threads, rate;
  ario_sampler_options sampling;
  ario__music music;
  ario__stage_options stage_options;

  ario_model *model;
  char model_folder[ARIO__PATH_MOST];
  ario_precision precision;
  ario__score score;
  ario__stage *stage;
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
  unsigned rate = ario__stage_rate(p->stage);
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
  ario_error error = {""};
  if (ario__stage_save(p->stage, &error)) return ario__complain(self, "%s", error.text);
  if (!p->output) return ARIO__DONE;
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
  double seconds = (double)stage->frame / ario__stage_rate(p->stage) - stage->latency;
  char line[240], time[24], bar[40];
  if (seconds < 0) seconds = 0;
  snprintf(line, sizeof line,
           "%s%s%s  %zu notes  %.1f s ahead%s  %zu latents  %zu underruns  [space pauses, n another, q ends]",
           stage->paused ? "paused " : "", ario__time_text(seconds, time),
           bar_text(p, seconds, bar, sizeof bar), composer->notes, composer->ahead > 0 ? composer->ahead : 0,
           stage->waiting ? ", waiting" : "", composer->latents, stage->underruns);
  ario__console_line(line);
  if (composer->changes && !p->said_fewer) {
    p->said_fewer = true;
    ario__console_line("");
    ario__warn(
        "this machine makes music slower than it sounds; it thinks with fewer latents while that is so");
  }
}

static void press(play *p, int key, const ario__stage_state *stage) {
  if (key == ' ') ario__stage_pause(p->stage, !stage->paused);
  if (key == 'n') ario__composer_another(p->composer);
  if (key == 'q') p->end = ario__stage_fade(p->stage, key_fade);
}

// Until all has sounded. Returns the exit status.
static int listen(play *p) {
  ario__stage_state stage;
  ario__composer_state composer;
  do {
    int key = ario__console_key(LOOK);
    stage = ario__stage_look(p->stage);
    composer = ario__composer_look(p->composer);
    bool ending = p->end != INT64_MAX;
    if (key && !ending) press(p, key, &stage);
    if (!ending && ario__interrupt_check(NULL)) p->end = ario__stage_fade(p->stage, interrupt_fade);
    if (composer.status && !ending) p->end = ario__stage_fade(p->stage, interrupt_fade);
    show(p, &stage, &composer);
  } while (!stage.ended && !stage.lost);
  ario__console_close();
  if (stage.lost) p->end = stage.frame;
  if (stage.lost) return ario__complain(self, "%s", stage.error.text);
  if (composer.status) return ario__complain(self, "%s: %s", p->model_folder, ario_strerror(composer.status));
  return ARIO__DONE;
}

static void report(const play *p, int result) {
  ario__stage_state stage = ario__stage_look(p->stage);
  ario__composer_state composer = ario__composer_look(p->composer);
  double seconds = (double)stage.frame / ario__stage_rate(p->stage);
  char text[24];
  if (!p->json) {
    printf("%s%s of music, seed %llu%s%s; %zu underruns, %zu pauses, %zu latents at the least\n",
           result ? "ended after " : "", ario__time_text(seconds, text),
           (unsigned long long)p->sampling.seed + composer.take - 1, p->output ? ", saved as " : "",
           p->output ? p->output : "", stage.underruns, composer.pauses, composer.latents_least);
    return;
  }
  ario__report *root = ario__report_object();
  ario__report_add_text(root, "model", p->model_folder);
  ario__report_add_text(root, "device", ario__stage_device(p->stage));
  ario__report_add_number(root, "rate", ario__stage_rate(p->stage));
  ario__report_add_number(root, "latency", stage.latency);
  ario__report_add_text(root, "midi", p->output);
  ario__report_add_text(root, "wav", p->stage_options.wav);
  ario__report_add_number(root, "seconds", seconds);
  ario__report_add_whole(root, "seed", p->sampling.seed + composer.take - 1);
  ario__report_add_number(root, "takes_kept", (double)p->takes_kept);
  ario__report_add_number(root, "tokens", (double)composer.tokens);
  ario__report_add_number(root, "notes", (double)composer.notes);
  ario__report_add_number(root, "refills", (double)composer.refills);
  ario__report_add_number(root, "latents", (double)composer.latents);
  ario__report_add_number(root, "latents_least", (double)composer.latents_least);
  ario__report_add_number(root, "latents_changes", (double)composer.changes);
  ario__report_add_number(root, "pauses", (double)composer.pauses);
  ario__report_add_number(root, "waits", (double)stage.waits);
  ario__report_add_number(root, "underruns", (double)stage.underruns);
  if (!ario__report_print(root)) ario__complain(self, "standard output: cannot be written");
  ario__report_free(root);
}

// ---- Setting up ----

static int check_output(const play *p) {
  if (!p->output) return ARIO__DONE;
  if (p->music.input && ario__same_file(p->output, p->music.input))
    return ario__usage_error(self, "%s: is the input; name another output", p->output);
  ario_output *probe;
  ario_error error = {""};
  if (ario_output_create(p->output, true, &probe, &error)) return ario__complain(self, "%s", error.text);
  ario_output_free(probe);
  return ARIO__DONE;
}

static int open_model(play *p) {
  ario_error error = {""};
  if (ario__models_open(p->model_name, &p->model, p->model_folder, sizeof p->model_folder, &error))
    return ario__complain(self, "%s", error.text);
  if (!ario__precision_of(p->precision_name, p->model, &p->precision))
    return ario__usage_error(self, "--precision: %s is none of fp32, bf16 and int8", p->precision_name);
  const ario_codec *codec = ario__codec_of(p->model, &error);
  if (!codec) return ario__complain(self, "%s: %s", p->model_folder, error.text);
  if (strcmp(codec->name, "midi-performance") == 0) return ARIO__DONE;
  return ario__complain(self, "%s: its tokens are of the codec %s, which cannot be played", p->model_folder,
                        codec->name);
}

static int open_stage(play *p) {
  ario__stage_options *options = &p->stage_options;
  ario_error error = {""};
  options->speaker = !options->midi_out;
  options->synth.rate = (unsigned)p->rate;
  ario_status status = ario__stage_create(options, &p->stage, &error);
  if (status == ARIO_ERR_NOT_FOUND && options->speaker && !options->device && options->wav) {
    ario__warn("%s; only %s is written", error.text, options->wav);
    options->speaker = false;
    if (!p->seconds_given && !p->music.until_end)
      return ario__usage_error(self, "without a sound device --seconds is wanted");
    status = ario__stage_create(options, &p->stage, &error);
  }
  if (!status) return ARIO__DONE;
  return ario__complain(self, "%s%s", error.text,
                        options->speaker ? "; --wav FILE or --midi-out PORT do without one" : "");
}

static int open_composer(play *p) {
  ario_error error = {""};
  p->score = (ario__score){.song = p->music.song, .prompt = &p->music.prompt, .alone = p->no_prompt};
  ario__composer_options options = {.model = p->model,
                                    .session = ario_session_options_default(),
                                    .sampling = p->sampling,
                                    .score = &p->score,
                                    .grammar = &p->music.grammar,
                                    .steps = p->seconds_given ? ario__steps_of(p->seconds) : INT64_MAX,
                                    .ahead = p->ahead,
                                    .stage = p->stage,
                                    .keep = keep_take,
                                    .context = p};
  options.session.latents = p->latents;
  options.session.threads = ario__threads(p->threads);
  options.session.precision = p->precision;
  ario_status status = ario__composer_create(&options, &p->composer, &error);
  if (status == ARIO_ERR_ARGUMENT) return ario__usage_error(self, "--%s", error.text);
  if (!status) status = ario__composer_start(p->composer, &error);
  if (!status) status = ario__stage_start(p->stage, &error);
  return status ? ario__complain(self, "%s", error.text) : ARIO__DONE;
}

static int run(play *p) {
  p->end = INT64_MAX;
  if (!p->seed_given) p->sampling.seed = ario__drawn_seed();
  int result = ario__sampling_check(self, &p->sampling);
  if (!result) result = check_output(p);
  if (!result) result = open_model(p);
  if (!result) result = ario__music_prepare(&p->music);
  if (!result) result = open_stage(p);
  if (!result) result = open_composer(p);
  if (!result) {
    ario__console_open();
    result = listen(p);
    ario__composer_stop(p->composer);
    int saved = save(p);
    report(p, result);
    if (!result) result = saved;
  }
  ario__composer_free(p->composer);
  ario__stage_free(p->stage);
  ario__music_free(&p->music);
  ario_model_free(p->model);
  return result;
}

static void show_device(void *context, int number, const char *name, double rate, bool standard) {
  (void)context;
  printf("%3d  %s, %.0f Hz%s\n", number, name, rate, standard ? " (the default)" : "");
}

static int list_devices(void) {
  ario_error error = {""};
  if (ario__speaker_list(show_device, NULL, &error)) return ario__complain(self, "%s", error.text);
  return ARIO__DONE;
}

int ario__play_main(int argc, char **argv) {
  play p = {.ahead = 4,
            .sampling = ario__sampling_default(),
            .music = ario__music_default(self),
            .stage_options = ario__stage_options_default()};
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &p.output, "OUT.mid", "save what was heard, replacing what is there"},
      {"wav", 0, ARIO__TEXT, &p.stage_options.wav, "OUT.wav", "record it, too (or .flac, .ogg)"},
      {"seconds", 's', ARIO__REAL, &p.seconds, "S", "how much new music; without end by default",
       .least = 0.1, .most = 36000, .given = &p.seconds_given},
      {"until-end", 0, ARIO__FLAG, &p.music.until_end, NULL, "let the model end the piece where it likes"},
      {"no-prompt", 0, ARIO__FLAG, &p.no_prompt, NULL, "play the continuation alone"},
      {"ahead", 0, ARIO__REAL, &p.ahead, "S", "generate S seconds ahead of what is heard; 4 by default",
       .least = 0.5, .most = 600},
      {"device", 'd', ARIO__TEXT, &p.stage_options.device, "NAME",
       "the sound device: a number or a part of a name of --list-devices"},
      {"list-devices", 0, ARIO__FLAG, &p.list_devices, NULL, "say which devices there are"},
      {"rate", 0, ARIO__SIZE, &p.rate, "HZ", "samples a second; the device's own by default", .least = 8000,
       .most = 96000},
      {"latency", 0, ARIO__REAL, &p.stage_options.latency, "S",
       "the device's buffer: less answers keys sooner, more never stutters; 0.1 by default", .least = 0.002,
       .most = 2},
      {"soundfont", 0, ARIO__TEXT, &p.stage_options.synth.soundfont, "FILE.sf2",
       "the instruments; by default $ARIOSO_SOUNDFONT, else what the system has"},
      {"gain", 0, ARIO__REAL, &p.stage_options.synth.gain, "G", "loudness; 1 by default", .least = 0,
       .most = 10},
      {"midi-out", 0, ARIO__TEXT, &p.stage_options.midi_out, "PORT",
       "play on an instrument instead: its device file, as /dev/snd/midiC1D0"},
      {"seed", 0, ARIO__SEED, &p.sampling.seed, "N",
       "the same seed gives the same continuation; drawn, and said, by default", .given = &p.seed_given},
      ARIO__PART_OPTIONS(&p.music),
      ARIO__GRAMMAR_OPTIONS(&p.music),
      ARIO__SAMPLING_OPTIONS(&p.sampling),
      {"model", 'm', ARIO__TEXT, &p.model_name, "DIR",
       "a model's folder, or its name; " ARIO__DEFAULT_MODEL " by default"},
      ARIO__PRECISION_OPTION(&p.precision_name),
      {"latents", 0, ARIO__SIZE, &p.latents, "M",
       "newest positions that are thought through at once: fewer is faster; the model's own by default",
       .least = 1, .most = 1 << 30},
      ARIO__THREADS_OPTION(&p.threads),
      {"json", 0, ARIO__FLAG, &p.json, NULL, "print what was done as JSON"}};
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
  if (p.list_devices) return list_devices();
  if (count > 1) return ario__usage_error(self, "one file is wanted, %zu were named", count);
  p.music.input = count ? operands[0] : NULL;
  return run(&p);
}
