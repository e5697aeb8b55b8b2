// SPDX-License-Identifier: MIT
//
// arioso jam: plays what comes from a MIDI keyboard, and answers it.
#include "apps/cli/console.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/paths.h"
#include "apps/cli/print.h"
#include "apps/cli/report.h"
#include "apps/cli/stopwatch.h"
#include "apps/cli/threads.h"
#include "apps/cli/times.h"
#include "apps/commands/commands.h"
#include "apps/generate/sampling.h"
#include "apps/live/keyboard.h"
#include "apps/live/live.h"
#include "apps/midi/music.h"
#include "apps/midi/partner.h"
#include "arioso/file.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const self = "jam";
static const double save_every = 2; // seconds
static const double fade = 0.5;
enum { LOOK = 50 }; // milliseconds

typedef struct jam {
  const char *output, *midi_in, *trigger;
  double answer_after, answer_seconds;
  size_t turns;
  ario__live live;
  ario__music music; // only its options about notes
  ario_passage_options rules;

  char file[ARIO__PATH_MOST]; // where the session is saved
  bool there;                 // the file has been written
  size_t saved;               // messages in the file
  double saved_at;            // seconds
  ario__partner *partner;
  ario__keyboard *keyboard;
  ario__notice notice;
} jam;

// ---- Saving ----

// Chooses the file to save in: the one that -o names, or the first free name of jam.mid, jam-2.mid and so on.
static int name_file(jam *j) {
  if (ario__is_pipe_name(j->output))
    return ario__usage_error(self, "-o: the session is saved again and again; name a file");
  if (j->output) return ario__check_output(self, j->output, NULL, true);
  snprintf(j->file, sizeof j->file, "jam.mid");
  for (size_t i = 2; i < 10000; i++) {
    ario_file_output *probe;
    ario_status status = ario_file_output_create(j->file, false, &probe, NULL);
    ario_file_output_free(probe);
    if (status != ARIO_ERR_STATE) break;
    ario__numbered_name("jam.mid", i, j->file);
  }
  return ario__check_output(self, j->file, NULL, true);
}

// A name that was free at the beginning may be taken by now.
static ario_status write_file(jam *j, const uint8_t *bytes, size_t size, ario_error *error) {
  if (j->output || j->there)
    return ario_file_write(j->output ? j->output : j->file, true, bytes, size, error);
  ario_status status;
  do {
    status = ario_file_write(j->file, false, bytes, size, error);
  } while (status == ARIO_ERR_STATE && !name_file(j));
  return status;
}

// Saves what was played so far, if there is more than last time.
static ario_status save(jam *j, ario_error *error) {
  static const char *const names[] = {"player", "answers"};
  ario_midi_message *messages;
  size_t count;
  int64_t end;
  ario_status status = ario__partner_recording(j->partner, &messages, &count, &end);
  if (status) return ario_fail(error, status, "%s", ario_strerror(status));
  uint8_t *bytes = NULL;
  size_t size;
  j->saved_at = ario__seconds_now();
  bool more = count > j->saved;
  if (more) status = ario_midi_write_messages(messages, count, names, 2, end, &bytes, &size, error);
  if (more && !status) {
    status = write_file(j, bytes, size, error);
    j->there = j->there || !status;
    j->saved = count;
  }
  free(bytes);
  free(messages);
  return status;
}

// ---- While it plays ----

static void show(const jam *j, const ario__stage_state *stage, const ario__partner_state *partner) {
  char line[300], time[24], latency[40] = "", missing[40];
  const char *notice = ario__notice_text(&j->notice);
  if (partner->latency > 0) snprintf(latency, sizeof latency, ", after %.0f ms", 1000 * partner->latency);
  snprintf(line, sizeof line, "%s  %s%s%s  %zu notes, %zu answer%s%s%s  a answers, p stops notes, q ends",
           ario__time_text((double)stage->frame / ario__stage_rate(j->live.stage), time),
           partner->answering ? "answering" : "listening", *notice ? "  " : "", notice, partner->played,
           partner->answers, partner->answers == 1 ? "" : "s", latency,
           ario__missing_text(stage, missing, sizeof missing));
  ario__console_line(line);
}

// Answers a key; true if it ends the session.
static bool press(jam *j, int key, const ario__partner_state *partner) {
  switch (tolower(key)) {
  case 0: return false;
  case 'q': return true;
  case 'a':
    ario__partner_answer(j->partner);
    ario__notice_set(&j->notice, partner->played ? "answers" : "play something first");
    return false;
  case 'p':
    ario__partner_panic(j->partner);
    ario__notice_set(&j->notice, "all notes stopped");
    return false;
  default: ario__notice_no_key(&j->notice, key); return false;
  }
}

