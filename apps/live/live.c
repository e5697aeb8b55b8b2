// SPDX-License-Identifier: MIT
//
// Sets up live playing; then reads the user's keys and shows the status line.
#include "apps/live/live.h"
#include "apps/cli/console.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/print.h"
#include "apps/cli/stopwatch.h"
#include "apps/cli/times.h"
#include "apps/generate/models.h"
#include "apps/live/speaker.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

static const double key_fade = 1, interrupt_fade = 0.3; // seconds
static const double notice_time = 2;                    // for which an answer to a key is shown
enum { LOOK = 50 };                                     // milliseconds between two looks at the keyboard

ario__live ario__live_default(const char *command) {
  return (ario__live){.command = command,
                      .endless = true,
                      .sampling = ario__sampling_default(),
                      .stage_options = ario__stage_options_default()};
}

static int open_model(ario__live *live) {
  const char *standard = live->medium == ARIO_SOUND ? ARIO__DEFAULT_AUDIO_MODEL : ARIO__DEFAULT_MODEL;
  const ario__model_wish wish = {.command = live->command,
                                 .name = live->model_name,
                                 .standard = live->standard ? live->standard : standard,
                                 .precision = live->precision_name};
  int result = ario__models_use(&wish, &live->model, &live->codec, &live->precision, live->model_folder,
                                sizeof live->model_folder);
  if (result) return result;
  ario__sampling_suit(&live->sampling, live->codec, &live->temperatures);
  if (live->codec->medium == live->medium) return ARIO__DONE;
  return ario__complain(live->command, "%s: is a model for the codec %s; a model for %s is wanted",
                        live->model_folder, live->codec->name, ario_codec_standard(live->medium)->name);
}

// Opens the stage. Without a sound device, music of a fixed length can still be recorded.
int ario__live_open_stage(ario__live *live) {
  ario__stage_options *options = &live->stage_options;
  ario_error error = {""};
  if (ario__is_pipe_name(options->wav)) ario__print_aside();
  options->speaker = !options->midi_out;
  options->synth.rate = (unsigned)live->rate;
  ario_status status = ario__stage_create(options, &live->stage, &error);
  bool missing = status == ARIO_ERR_NOT_FOUND && options->speaker && !options->device;
  if (missing && options->wav && !live->endless) {
    ario__warn("%s; only %s is written", error.text, options->wav);
    options->speaker = false;
    status = ario__stage_create(options, &live->stage, &error);
  }
  if (!status) return ARIO__DONE;
  const char *way_out = !missing        ? ""
                        : live->endless ? "; --midi-out PORT plays on a MIDI instrument instead"
                                        : "; --wav FILE or --midi-out PORT works without one";
  return ario__complain(live->command, "%s%s", error.text, way_out);
}

int ario__live_open_model(ario__live *live) {
  if (!live->seed_given) live->sampling.seed = ario__drawn_seed();
  int result = ario__sampling_check(live->command, &live->sampling);
  return result ? result : open_model(live);
}

void ario__live_close(ario__live *live) {
  ario__stage_free(live->stage);
  ario_model_free(live->model);
}

ario_session_options ario__live_session(const ario__live *live) {
  ario_session_options options = ario_session_options_default();
  options.latents = live->latents;
  options.threads = ario__threads(live->threads);
  options.precision = live->precision;
  return options;
}

int ario__live_save_sound(ario__live *live) {
  ario_error error = {""};
  return ario__stage_save(live->stage, &error) ? ario__complain(live->command, "%s", error.text) : ARIO__DONE;
}

static void show_device(void *context, int number, const char *name, double rate, bool standard) {
  (void)context;
  ario__print("%3d  %s, %.0f Hz%s\n", number, name, rate, standard ? " (the default)" : "");
}

int ario__live_list_devices(const char *command) {
  ario_error error = {""};
  if (ario__speaker_list(show_device, NULL, &error)) return ario__complain(command, "%s", error.text);
  return ARIO__DONE;
}

ario__report *ario__live_report(const ario__live *live, const ario__stage_state *stage) {
  ario__report *root = ario__report_object();
  ario__report_add_text(root, "model", live->model_folder);
  ario__report_add_text(root, "device", ario__stage_device(live->stage));
  ario__report_add_number(root, "rate", ario__stage_rate(live->stage));
  ario__report_add_number(root, "latency", stage->latency);
  ario__report_add_text(root, "wav", live->stage_options.wav);
  ario__report_add_number(root, "underruns", (double)stage->underruns);
  ario__report_add_number(root, "device_late", (double)stage->late);
  return root;
}

