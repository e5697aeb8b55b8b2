// SPDX-License-Identifier: MIT
//
// The kinds of work that bench measures.
#include "apps/cli/interrupt.h"
#include "apps/cli/progress.h"
#include "apps/cli/stopwatch.h"
#include "apps/commands/bench.h"
#include "arioso/codec.h"
#include "arioso/takes.h"
#include "arioso/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_SAMPLES = 101 };
enum { TOKENS = 200, TAIL_TOKENS = 4000, FEW_TOKENS = 24, WARM_TOKENS = 8, NOTES = 32, WARM_NOTES = 4 };

const char *ario__bench_work_name(ario__bench_work work) {
  static const char *const names[ARIO__WORKS] = {"train", "generate", "prefill", "first-note", "optimizer"};
  return names[work];
}

bool ario__bench_has(ario__bench_work work, ario_precision precision) {
  return precision != ARIO_PRECISION_INT8 || (work != ARIO__TRAIN && work != ARIO__OPTIMIZER);
}

// ---- Samples ----

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

// The quantile of seconds [count]; sorts them.
static double quantile(double *seconds, size_t count, double share) {
  qsort(seconds, count, sizeof *seconds, by_size);
  size_t rank = (size_t)ceil(share * (double)count);
  return seconds[rank ? rank - 1 : 0];
}

double ario__bench_median(double *numbers, size_t count) {
  return quantile(numbers, count, 0.5);
}

// Runs once; *seconds: the time of the part that is measured.
typedef ario_status (*sample)(void *context, double *seconds, ario_error *error);

// The median after a warm-up: of the fewest samples that the setup asks for, and of more while its time
// lasts.
static ario_status median_of(const ario__bench_setup *setup, sample run, void *context, double *median,
                             ario_error *error) {
  double seconds[MOST_SAMPLES], spent = 0;
  size_t count = 0;
  ario_status status = run(context, median, error);
  while (!status && count < MOST_SAMPLES && (count < setup->least || spent < setup->enough)) {
    status = ario__interrupt_check(error);
    if (!status) status = run(context, &seconds[count], error);
    if (!status) spent += seconds[count++];
  }
  if (!status) *median = quantile(seconds, count, 0.5);
  return status;
}

// A linear congruential generator (Knuth's MMIX): the times do not depend on which tokens there are.
static void random_tokens(const ario_config *config, ario_token *tokens, size_t count) {
  uint64_t state = 1;
  for (size_t i = 0; i < count; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    tokens[i] = (ario_token)((state >> 33) % config->vocab_size);
  }
}

static ario_status create_tokens(const ario_config *config, size_t count, ario_token **tokens,
                                 ario_error *error) {
  *tokens = malloc(count * sizeof **tokens);
  if (!*tokens) return ario_fail(error, ARIO_ERR_MEMORY, "not enough memory for %zu tokens", count);
  random_tokens(config, *tokens, count);
  return ARIO_OK;
}

// ---- Training ----

// Leaves some memory for other programs.
static size_t memory_for_us(const ario__bench_setup *setup) {
  return setup->memory / 10 * 9;
}

// A step has no dropout and uses AdamW, as the PyTorch oracle's does. The time of Muon does not depend on the
// batch, so it is measured with a crop of one token.
static ario_train_options train_options(const ario__bench_setup *setup, ario__bench_work work) {
  ario_train_options options = ario_train_options_default();
  bool muon = work == ARIO__OPTIMIZER;
  options.steps = 1000000; // more than are measured: the rate is never 0
  options.batch = muon ? 1 : setup->batch;
  options.context = options.latents = muon ? 1 : 0;
  options.optimizer = muon ? ARIO_MUON : ARIO_ADAMW;
  options.adamw_rate = 1e-4;
  options.dropout = 0;
  options.threads = setup->threads;
  options.memory = memory_for_us(setup);
  options.precision = setup->precision;
  options.whole = true;
  return options;
}

