// SPDX-License-Identifier: MIT
//
// The takes of one prompt, for tokens of any medium: the session, seeds, progress and reports.
#include "apps/cli/free_memory.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/print.h"
#include "apps/cli/progress.h"
#include "apps/cli/stopwatch.h"
#include "apps/cli/threads.h"
#include "apps/commands/continue.h"
#include "apps/generate/token_room.h"
#include "arioso/generator.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct takes {
  ario__continuing *c;
  ario_session *session; // has been fed the prompt
  ario__outputs outputs;
  ario__report *list; // with --json
};

// A take in the making.
struct voice {
  ario__take *take;
  size_t room;        // in take->tokens
  ario_cursor cursor; // for music: the end of the take
  bool done;
};

// Takes that are made side by side.
struct group {
  const ario__continuing *c;
  ario__take *takes;    // [count]
  struct voice *voices; // [count]
  size_t count;
  bool failed; // memory ran out
  bool interrupted;
};

// ---- The session ----

static int open_session(struct takes *takes) {
  const ario__continuing *c = takes->c;
  ario_error error = {""};
  ario_session_options options = ario_session_options_default();
  options.latents = c->latents;
  options.threads = ario__threads(c->threads);
  options.precision = c->precision;
  ario_status status = ario_session_create(c->model, &options, &takes->session, &error);
  if (status == ARIO_ERR_ARGUMENT) return ario__usage_error(ARIO__CONTINUE, "--%s", error.text);
  return status ? ario__complain(ARIO__CONTINUE, "%s: %s", c->model_folder, error.text) : ARIO__DONE;
}

static int read_prompt(struct takes *takes) {
  const ario__continuing *c = takes->c;
  const float *logits; // computed now, so that every take's copy of the session has them
  ario_status status = ario_session_feed(takes->session, c->prompt, c->prompt_count);
  if (!status) status = ario_session_logits(takes->session, &logits);
  if (status) return ario__complain(ARIO__CONTINUE, "%s: %s", c->model_folder, ario_strerror(status));
  return ARIO__DONE;
}

// ---- Making a take ----

static bool append(struct voice *voice, ario_token token) {
  ario__take *take = voice->take;
  if (!ario__make_token_room(&take->tokens, take->count, &voice->room)) return false;
  take->tokens[take->count++] = token;
  return true;
}

// Adds a token to a take. In music the token is shortened if it would last past the end.
static bool add(void *context, size_t number, ario_token *token) {
  struct group *group = context;
  struct voice *voice = &group->voices[number];
  const ario__continuing *c = group->c;
  if (c->symbolic) {
    voice->done = c->symbolic->cut(&voice->cursor, c->until, token);
    c->symbolic->pass(&voice->cursor, token, 1);
  }
  group->failed = group->failed || !append(voice, *token);
  voice->done = voice->done || group->failed || voice->take->count >= c->tokens;
  return !voice->done;
}

// How much of the takes is done, 0 to 1, by tokens or by time, whichever ends them first.
static double fraction_of(const struct group *group, size_t *tokens) {
  const ario__continuing *c = group->c;
  double sum = 0;
  *tokens = 0;
  for (size_t i = 0; i < group->count; i++) {
    const struct voice *voice = &group->voices[i];
    double fraction = (double)voice->take->count / (double)c->tokens;
    if (c->symbolic)
      fraction =
          fmax(fraction, (double)(voice->cursor.now - c->cursor->now) / (double)(c->until - c->cursor->now));
    sum += voice->done ? 1 : fraction;
    *tokens += voice->take->count;
  }
  return sum / (double)group->count;
}

static ario_status run(struct group *group, ario_generator *generator, ario__progress *progress,
                       double began) {
  ario_status status = ARIO_OK;
  for (size_t going = 1; going && !status;) {
    size_t tokens;
    char detail[64];
    group->interrupted = ario__interrupt_check(NULL) != ARIO_OK;
    if (group->interrupted) break;
    status = ario_generator_step(generator, add, group, &going);
    if (!status && group->failed) status = ARIO_ERR_MEMORY;
    double fraction = fraction_of(group, &tokens);
    snprintf(detail, sizeof detail, "%.0f tokens/s", (double)tokens / (ario__seconds_now() - began));
    if (!status) ario__progress_show(progress, fraction, detail);
  }
  return status;
}

