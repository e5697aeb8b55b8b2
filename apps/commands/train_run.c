// SPDX-License-Identifier: MIT
//
// The loop of a training run.
#include "apps/commands/train_run.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/options.h"
#include "apps/cli/print.h"
#include "apps/cli/progress.h"
#include "apps/cli/report.h"
#include "apps/cli/stopwatch.h"
#include "apps/cli/times.h"
#include "apps/commands/bigram.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

static const char *const self = "train";

enum { LOG_STEPS = 10, LINE_SECONDS = 60 };

// A run, and what has happened since the last row of the log, progress line and checkpoint.
struct going {
  const ario__train_run *run;
  ario__progress progress;
  double nll_sum, nll_tokens; // since the last row
  double row_seconds, line_time, saved_seconds;
  double valid_nll;    // the newest; NAN: none yet
  double step_time;    // seconds for each token of the steps so far
  size_t valid_tokens; // of each validation; SIZE_MAX: not settled yet
  ario_train_report report;
};

// The state goes first: if writing the model fails, the state has all that is needed to resume.
static ario_status save(struct going *g, bool ended, ario_error *error) {
  double began = ario__seconds_now();
  ario_status status = ended ? ARIO_OK : ario_trainer_save(g->run->trainer, g->run->state_file, error);
  if (!status)
    status = ario_model_save(ario_trainer_best(g->run->trainer), g->run->folder, g->run->dtype, error);
  if (!status && ended) {
    unlink(g->run->state_file);
    unlink(g->run->settings_file);
  }
  ario_trainer_spend(g->run->trainer, ario__seconds_now() - began);
  g->saved_seconds = ario_trainer_progress(g->run->trainer).seconds;
  return status;
}

static double tokens_per_second(const struct going *g) {
  double seconds = ario_trainer_progress(g->run->trainer).seconds - g->row_seconds;
  return seconds > 0 ? g->nll_tokens / seconds : 0;
}

static void say_line(struct going *g) {
  ario_train_progress p = ario_trainer_progress(g->run->trainer);
  char detail[160];
  int used = snprintf(detail, sizeof detail, "step %ju, NLL %.3f", (uintmax_t)p.steps,
                      g->nll_tokens > 0 ? g->nll_sum / g->nll_tokens : g->report.nll);
  if (isfinite(g->valid_nll))
    used += snprintf(detail + used, sizeof detail - (size_t)used, " (validation %.3f)", g->valid_nll);
  snprintf(detail + used, sizeof detail - (size_t)used, ", %.0f tokens/s", tokens_per_second(g));
  ario__progress_show(&g->progress, p.done, detail);
  double now = ario__seconds_now();
  if (g->run->quiet || isatty(STDERR_FILENO) || now - g->line_time < LINE_SECONDS) return;
  g->line_time = now;
  char left[24];
  ario__progress_left(&g->progress, p.done, left);
  fprintf(stderr, "%5.1f %%, %.1f min, %s%s%s\n", 100 * p.done, p.seconds / 60, detail, *left ? ", " : "",
          left);
}

// Logs what has happened since the last row.
static ario_status log_row(struct going *g, bool validated, ario_error *error) {
  ario__train_row row = {.progress = ario_trainer_progress(g->run->trainer),
                         .nll = g->nll_tokens > 0 ? g->nll_sum / g->nll_tokens : NAN,
                         .valid_nll = validated ? g->valid_nll : NAN,
                         .gradient_norm = g->report.gradient_norm,
                         .rate = g->report.rate,
                         .tokens_per_s = tokens_per_second(g)};
  ario_status status = g->run->log ? ario__train_log_add(g->run->log, &row, error) : ARIO_OK;
  g->nll_sum = g->nll_tokens = 0;
  g->row_seconds = row.progress.seconds;
  return status;
}

// How many tokens validations of a run of some minutes may have to take a tenth of its time together. A token takes no
// longer than in a step, which also goes backward.
static size_t settle_validation(const struct going *g) {
  const ario__train_run *run = g->run;
  if (!(run->minutes > 0) || run->valid_given || !(g->step_time > 0)) return run->valid_tokens;
  double most = 0.1 * 60 * run->minutes / (double)run->validations / g->step_time;
  size_t tokens = most > 1 ? most < 1e15 ? (size_t)most : SIZE_MAX : 1;
  return run->valid_tokens && run->valid_tokens < tokens ? run->valid_tokens : tokens;
}