static ario_status create_corpus(const ario__bench_setup *setup, ario_corpus **out, ario_error *error) {
  const ario_config *config = &setup->config;
  size_t count = 4 * config->max_context + 1;
  ario_token *tokens;
  *out = NULL;
  ario_status status = create_tokens(config, count, &tokens, error);
  if (status) return status;
  status = ario_corpus_create(config->vocab_size, "raw", 1, out);
  if (!status) status = ario_corpus_add(*out, ARIO_CORPUS_TRAIN, tokens, count);
  free(tokens);
  return status ? ario_fail(error, status, "a corpus: %s", ario_strerror(status)) : ARIO_OK;
}

static ario_status run_step(void *context, double *seconds, ario_error *error) {
  ario_train_report report;
  double start = ario__seconds_now();
  ario_status status = ario_trainer_step(context, &report, error);
  *seconds = ario__seconds_now() - start;
  return status;
}

static ario_status run_optimizer(void *context, double *seconds, ario_error *error) {
  ario_train_report report;
  ario_status status = ario_trainer_step(context, &report, error);
  *seconds = report.optimizer_seconds;
  return status;
}

static ario_status train(const ario__bench_setup *setup, ario__bench_row *row, ario_error *error) {
  ario_train_options options = train_options(setup, row->work);
  ario_trainer *trainer = NULL;
  ario_corpus *corpus;
  ario_status status = create_corpus(setup, &corpus, error);
  if (!status) status = ario_trainer_create(setup->model, corpus, &options, &trainer, error);
  bool step = row->work == ARIO__TRAIN;
  if (!status) status = median_of(setup, step ? run_step : run_optimizer, trainer, &row->seconds, error);
  if (!status) row->precision = ario_trainer_precision(trainer);
  if (step) row->tokens_per_s = (double)(row->latents * row->batch) / row->seconds;
  ario_trainer_free(trainer);
  ario_corpus_free(corpus);
  return status;
}

// ---- Sessions ----

// A session that generates.
struct playing {
  ario_session *session;
  ario_sampler *sampler;
  ario_token *tokens; // [count] the prompt
  size_t count;
  ario_token newest; // sampled
  ario_takes *takes; // that are played together; NULL: the session itself is played
  size_t take_count;
};

static ario_session_options session_options(const ario__bench_setup *setup) {
  ario_session_options options = ario_session_options_default();
  options.threads = setup->threads;
  options.precision = setup->precision;
  return options;
}

static void stop_playing(struct playing *p) {
  ario_takes_free(p->takes);
  ario_sampler_free(p->sampler);
  ario_session_free(p->session);
  free(p->tokens);
}

static ario_status start_playing(const ario__bench_setup *setup, const ario_session_options *options,
                                 struct playing *p, ario_error *error) {
  *p = (struct playing){.count = setup->config.max_context};
  ario_sampler_options sampling = ario_sampler_options_default();
  const ario_codec *codec = ario_codec_find(setup->config.codec);
  if (codec && codec->kinds) sampling.kinds = *codec->kinds; // as music is sampled
  ario_status status = ario_session_create(setup->model, options, &p->session, error);
  if (!status) status = ario_sampler_create(setup->config.vocab_size, &sampling, &p->sampler, error);
  if (!status) status = create_tokens(&setup->config, p->count, &p->tokens, error);
  return status;
}

static ario_status told(ario_status status, ario_error *error) {
  return status ? ario_fail(error, status, "generating: %s", ario_strerror(status)) : ARIO_OK;
}

// Feeds a token and samples the next.
static ario_status play(struct playing *p, ario_token token, double *seconds, ario_error *error) {
  const float *logits;
  double start = ario__seconds_now();
  ario_status status = ario_session_feed(p->session, &token, 1);
  if (!status) status = ario_session_logits(p->session, &logits);
  if (!status) status = ario_sampler_draw(p->sampler, logits, NULL, &p->newest);
  *seconds = ario__seconds_now() - start;
  return told(status, error);
}