static ario_generator_options generator_options(const struct takes *takes, size_t number, size_t count) {
  ario_generator_options options = ario_generator_options_default();
  options.session = takes->session;
  options.voices = count;
  options.keep = number && takes->c->takes > 1;
  options.room = takes->c->tokens;
  options.sampling = takes->c->sampling;
  options.sampling.seed += number;
  options.chain = &takes->c->chain;
  options.measure = takes->c->json && takes->c->symbolic;
  return options;
}

// Makes a group of takes side by side.
static ario_status generate(const struct takes *takes, struct group *group) {
  char what[64] = "continuing";
  const ario__take *first = &group->takes[0];
  if (group->count > 1)
    snprintf(what, sizeof what, "takes %zu to %zu of %zu", first->number, first->number + group->count - 1,
             takes->c->takes);
  else if (first->number)
    snprintf(what, sizeof what, "take %zu of %zu", first->number, takes->c->takes);
  const ario_generator_options options = generator_options(takes, first->number, group->count);
  ario_generator *generator;
  ario__progress progress;
  double began = ario__seconds_now();
  ario_status status = ario_generator_create(&options, &generator, NULL);
  if (status) return status;
  ario__progress_start(&progress, what);
  status = run(group, generator, &progress, began);
  ario__progress_end(&progress);
  for (size_t i = 0; i < group->count; i++) {
    group->takes[i].spent = ario__seconds_now() - began;
    group->takes[i].cost = ario_generator_cost(generator, i);
  }
  ario_generator_free(generator);
  return status;
}

// ---- Reporting the results ----

static void report_prompt(struct takes *takes) {
  const ario__continuing *c = takes->c;
  size_t most = ario_model_config(c->model)->max_context;
  size_t used = c->prompt_count < most ? c->prompt_count : most;
  if (c->json) {
    ario__report_add_text(c->report, "model", c->model_folder);
    ario__report_add_text(c->report, "precision", ario_precision_name(c->precision));
    ario__report *prompt = ario__report_add_object(c->report, "prompt");
    ario__report_add_text(prompt, "file", c->input ? c->input->name : NULL);
    c->medium->report_prompt(c, used, prompt);
    ario__report_add_number(prompt, "tokens", (double)(c->prompt_count + c->left_out));
    ario__report_add_number(prompt, "tokens_used", (double)used);
    takes->list = ario__report_add_array(c->report, "takes");
  } else if (c->input) {
    c->medium->report_prompt(c, used, NULL);
    fflush(stdout);
  }
}

static void report_take(const struct takes *takes, const ario__take *take) {
  const ario__continuing *c = takes->c;
  double speed = (double)take->count / fmax(take->spent, 1e-9);
  if (c->json) {
    ario__report *entry = ario__report_add_object(takes->list, NULL);
    c->medium->report_take(c, take, entry);
    ario__report_add_whole(entry, "seed", take->seed);
    ario__report_add_number(entry, "tokens", (double)take->count);
    ario__report_add_number(entry, "tokens_per_s", speed);
    return;
  }
  c->medium->report_take(c, take, NULL);
  ario__print(", seed %llu (%.0f tokens/s)\n", (unsigned long long)take->seed, speed);
  if (*take->names.wav) ario__print("%s\n", take->names.wav);
  if (*take->names.png) ario__print("%s\n", take->names.png);
  fflush(stdout);
}

// ---- All of it ----

// How many takes to make side by side: as many as memory has room for.
static size_t group_size(const struct takes *takes, size_t left) {
  size_t count = left < ARIO_TAKES_MOST ? left : ARIO_TAKES_MOST, bytes, memory = ario__memory_available();
  for (; count > 1; count--) {
    const ario_generator_options options = generator_options(takes, 1, count);
    if (!ario_generator_bytes(&options, &bytes, NULL) && bytes < memory) break;
  }
  return count;
}