static int play(jam *j) {
  ario__stage *s = j->live.stage;
  ario__stage_state stage;
  ario__partner_state partner;
  ario_error error = {""};
  ario_status saving = ARIO_OK;
  for (bool ending = false; !ending;) {
    int key = ario__console_key(LOOK);
    stage = ario__stage_look(s);
    partner = ario__partner_look(j->partner);
    ending = press(j, key, &partner) || partner.done || partner.status || stage.lost ||
             ario__interrupt_check(NULL);
    show(j, &stage, &partner);
    if (!saving && ario__seconds_now() - j->saved_at > save_every) saving = save(j, &error);
    if (saving) ending = true;
  }
  ario__console_close(); // a second Ctrl-C finds the terminal as it was
  ario__keyboard_free(j->keyboard);
  j->keyboard = NULL;
  ario__partner_stop(j->partner);
  if (!saving) saving = save(j, &error);
  if (!stage.lost) ario__stage_fade(s, fade);
  while (!stage.lost && !stage.ended) {
    ario__console_key(LOOK);
    stage = ario__stage_look(s);
  }
  if (saving) return ario__complain(self, "%s", error.text);
  if (stage.lost) return ario__complain(self, "%s", stage.error.text);
  if (partner.status)
    return ario__complain(self, "%s: %s", j->live.model_folder, ario_strerror(partner.status));
  return ARIO__DONE;
}

// ---- Reporting the results ----

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

// A quantile of sorted latencies, in milliseconds; NAN if there are none.
static double quantile(const double *sorted, size_t count, double share) {
  if (!count) return NAN;
  size_t at = (size_t)ceil(share * (double)count);
  return 1000 * sorted[at ? at - 1 : 0];
}

static void report(jam *j) {
  ario__partner_state partner = ario__partner_look(j->partner);
  ario__stage_state stage = ario__stage_look(j->live.stage);
  size_t count;
  const double *latencies = ario__partner_latencies(j->partner, &count);
  double *sorted = malloc((count + 1) * sizeof *sorted);
  if (!sorted) return;
  if (count) memcpy(sorted, latencies, count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, by_size);
  double seconds = (double)stage.frame / ario__stage_rate(j->live.stage);
  const char *file = !j->there ? NULL : j->output ? j->output : j->file;
  if (j->live.json) {
    ario__report *root = ario__live_report(&j->live, &stage);
    ario__report_add_text(root, "midi", file);
    ario__report_add_number(root, "seconds", seconds);
    ario__report_add_number(root, "notes_played", (double)partner.played);
    ario__report_add_number(root, "notes_answered", (double)partner.answered);
    ario__report_add_number(root, "answers", (double)partner.answers);
    ario__report_add_number(root, "interrupted", (double)partner.interrupted);
    ario__report *latency = ario__report_add_object(root, "latency_ms");
    ario__report_add_number(latency, "p50", quantile(sorted, count, 0.5));
    ario__report_add_number(latency, "p95", quantile(sorted, count, 0.95));
    ario__report_add_number(latency, "worst", quantile(sorted, count, 1));
    ario__report_finish(root, self);
  } else {
    char text[24];
    ario__print("%s, %zu notes played, %zu answers", ario__time_text(seconds, text), partner.played,
                partner.answers);
    if (count) ario__print(", %.0f ms after the trigger (median)", quantile(sorted, count, 0.5));
    ario__print("; %zu underruns\n", stage.underruns + stage.late);
    if (file) ario__print("%s\n", file);
  }
  free(sorted);
}

// ---- Setting up ----

static int parse_trigger(const jam *j, ario__partner_options *options) {
  options->trigger = ARIO__TRIGGER_SILENCE;
  if (!j->trigger) return ARIO__DONE;
  bool control = strncmp(j->trigger, "cc", 2) == 0, key = strncmp(j->trigger, "key", 3) == 0;
  const char *digits = j->trigger + (control ? 2 : key ? 3 : 0);
  char *end;
  long number = strtol(digits, &end, 10);
  if ((!control && !key) || end == digits || *end || number < 0 || number > 127)
    return ario__usage_error(self, "--trigger: %s is neither cc0 .. cc127 nor key0 .. key127", j->trigger);
  options->trigger = control ? ARIO__TRIGGER_CONTROL : ARIO__TRIGGER_KEY;
  options->trigger_number = (uint8_t)number;
  return ARIO__DONE;
}