// Samples a token of each take and feeds them.
static ario_status play_takes(struct playing *p, double *seconds, ario_error *error) {
  size_t which[ARIO_TAKES_MOST];
  ario_token tokens[ARIO_TAKES_MOST];
  double start = ario__seconds_now();
  ario_status status = ARIO_OK;
  for (size_t i = 0; i < p->take_count && !status; i++) {
    const float *logits;
    which[i] = i;
    status = ario_takes_logits(p->takes, i, &logits);
    if (!status) status = ario_sampler_draw(p->sampler, logits, NULL, &tokens[i]);
  }
  if (!status) status = ario_takes_feed(p->takes, which, tokens, p->take_count);
  *seconds = ario__seconds_now() - start;
  return told(status, error);
}

static ario_status run_prefill(void *context, double *seconds, ario_error *error) {
  struct playing *p = context;
  const float *logits;
  ario_session_reset(p->session);
  double start = ario__seconds_now();
  ario_status status = ario_session_feed(p->session, p->tokens, p->count);
  if (!status) status = ario_session_logits(p->session, &logits);
  *seconds = ario__seconds_now() - start;
  return told(status, error);
}

static ario_status prefill(const ario__bench_setup *setup, struct playing *p, ario__bench_row *row,
                           ario_error *error) {
  row->latents = row->latents > 1 ? row->latents / 2 : 1; // of a session's first pass
  ario_status status = median_of(setup, run_prefill, p, &row->seconds, error);
  row->tokens_per_s = (double)row->context / row->seconds;
  return status;
}

// ---- Tokens ----

// Generates `count` tokens; seconds [count]: their times, or NULL.
static ario_status play_on(struct playing *p, size_t count, double *seconds, ario__progress *progress,
                           ario_error *error) {
  ario_status status = ARIO_OK;
  for (size_t i = 0; i < count && !status; i++) {
    double unused;
    status = ario__interrupt_check(error);
    double *spent = seconds ? &seconds[i] : &unused;
    if (!status) status = p->takes ? play_takes(p, spent, error) : play(p, p->newest, spent, error);
    if (progress) ario__progress_show(progress, (double)(i + 1) / (double)count, NULL);
  }
  return status;
}

// Tokens to generate first, so that the caches are about three quarters full while measuring. Over many
// tokens they are so on average.
static size_t tokens_before(const ario__bench_setup *setup, size_t measured) {
  size_t quarter = setup->config.max_latents / 4;
  return measured == TAIL_TOKENS || quarter < measured / 2 + WARM_TOKENS ? WARM_TOKENS
                                                                         : quarter - measured / 2;
}

static ario_status generate(const ario__bench_setup *setup, struct playing *p, ario__bench_row *row,
                            ario_error *error) {
  bool tail = setup->tail && setup->batch == 1; // of takes the median is enough
  size_t count = tail ? TAIL_TOKENS : TOKENS;
  double unused, *seconds = malloc(count * sizeof *seconds);
  if (!seconds) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  ario__progress progress;
  ario__progress_start(&progress, "generate");
  size_t before = tokens_before(setup, count);
  ario_status status = run_prefill(p, &unused, error);
  if (!status && setup->batch > 1)
    status = ario_takes_create(p->session, p->take_count = setup->batch, before + count, &p->takes, error);
  if (!status) status = play_on(p, before, NULL, NULL, error);
  if (!status) status = play_on(p, count, seconds, &progress, error);
  ario__progress_end(&progress);
  if (!status) {
    row->seconds = quantile(seconds, count, 0.5);
    row->tokens_per_s = (double)setup->batch / row->seconds;
    bool known = tail && count > setup->config.max_latents;
    if (known) row->p999_over_median = quantile(seconds, count, 0.999) / row->seconds;
  }
  free(seconds);
  return status;
}

// A player pauses between notes; meanwhile the worker threads fall asleep.
static void pause_as_players_do(void) {
  ario__sleep(0.02);
}