static void prepare_take(struct takes *takes, struct group *group, size_t i, size_t number) {
  ario__take *take = &group->takes[i];
  take->number = number;
  take->seed = takes->c->sampling.seed + number;
  group->voices[i].take = take;
  if (takes->c->symbolic) group->voices[i].cursor = *takes->c->cursor;
}

static int write_take(struct takes *takes, ario__take *take) {
  const ario__continuing *c = takes->c;
  ario_error error = {""};
  ario_status status;
  int result = ario__outputs_name(&takes->outputs, take->number, &take->names);
  if (result) return result;
  do {
    status = c->medium->write(c, take, &error);
  } while (status == ARIO_ERR_STATE && ario__outputs_evade(&takes->outputs, take->number, &take->names));
  return status ? ario__complain(ARIO__CONTINUE, "%s", error.text) : ARIO__DONE;
}

// Writes the takes; of interrupted ones what there is.
static int write_takes(struct takes *takes, struct group *group) {
  size_t least = takes->c->least ? takes->c->least : 1;
  int result = ARIO__DONE;
  for (size_t i = 0; i < group->count && !result; i++) {
    if (group->interrupted && group->takes[i].count < least) continue;
    result = write_take(takes, &group->takes[i]);
    if (!result) report_take(takes, &group->takes[i]);
    if (!result && takes->c->looked) result = ario__looked_add(takes->c, &group->takes[i]);
  }
  return result;
}

// The first Ctrl-C ends the making, not the writing; another one ends that, too.
static void say_interrupted(struct takes *takes, const struct group *group) {
  size_t least = takes->c->least ? takes->c->least : 1, kept = 0;
  for (size_t i = 0; i < group->count; i++) kept += group->takes[i].count >= least;
  ario__complain(ARIO__CONTINUE, kept ? "interrupted; what was made until now is kept" : "interrupted");
  takes->c->interrupted = true;
  ario__interrupt_answer();
}

// Makes `count` takes from `number` on; with 0, the single one.
static int make_group(struct takes *takes, size_t number, size_t count) {
  const ario__continuing *c = takes->c;
  struct group group = {.c = c,
                        .takes = calloc(count, sizeof *group.takes),
                        .voices = calloc(count, sizeof *group.voices),
                        .count = count};
  ario_status status = group.takes && group.voices ? ARIO_OK : ARIO_ERR_MEMORY;
  for (size_t i = 0; i < count && !status; i++) prepare_take(takes, &group, i, number ? number + i : 0);
  if (!status) status = generate(takes, &group);
  if (!status && group.interrupted) say_interrupted(takes, &group);
  int result = status ? ario__complain(ARIO__CONTINUE, "%s: %s", c->model_folder, ario_strerror(status))
                      : write_takes(takes, &group);
  for (size_t i = 0; group.takes && i < count; i++) free(group.takes[i].tokens);
  free(group.voices);
  free(group.takes);
  return result;
}

static int make_each(struct takes *takes) {
  const ario__continuing *c = takes->c;
  if (!c->takes_given) return make_group(takes, 0, 1);
  int result = ARIO__DONE;
  for (size_t number = 1, count; number <= c->takes && !result && !c->interrupted; number += count) {
    count = group_size(takes, c->takes - number + 1);
    result = make_group(takes, number, count);
  }
  return result;
}

int ario__takes_make(ario__continuing *c) {
  struct takes takes = {.c = c,
                        .outputs = {.command = ARIO__CONTINUE,
                                    .input = c->input ? c->input->path : NULL,
                                    .output = c->output,
                                    .wav = c->wav,
                                    .png = c->png,
                                    .other = c->looked,
                                    .word = "continued",
                                    .suffix = c->suffix,
                                    .takes = c->takes,
                                    .numbered = c->takes_given}};
  int result = ario__outputs_check(&takes.outputs);
  if (!result) result = open_session(&takes);
  if (!result) result = read_prompt(&takes);
  if (!result) {
    report_prompt(&takes);
    result = make_each(&takes);
  }
  ario_session_free(takes.session);
  return result;
}
