// SPDX-License-Identifier: MIT
//
// arioso play: a piece and its continuation, heard while they are made; of a sound file in play_audio.c.
#include "apps/audio/sound_input.h"
#include "apps/cli/times.h"
#include "apps/commands/commands.h"
#include "apps/commands/play_audio.h"
#include "apps/live/live.h"
#include "apps/midi/composer.h"
#include "apps/midi/music.h"
#include "arioso/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const self = "play";

typedef struct play {
  // The command line.
  const char *output, *audio_codec;
  double seconds, ahead;
  bool seconds_given, no_prompt;
  ario__live live;
  ario__music music;

  ario__score score;
  ario__composer *composer;
  int64_t end;       // frame at which it was ended; INT64_MAX: by itself
  size_t bar;        // of the piece that sounds
  int64_t bar_end;   // microseconds; 0: not known yet
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

static ario__made look(void *context) {
  const play *p = context;
  ario__composer_state state = ario__composer_look(p->composer);
  return (ario__made){
      .ahead = state.ahead, .latents = state.latents, .changes = state.changes, .status = state.status};
}

static void describe(void *context, double seconds, char *text, size_t size) {
  play *p = context;
  char bar[40];
  ario__composer_state state = ario__composer_look(p->composer);
  snprintf(text, size, "%s  %zu notes", bar_text(p, seconds, bar, sizeof bar), state.notes);
}

static void another(void *context) {
  ario__composer_another(((play *)context)->composer);
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
    const ario__source source = {.look = look, .describe = describe, .another = another, .context = p};
    result = ario__listen_to(&p->live, &source, &p->end);
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

// ---- A sound file ----

static int play_recording(play *p) {
  const ario__music *music = &p->music;
  if (p->output && p->live.stage_options.wav)
    return ario__usage_error(self, "--wav is for MIDI files, and %s is sound", music->input);
  p->live.endless = !p->seconds_given;
  const ario__play_audio how = {.live = &p->live,
                                .input = music->input,
                                .output = p->output,
                                .audio_codec = p->audio_codec,
                                .from = music->from,
                                .to = music->to,
                                .seconds = p->seconds_given ? p->seconds : INFINITY,
                                .ahead = p->ahead,
                                .alone = p->no_prompt};
  return ario__play_audio_run(&how);
}

int ario__play_main(int argc, char **argv) {
  play p = {.ahead = 4, .live = ario__live_default(self), .music = ario__music_default(self)};
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &p.output, "OUT",
       "save what was heard, replacing what is there: .mid, and of a sound file .wav or .flac"},
      {"seconds", 's', ARIO__REAL, &p.seconds, "S", "how much new music; without end by default",
       .least = 0.1, .most = 36000, .given = &p.seconds_given},
      {"until-end", 0, ARIO__FLAG, &p.music.until_end, NULL, "let the model end the piece where it likes",
       .only = ARIO__FOR_MIDI},
      {"no-prompt", 0, ARIO__FLAG, &p.no_prompt, NULL, "play the continuation alone"},
      {"ahead", 0, ARIO__REAL, &p.ahead, "S", "generate S seconds ahead of what is heard; 4 by default",
       .least = 0.5, .most = 600},
      ARIO__LIVE_OPTIONS(&p.live),
      ARIO__PART_OPTIONS(&p.music),
      ARIO__GRAMMAR_OPTIONS(&p.music),
      ARIO__SAMPLING_OPTIONS(&p.live.sampling, &p.live.temperature_given),
      ARIO__AUDIO_CODEC_OPTION(&p.audio_codec),
      ARIO__LIVE_MODEL_OPTIONS(&p.live)};
  const ario__command command = {
      .name = self,
      .usage = "[IN] [options]",
      .summary =
          "Plays a MIDI file or a sound file and goes on past its end with music that is made while you "
          "listen, until you end it. Without a file it plays a piece from nothing.",
      .notes = "Keys: space pauses, n takes another continuation from here on, q ends with a fade; so does\n"
               "Ctrl-C. What is saved with -o is what was heard: arioso render makes the same sound of it.\n"
               "With n the continuation that is given up is saved as OUT-1.mid, OUT-2.mid and so on.",
      .operands = {{"file", 0, 1}},
      .options = options,
      .option_count = sizeof options / sizeof *options};
  ario__command_line line;
  int result = ario__options_parse(&command, argc, argv, &line);
  if (result || line.finished) return result;
  if (p.live.list_devices) return ario__live_list_devices(self);
  p.music.input = line.count ? line.operands[0] : NULL;
  bool sound = p.music.input && ario__is_sound(p.music.input);
  const char *foreign = ario__options_foreign(&line, sound ? ARIO__FOR_SOUND : ARIO__FOR_MIDI);
  if (foreign && sound)
    return ario__usage_error(self, "--%s is for MIDI files, and %s is sound", foreign, p.music.input);
  if (foreign) return ario__usage_error(self, "--%s is for sound files", foreign);
  return sound ? play_recording(&p) : run(&p);
}