// Measures each of the prompt's last tokens in turn: the tokens before it came one by one, so that their
// latents are cached.
static ario_status first_note(struct playing *p, ario__bench_row *row, ario_error *error) {
  double seconds[WARM_NOTES + NOTES];
  const float *logits;
  size_t last = WARM_NOTES + NOTES, before = p->count > last ? p->count - last : 1;
  ario_status status = told(ario_session_feed(p->session, p->tokens, before), error);
  if (!status) status = told(ario_session_logits(p->session, &logits), error);
  for (size_t i = 0; i < last && !status; i++) {
    pause_as_players_do();
    status = ario__interrupt_check(error);
    if (!status) status = play(p, p->tokens[(before + i) % p->count], &seconds[i], error);
  }
  if (status) return status;
  row->seconds = quantile(seconds + WARM_NOTES, NOTES, 0.5);
  row->tokens_per_s = 1 / row->seconds;
  return ARIO_OK;
}

ario_status ario__bench_token(const ario__bench_setup *setup, bool full, double *seconds,
                              double *prefill_seconds, ario_error *error) {
  size_t latents = setup->config.max_latents, after = WARM_TOKENS + FEW_TOKENS;
  double tokens[FEW_TOKENS];
  struct playing p;
  ario_session_options options = session_options(setup);
  if (full) options.refill = latents > after ? latents - after : 1;
  size_t before = full ? WARM_TOKENS : tokens_before(setup, FEW_TOKENS);
  ario_status status = start_playing(setup, &options, &p, error);
  if (!status) status = run_prefill(&p, prefill_seconds, error);
  if (!status) status = play_on(&p, before, NULL, NULL, error);
  if (!status) status = play_on(&p, FEW_TOKENS, tokens, NULL, error);
  if (!status) *seconds = quantile(tokens, FEW_TOKENS, 0.5);
  stop_playing(&p);
  return status;
}

// ---- All of them ----

static ario_status work_with_session(const ario__bench_setup *setup, ario__bench_row *row,
                                     ario_error *error) {
  struct playing p;
  ario_session_options options = session_options(setup);
  ario_status status = start_playing(setup, &options, &p, error);
  row->precision = setup->precision; // sessions compute in any
  if (!status)
    status = row->work == ARIO__GENERATE  ? generate(setup, &p, row, error)
             : row->work == ARIO__PREFILL ? prefill(setup, &p, row, error)
                                          : first_note(&p, row, error);
  stop_playing(&p);
  return status;
}

ario_status ario__bench_bytes(const ario__bench_setup *setup, ario__bench_work work, size_t *bytes,
                              ario_error *error) {
  if (work == ARIO__TRAIN || work == ARIO__OPTIMIZER) {
    ario_train_options options = train_options(setup, work);
    bool recomputed;
    return ario_train_bytes(&setup->config, &options, bytes, &recomputed, error);
  }
  ario_session_options options = session_options(setup);
  ario_status status = ario_session_bytes(setup->model, &options, bytes, error);
  size_t shared = 0;
  if (!status) status = ario_session_shared_bytes(setup->model, setup->precision, &shared);
  if (!status) *bytes += shared + ario_model_bytes(setup->model);
  return status;
}

bool ario__bench_fits(const ario__bench_setup *setup, ario__bench_work work, size_t *bytes) {
  if (ario__bench_bytes(setup, work, bytes, NULL)) *bytes = SIZE_MAX;
  return *bytes <= memory_for_us(setup);
}

ario_status ario__bench_measure(const ario__bench_setup *setup, ario__bench_work work, ario__bench_row *row,
                                ario_error *error) {
  const ario_config *config = &setup->config;
  *row = (ario__bench_row){.work = work,
                           .channels = config->channels,
                           .layers = config->layers,
                           .heads = config->heads,
                           .context = config->max_context,
                           .latents = config->max_latents,
                           .batch = work == ARIO__TRAIN || work == ARIO__GENERATE ? setup->batch : 1,
                           .threads = setup->threads,
                           .tokens_per_s = NAN,
                           .p999_over_median = NAN};
  ario_status status = ario__bench_bytes(setup, work, &row->memory, error);
  if (status) return status;
  bool trains = work == ARIO__TRAIN || work == ARIO__OPTIMIZER;
  return trains ? train(setup, row, error) : work_with_session(setup, row, error);
}
