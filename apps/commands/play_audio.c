// SPDX-License-Identifier: MIT
//
// arioso play with a sound file: the recording and its continuation, heard while that is made.
#include "apps/commands/play_audio.h"
#include "apps/audio/sounder.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/times.h"

#include <stdio.h>
#include <time.h>

struct player {
  const ario__play_audio *how;
  ario__recording recording;
  ario__sounder *sounder;
};

static ario__made look(void *context) {
  struct player *p = context;
  ario__sounder_state state = ario__sounder_look(p->sounder);
  return (ario__made){
      .ahead = state.ahead, .latents = state.latents, .changes = state.changes, .status = state.status};
}

static void describe(void *context, double seconds, char *text, size_t size) {
  const struct player *p = context;
  double begin = p->how->alone ? 0 : (double)p->recording.end / p->recording.info.rate;
  snprintf(text, size, "%s", seconds < begin ? ", the recording" : "");
}

static void another(void *context) {
  ario__sounder_another(((struct player *)context)->sounder);
}

static int open_sounder(struct player *p) {
  const ario__play_audio *how = p->how;
  const ario__sounder_options options = {.model = how->live->model,
                                         .session = ario__live_session(how->live),
                                         .sampling = how->live->sampling,
                                         .recording = &p->recording,
                                         .alone = how->alone,
                                         .seconds = how->seconds,
                                         .ahead = how->ahead,
                                         .stage = how->live->stage};
  ario_error error = {""};
  ario_status status = ario__sounder_create(&options, &p->sounder, &error);
  if (status == ARIO_ERR_ARGUMENT) return ario__usage_error(how->live->command, "--%s", error.text);
  if (!status) status = ario__sounder_start(p->sounder, &error);
  // Nothing sounds before there is enough to go on with.
  while (!status && !ario__sounder_look(p->sounder).ready) {
    const struct timespec time = {.tv_nsec = 5000000};
    nanosleep(&time, NULL);
    status = ario__interrupt_check(&error);
  }
  if (!status) status = ario__stage_start(how->live->stage, &error);
  return status ? ario__complain(how->live->command, "%s", error.text) : ARIO__DONE;
}

static void report(const struct player *p, int result) {
  const ario__live *live = p->how->live;
  ario__stage_state stage = ario__stage_look(live->stage);
  ario__sounder_state state = ario__sounder_look(p->sounder);
  double seconds = (double)stage.frame / ario__stage_rate(live->stage);
  unsigned long long seed = live->sampling.seed + state.take - 1;
  const char *saved = live->stage_options.wav;
  char text[24];
  if (!live->json) {
    printf("%s%s of sound, seed %llu%s%s; %zu underruns, %zu latents at the least\n",
           result ? "ended after " : "", ario__time_text(seconds, text), seed, saved ? ", saved as " : "",
           saved ? saved : "", stage.underruns + stage.late, state.latents_least);
    return;
  }
  ario__report *root = ario__live_report(live, &stage);
  ario__report_add_number(root, "seconds", seconds);
  ario__report_add_number(root, "new_seconds", state.sound);
  ario__report_add_whole(root, "seed", seed);
  ario__report_add_number(root, "takes", (double)state.take);
  ario__report_add_number(root, "tokens", (double)state.tokens);
  ario__report_add_number(root, "refills", (double)state.refills);
  ario__report_add_number(root, "latents", (double)state.latents);
  ario__report_add_number(root, "latents_least", (double)state.latents_least);
  ario__report_add_number(root, "latents_changes", (double)state.changes);
  ario__report_add_number(root, "waits", (double)stage.waits);
  if (!ario__report_print(root)) ario__complain(live->command, "standard output: cannot be written");
  ario__report_free(root);
}

static int play(struct player *p) {
  ario__live *live = p->how->live;
  const ario__source source = {.look = look, .describe = describe, .another = another, .context = p};
  int64_t end;
  int result = ario__listen_to(live, &source, &end);
  ario__sounder_stop(p->sounder);
  ario_error error = ario__sounder_look(p->sounder).error;
  if (*error.text) ario__complain(live->command, "%s", error.text);
  int saved = ario__live_save_sound(live);
  report(p, result);
  return result ? result : saved;
}

int ario__play_audio_run(const ario__play_audio *how) {
  ario__live *live = how->live;
  struct player p = {.how = how,
                     .recording = {.command = live->command,
                                   .input = how->input,
                                   .audio_codec = how->audio_codec,
                                   .from = how->from,
                                   .to = how->to,
                                   .threads = 1}};
  live->codec = "audio";
  ario__sampling_for_sound(&live->sampling, live->temperature_given);
  live->stage_options.tape = true;
  live->stage_options.tail = 0;
  if (how->output) live->stage_options.wav = how->output;
  int result = ario__live_check_output(live, live->stage_options.wav, how->input);
  result = ario__live_open(live, result);
  if (!result) result = ario__recording_hear(&p.recording, ario_model_config(live->model));
  if (!result) result = open_sounder(&p);
  if (!result) result = play(&p);
  ario__sounder_free(p.sounder);
  ario__live_close(live);
  ario__recording_free(&p.recording);
  return result;
}