static int open_partner(jam *j) {
  j->rules = ario__music_rules(&j->music);
  ario__partner_options options = {.model = j->live.model,
                                   .session = ario__live_session(&j->live),
                                   .sampling = j->live.sampling,
                                   .symbolic = j->live.codec->symbolic,
                                   .rules = &j->rules,
                                   .wishes = &j->music.steer.wishes,
                                   .answer_after = j->answer_after,
                                   .answer_seconds = j->answer_seconds,
                                   .turns = j->turns,
                                   .stage = j->live.stage};
  int result = parse_trigger(j, &options);
  if (result) return result;
  ario_error error = {""};
  ario_status status = ario__partner_create(&options, &j->partner, &error);
  if (status == ARIO_ERR_ARGUMENT) return ario__usage_error(self, "--%s", error.text);
  if (!status) status = ario__keyboard_open(j->midi_in, ario__partner_key, j->partner, &j->keyboard, &error);
  if (!status) status = ario__stage_start(j->live.stage, &error);
  if (!status) status = ario__partner_start(j->partner, &error);
  return status ? ario__complain(self, "%s", error.text) : ARIO__DONE;
}

static int run(jam *j) {
  const ario_prompt_options everything = ario_prompt_options_default();
  int result = name_file(j);
  if (!result) result = ario__live_open_model(&j->live);
  if (!result && !j->live.codec->symbolic->live)
    result = ario__complain(self,
                            "%s: is a model for the codec %s, which cannot read music while it is played; "
                            "--model " ARIO__DEFAULT_MODEL " can",
                            j->live.model_folder, j->live.codec->name);
  if (!result)
    result = ario__steer_settle(self, &j->music.steering, j->live.codec->symbolic, NULL, &everything,
                                &j->music.steer);
  if (!result) result = ario__live_open_stage(&j->live);
  if (!result) result = open_partner(j);
  if (!result) {
    ario__console_open();
    result = play(j);
    int saved = ario__live_save_sound(&j->live);
    report(j);
    if (!result) result = saved;
  }
  ario__keyboard_free(j->keyboard);
  ario__partner_free(j->partner);
  ario__live_close(&j->live);
  return result;
}

static void show_port(void *context, const char *port, const char *name) {
  (void)context;
  ario__print("%s%s%s\n", port, *name ? "  " : "", name);
}

static int list_ports(void) {
  ario__keyboard_list(show_port, NULL);
  return ARIO__DONE;
}

int ario__jam_main(int argc, char **argv) {
  jam j = {.answer_after = 1.5,
           .answer_seconds = 8,
           .live = ario__live_default(self),
           .music = ario__music_default(self)};
  j.live.stage_options.latency = 0.02;
  j.live.stage_options.log = true;
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &j.output, "OUT.mid",
       "save the session in this file; by default jam.mid, or the first free name of jam-2.mid ..."},
      {"midi-in", 'i', ARIO__TEXT, &j.midi_in, "PORT",
       "the keyboard: alsa_seq, jack, coremidi, or a device file; by default what the system has. list: the "
       "ports "
       "that there are"},
      {"answer-after", 0, ARIO__REAL, &j.answer_after, "S",
       "answer when no key has moved for S seconds; 1.5 by default", .least = 0.05, .most = 60},
      {"trigger", 0, ARIO__TEXT, &j.trigger, "T",
       "answer at a pedal or controller (cc67) or at a key (key21) instead, not after silence"},
      {"answer-seconds", 0, ARIO__REAL, &j.answer_seconds, "S",
       "the longest answer, in seconds; 8 by default", .least = 0.2, .most = 600},
      {"turns", 0, ARIO__SIZE, &j.turns, "N", "end after N answers; by default when you end it", .least = 1,
       .most = 1e6},
      ARIO__LIVE_OPTIONS(&j.live),
      ARIO__STEER_PITCH_OPTIONS(&j.music.steering),
      ARIO__GRAMMAR_OPTIONS(&j.music),
      ARIO__SAMPLING_OPTIONS(&j.live.sampling, &j.live.temperatures),
      ARIO__LIVE_MODEL_OPTIONS(&j.live, "the model, a folder or a name; " ARIO__DEFAULT_MODEL " by default")};
  const ario__command command = {
      .name = self,
      .usage = "[options]",
      .summary = "Plays with you. What you play on a MIDI keyboard sounds at once; when you stop, Arioso "
                 "answers, until you play again.",
      .notes = "Keys while it plays:\n"
               "  a   answer now\n"
               "  p   stop all notes\n"
               "  q   end; Ctrl-C does the same\n"
               "\n"
               "The session is saved every two seconds: your notes on one track, the answers on\n"
               "another.",
      .options = options,
      .option_count = sizeof options / sizeof *options};
  ario__command_line line;
  int result = ario__options_parse(&command, argc, argv, &line);
  if (result || line.finished) return result;
  if (j.midi_in && strcmp(j.midi_in, "list") == 0) return list_ports();
  if (j.live.list_devices) return ario__live_list_devices(self);
  return run(&j);
}