static ario_status validate(struct going *g, ario_error *error) {
  size_t count;
  if (g->valid_tokens == SIZE_MAX) g->valid_tokens = settle_validation(g);
  ario_status status = ario_trainer_validate(g->run->trainer, g->valid_tokens, &g->valid_nll, &count);
  if (!count) g->valid_nll = NAN;
  return status ? ario_fail(error, status, "step %ju: the validation NLL is not finite",
                            (uintmax_t)ario_trainer_progress(g->run->trainer).steps)
                : ARIO_OK;
}

// A run ends with a whole step. Where half of one is more than a tenth of the time, says after the first how long the run
// will be.
static void warn_of_long_steps(struct going *g, double step) {
  double whole = 60 * g->run->minutes, so_far = ario_trainer_progress(g->run->trainer).seconds;
  if (!(g->run->minutes > 0) || step <= whole / 5) return;
  double more = ceil((whole - step / 2 - so_far) / step);
  double length = so_far + (more > 0 ? more * step : 0);
  char text[24], asked[24], in_all[24];
  ario__progress_end(&g->progress);
  ario__warn(
      "a step takes %s here, so that the run takes about %s, not the %s of --minutes; fewer --channels, "
      "--layers or a smaller --batch make shorter steps",
      ario__time_text(step, text), ario__time_text(length, in_all), ario__time_text(whole, asked));
}

// One step and what follows it.
static ario_status go_on(struct going *g, ario_error *error) {
  ario_train_progress before = ario_trainer_progress(g->run->trainer);
  ario_status status = ario_trainer_step(g->run->trainer, &g->report, error);
  if (status) return status;
  ario_train_progress p = ario_trainer_progress(g->run->trainer);
  if (!g->step_time) warn_of_long_steps(g, p.seconds - before.seconds);
  if (g->report.tokens) g->step_time = (p.seconds - before.seconds) / (double)g->report.tokens;
  g->nll_sum += g->report.nll * (double)g->report.tokens;
  g->nll_tokens += (double)g->report.tokens;
  say_line(g);
  double every = (double)g->run->validations;
  bool due = g->run->validations && (floor(p.done * every) > floor(before.done * every) || p.done >= 1);
  if (due) status = validate(g, error);
  if (!status && (due || p.steps % LOG_STEPS == 0)) status = log_row(g, due, error);
  if (!status && p.seconds - g->saved_seconds >= 60 * g->run->checkpoint_minutes)
    status = save(g, false, error);
  return status;
}

static bool is_to_stop(const struct going *g) {
  return ario__interrupt_check(NULL) ||
         (g->run->stop_after && ario_trainer_progress(g->run->trainer).steps >= g->run->stop_after);
}

// A model that was trained too little has a line that says so, and what it would take.
static void warn_of_little(const struct going *g, double valid_nll, double bigram_nll) {
  enum { FEW = 100, WORTH = 1000 }; // steps
  ario_train_progress p = ario_trainer_progress(g->run->trainer);
  bool worse = valid_nll > bigram_nll, few = p.steps < FEW && !g->run->tuned;
  char how[96] = "";
  if (!p.steps || (!worse && !few)) return;
  if (worse)
    snprintf(how, sizeof how, ", and its %.2f nats are worse than the %.2f of a table of pairs of tokens",
             valid_nll, bigram_nll);
  double minutes = p.seconds / (double)p.steps * WORTH / 60;
  ario__warn("%s: is trained too little: %ju step%s%s. %d steps would take %.3g %s here; fewer --channels or "
             "--layers "
             "are faster",
             g->run->folder, (uintmax_t)p.steps, p.steps == 1 ? "" : "s", how, WORTH,
             minutes < 120 ? minutes : minutes / 60, minutes < 120 ? "minutes" : "hours");
}