// ---- Listening ----

// What the line shows beside the music.
typedef struct listening {
  ario__notice notice;
  size_t latents; // the most so far
  bool said_fewer;
} listening;

void ario__notice_set(ario__notice *notice, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(notice->text, sizeof notice->text, format, args);
  va_end(args);
  notice->until = ario__seconds_now() + notice_time;
}

void ario__notice_no_key(ario__notice *notice, int key) {
  if (key > ' ' && key < 127)
    ario__notice_set(notice, "%c is no key here", key);
  else
    ario__notice_set(notice, "that is no key here");
}

const char *ario__notice_text(const ario__notice *notice) {
  return ario__seconds_now() < notice->until ? notice->text : "";
}

const char *ario__missing_text(const ario__stage_state *stage, char *text, size_t size) {
  size_t missing = stage->underruns + stage->late;
  *text = 0;
  if (missing) snprintf(text, size, "  %zu underrun%s", missing, missing == 1 ? "" : "s");
  return text;
}

static void show(listening *l, const ario__stage_state *stage, const ario__producer_state *made,
                 double seconds, const char *text) {
  char line[400], time[24], fewer[60] = "", missing[40];
  const char *notice = ario__notice_text(&l->notice);
  if (made->latents > l->latents) l->latents = made->latents;
  if (made->latents < l->latents)
    snprintf(fewer, sizeof fewer, "  %zu of %zu latents", made->latents, l->latents);
  snprintf(line, sizeof line, "%s%s%s%s%s  %.1f s ahead%s%s%s  %s", stage->paused ? "paused " : "",
           ario__time_text(seconds, time), *notice ? "  " : "", notice, text,
           made->ahead > 0 ? made->ahead : 0, stage->waiting && !stage->paused ? ", waiting" : "",
           ario__missing_text(stage, missing, sizeof missing), fewer, "space pauses, n another, q ends");
  ario__console_line(line);
}

static void say_fewer(listening *l) {
  if (l->said_fewer) return;
  l->said_fewer = true;
  ario__console_line("");
  ario__warn("this machine generates more slowly than it plays; fewer latents are used for now");
}

static void press(ario__live *live, ario__producer *producer, ario__notice *notice, int key,
                  const ario__stage_state *stage, int64_t *end) {
  switch (tolower(key)) {
  case ' ':
    ario__stage_pause(live->stage, !stage->paused);
    ario__notice_set(notice, stage->paused ? "goes on" : "space goes on");
    break;
  case 'n':
    ario__producer_another(producer);
    ario__notice_set(notice, "another continuation from here");
    break;
  case 'q':
    *end = ario__stage_fade(live->stage, key_fade);
    ario__notice_set(notice, "ends");
    break;
  default: ario__notice_no_key(notice, key);
  }
}

int ario__listen_to(ario__live *live, ario__producer *producer, ario__live_describe describe, void *context,
                    int64_t *end) {
  ario__stage_state stage;
  ario__producer_state made;
  listening l = {.latents = 0};
  *end = INT64_MAX;
  ario__console_open();
  do {
    int key = ario__console_key(LOOK);
    stage = ario__stage_look(live->stage);
    made = ario__producer_look(producer);
    bool ending = *end != INT64_MAX;
    if (key && !ending) press(live, producer, &l.notice, key, &stage, end);
    if (!ending && ario__interrupt_check(NULL)) *end = ario__stage_fade(live->stage, interrupt_fade);
    if (made.status && !ending) *end = ario__stage_fade(live->stage, interrupt_fade);
    if (*end != INT64_MAX && !ending) ario__console_close(); // a second Ctrl-C may end the program now
    double seconds = (double)stage.frame / ario__stage_rate(live->stage) - stage.latency;
    char text[120];
    if (seconds < 0) seconds = 0;
    describe(context, seconds, text, sizeof text);
    show(&l, &stage, &made, seconds, text);
    if (made.changes) say_fewer(&l);
  } while (!stage.ended && !stage.lost);
  ario__console_close();
  if (stage.lost) *end = stage.frame;
  if (stage.lost) return ario__complain(live->command, "%s", stage.error.text);
  if (made.status)
    return ario__complain(live->command, "%s: %s", live->model_folder, ario_strerror(made.status));
  return ARIO__DONE;
}
