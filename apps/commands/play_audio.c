// SPDX-License-Identifier: MIT
//
// arioso play for recordings: the sounder, and a sound file of what was heard.
#include "apps/cli/interrupt.h"
#include "apps/cli/stopwatch.h"
#include "apps/commands/play.h"

#include <stdio.h>

static int settle(ario__playing *p) {
  ario__live *live = &p->live;
  if (p->output && live->stage_options.wav)
    return ario__usage_error(ARIO__PLAY, "%s is sound: give -o or --wav, not both", p->source.name);
  live->endless = !p->seconds_given;
  live->stage_options.tape = true;
  live->stage_options.tail = 0;
  if (p->output) live->stage_options.wav = p->output;
  p->saved = live->stage_options.wav;
  return ario__check_output(ARIO__PLAY, p->saved, p->source.path, true);
}

static int prepare(ario__playing *p) {
  p->recording = (ario__recording){.command = ARIO__PLAY,
                                   .input = p->music.input,
                                   .audio_codec = p->audio_codec,
                                   .from = p->music.from,
                                   .to = p->music.to,
                                   .threads = 1};
  return ario__recording_hear(&p->recording, ario_model_config(p->live.model));
}

static ario_status open_sounder(ario__playing *p, ario_error *error) {
  const ario__sounder_options options = {.producer = ario__play_producer_options(p),
                                         .recording = &p->recording,
                                         .alone = p->no_prompt,
                                         .seconds = p->seconds};
  ario_status status = ario__sounder_create(&options, &p->sounder, error);
  if (!status) p->producer = ario__sounder_producer(p->sounder);
  return status;
}

// Waits until there is enough new sound to go on after the recording.
static ario_status wait_until_ready(ario__playing *p, ario_error *error) {
  ario_status status = ARIO_OK;
  while (!status && !ario__producer_look(p->producer).ready) {
    ario__sleep(0.005);
    status = ario__interrupt_check(error);
  }
  return status;
}

static void describe(void *context, double seconds, char *text, size_t size) {
  const ario__playing *p = context;
  double begin = p->no_prompt ? 0 : (double)p->recording.end / p->recording.info.rate;
  snprintf(text, size, "%s", seconds < begin ? "  the recording" : "  new");
}

// The stage saves the sound. This only prints what went wrong with the file that was played.
static int save(ario__playing *p) {
  const ario_error error = ario__producer_look(p->producer).error;
  if (*error.text) ario__complain(ARIO__PLAY, "%s", error.text);
  return ARIO__DONE;
}

static void report(const ario__playing *p, const ario__producer_state *made, ario__report *report) {
  (void)p;
  ario__report_add_number(report, "new_seconds", made->made);
  ario__report_add_number(report, "takes", (double)made->take);
}

static void finish(ario__playing *p) {
  ario__sounder_free(p->sounder);
  ario__recording_free(&p->recording);
}

const ario__play_medium ario__play_audio = {.medium = ARIO_SOUND,
                                            .kind = "sound",
                                            .settle = settle,
                                            .prepare = prepare,
                                            .open = open_sounder,
                                            .wait = wait_until_ready,
                                            .describe = describe,
                                            .save = save,
                                            .report = report,
                                            .finish = finish};