static int print_end(struct going *g, bool ended) {
  ario_train_progress p = ario_trainer_progress(g->run->trainer);
  double valid_nll = isfinite(p.best_nll) ? p.best_nll : g->valid_nll; // of the model that is kept
  double bigram_nll = NAN; // counted here, where it is used: it reads all tokens
  if (ended || g->run->json)
    bigram_nll = ario__bigram_nll(g->run->corpus, ario_corpus_vocab_size(g->run->corpus));
  if (ended) warn_of_little(g, valid_nll, bigram_nll);
  if (g->run->json) {
    ario__report *report = ario__report_object();
    ario__report_add_text(report, "model", g->run->folder);
    ario__report_add_bool(report, "ended", ended);
    ario__report_add_whole(report, "steps", p.steps);
    ario__report_add_whole(report, "tokens", p.tokens);
    ario__report_add_number(report, "epochs", p.epochs);
    ario__report_add_number(report, "seconds", p.seconds);
    if (isfinite(g->report.nll)) ario__report_add_number(report, "nll", g->report.nll);
    if (isfinite(valid_nll)) ario__report_add_number(report, "valid_nll", valid_nll);
    if (isfinite(bigram_nll)) ario__report_add_number(report, "bigram_nll", bigram_nll);
    return ario__report_finish(report, self);
  }
  if (g->run->quiet) return ARIO__DONE;
  ario__print("%s: %ju steps, %.1f minutes, %ju tokens (%.2f passes)", g->run->folder, (uintmax_t)p.steps,
              p.seconds / 60, (uintmax_t)p.tokens, p.epochs);
  if (ended && g->run->keep > 0) ario__print(", %.0f %% of the initial weights kept", 100 * g->run->keep);
  if (isfinite(valid_nll)) ario__print(", validation %.4f nats/token", valid_nll);
  ario__print(ended ? "\n" : "; not finished: go on with --resume\n");
  return ARIO__DONE;
}

// Steps until the run ends or has to stop.
static ario_status take_steps(struct going *g, ario_error *error) {
  ario_status status = ARIO_OK;
  if (!g->run->resumed) status = save(g, false, error); // so that a path that cannot be written fails at once
  ario__progress_start(&g->progress, "training");
  while (!status && !ario_trainer_done(g->run->trainer) && !is_to_stop(g)) status = go_on(g, error);
  ario__progress_end(&g->progress);
  return status;
}

// Mixing in the initial weights makes another model, which is validated, too.
static ario_status finish(struct going *g, ario_error *error) {
  ario_status status = ario_trainer_finish(g->run->trainer, error);
  if (!status && g->run->keep > 0 && g->run->validations) {
    status = validate(g, error);
    if (!status) status = log_row(g, true, error);
  }
  return status;
}

static int give_up(const ario__train_run *run, const ario_error *error) {
  if (access(run->state_file, F_OK) != 0) return ario__complain(self, "%s", error->text);
  return ario__complain(self, "%s; the last checkpoint is in %s: go on from it with --resume", error->text,
                        run->folder);
}

int ario__train_go(const ario__train_run *run) {
  ario_error error = {""};
  double seconds = ario_trainer_progress(run->trainer).seconds;
  struct going g = {.run = run,
                    .row_seconds = seconds,
                    .saved_seconds = seconds,
                    .line_time = ario__seconds_now(),
                    .valid_nll = NAN,
                    .valid_tokens = SIZE_MAX,
                    .report = {.nll = NAN}};
  // The time before counts, but it never takes more than half of what there is.
  double before = ario__seconds_now() - run->began;
  ario_trainer_spend(run->trainer, run->minutes > 0 ? fmin(before, 30 * run->minutes) : before);
  ario_status status = take_steps(&g, &error);
  if (status) return give_up(run, &error);
  bool ended = ario_trainer_done(run->trainer);
  if (ended) status = finish(&g, &error);
  if (!status) status = save(&g, ended, &error);
  if (!status && g.nll_tokens > 0) status = log_row(&g, false, &error); // steps since the last row
  if (!status && run->log) status = ario__train_log_draw(run->log, &error);
  if (status) return give_up(run, &error);
  int result = print_end(&g, ended);
  return ended || (run->stop_after && !ario__interrupt_check(NULL)) ? result : ARIO__FAILED;
}
