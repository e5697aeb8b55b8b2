// SPDX-License-Identifier: MIT
//
// The trainer: crops, forward and backward pass, a step of the optimizer, and the schedule of a run.
#include "core/train/trainer.h"
#include "arioso/train.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/sizes.h"
#include "core/model/model_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WARM_UP_STEPS = 100, WARM_UP_SHARE = 10, MOST_BATCH = 65536 };

// One crop of a batch, varied.
struct sequence {
  ario_token *tokens; // [count]
  bool *given;        // [count] which of them are not predicted
  size_t count, latents;
  size_t predicted; // of the last `latents`
  uint64_t seed;    // of dropout
};

// ---- Options ----

ario_train_options ario_train_options_default(void) {
  return (ario_train_options){.batch = 4,
                              .optimizer = ARIO_MUON,
                              .muon_rate = 0.02,
                              .adamw_rate = 2e-3,
                              .weight_decay = 0.01,
                              .z_loss = 1e-4,
                              .dropout = 0.1,
                              .threads = 1,
                              .kernels = ARIO_KERNELS_FAST};
}

static bool is_amount(double value) {
  return value >= 0 && isfinite(value);
}

static ario_status check_sizes(const ario_train_options *o, const ario_config *config, ario_error *error) {
  size_t context = o->context ? o->context : config->max_context;
  if (context > config->max_context)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "context is %zu; the model has room for %zu", context,
                     config->max_context);
  if (o->latents > config->max_latents || o->latents > context)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "latents is %zu; it must be at most %zu, and at most %zu",
                     o->latents, config->max_latents, context);
  size_t latents = o->latents ? o->latents : ario__smaller(config->max_latents, context);
  if (o->start_context && (o->start_context < latents || o->start_context > context))
    return ario_fail(error, ARIO_ERR_ARGUMENT,
                     "start_context is %zu; it must be from %zu, the latents, to %zu", o->start_context,
                     latents, context);
  if (o->batch < 1 || o->batch > MOST_BATCH)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "batch is %zu; it must be from 1 to %d", o->batch, MOST_BATCH);
  if (o->threads > ARIO__MAX_THREADS)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "threads is %zu; it must be at most %d", o->threads,
                     ARIO__MAX_THREADS);
  return ARIO_OK;
}

ario_status ario_train_options_check(const ario_train_options *o, const ario_config *config,
                                     ario_error *error) {
  if (!is_amount(o->minutes) || !is_amount(o->passes) ||
      (o->steps > 0) + (o->minutes > 0) + (o->passes > 0) != 1)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "exactly one of steps, minutes and passes must be above 0");
  if (!is_amount(o->muon_rate) || !is_amount(o->adamw_rate) || !is_amount(o->weight_decay) ||
      !is_amount(o->z_loss))
    return ario_fail(error, ARIO_ERR_ARGUMENT,
                     "muon_rate, adamw_rate, weight_decay and z_loss must be 0 or more");
  if (!(o->dropout >= 0 && o->dropout < 1))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "dropout is %g; it must be 0 or more and below 1", o->dropout);
  if (!(o->prefix_dropout >= 0 && o->prefix_dropout <= 1))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "prefix_dropout is %g; it must be from 0 to 1",
                     o->prefix_dropout);
  if (!(o->keep >= 0 && o->keep <= 1))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "keep is %g; it must be from 0 to 1", o->keep);
  if (o->optimizer != ARIO_MUON && o->optimizer != ARIO_ADAMW)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "optimizer is %d, which is unknown", (int)o->optimizer);
  if (o->precision != ARIO_PRECISION_FP32 && o->precision != ARIO_PRECISION_BF16)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "precision is %d; training has fp32 and bf16",
                     (int)o->precision);
  return check_sizes(o, config, error);
}

// Fills in what 0 stands for.
static void complete(ario_train_options *o, const ario_config *config) {
  if (!o->context) o->context = config->max_context;
  if (!o->latents) o->latents = ario__smaller(config->max_latents, o->context);
  if (!o->start_context) o->start_context = o->context;
  if (!o->threads) o->threads = 1;
}

const char *ario_train_kernels_name(ario_kernels kernels, ario_precision precision) {
  return ario__gemm_of(kernels, precision)->name;
}

static const struct ario__gemm *gemm_of(const ario_train_options *o) {
  return ario__gemm_of(o->kernels, o->precision);
}

static struct ario__backward_shape shape_of(const ario_train_options *o, bool recompute) {
  return (struct ario__backward_shape){o->context, o->latents, o->threads, recompute};
}

// The bytes of a trainer with these completed options.
static ario_status count_bytes(const ario_config *config, const ario_train_options *o, bool recompute,
                               size_t *bytes) {
  struct ario__params *params;
  struct ario__backward_shape shape = shape_of(o, recompute);
  size_t parts[4] = {0}; // weights (up to three times) and gradients, moments, activations, tokens
  size_t blocks = 2 + (o->patience > 0) + (o->keep > 0);
  ario_status status = ario__params_create(config, &params);
  if (status) return status;
  if (!ario__multiply(params->block_count, blocks * sizeof(float), &parts[0]) ||
      !ario__multiply(o->context + 1, (o->batch + 3) * (sizeof(ario_token) + sizeof(bool)), &parts[3]))
    status = ARIO_ERR_LIMIT;
  if (!status) status = ario__optimizer_bytes(params, o->optimizer, &parts[1]);
  if (!status) status = ario__backward_bytes(config, &shape, gemm_of(o), &parts[2]);
  ario__params_free(params);
  *bytes = 0;
  for (size_t i = 0; i < 4 && !status; i++)
    if (parts[i] > SIZE_MAX - *bytes)
      status = ARIO_ERR_LIMIT;
    else
      *bytes += parts[i];
  return status;
}

ario_status ario_train_bytes(const ario_config *config, const ario_train_options *options, size_t *bytes,
                             bool *recomputed, ario_error *error) {
  *bytes = 0;
  *recomputed = false;
  ario_status status = ario_train_options_check(options, config, error);
  if (status) return status;
  ario_train_options o = *options;
  complete(&o, config);
  status = count_bytes(config, &o, false, bytes);
  if (o.memory && (status || *bytes > o.memory)) {
    *recomputed = true;
    status = count_bytes(config, &o, true, bytes);
  }
  return status ? ario_fail(error, status, "training of this size: %s", ario_strerror(status)) : ARIO_OK;
}

// ---- Creation ----

// A copy in fp32.
static ario_status copy_model(const ario_model *start, ario_model **out, ario_error *error) {
  ario_status status = ario_model_initial(&start->config, 0, out, error);
  if (status) return status;
  const struct ario__params *to = (*out)->params;
  for (size_t i = 0; i < to->tensor_count; i++)
    ario__tensor_copy(&start->params->tensors[i], 0, to->tensors[i].rows, *to->tensors[i].pointer);
  return ARIO_OK;
}

static ario_status create_parts(ario_trainer *t, bool recompute, ario_error *error) {
  const ario_train_options *o = &t->options;
  const ario_config *config = &t->model->config;
  struct ario__backward_shape shape = shape_of(o, recompute);
  ario_status status = ario__params_create(config, &t->gradients);
  if (!status) status = ario__params_allocate(t->gradients, true);
  if (!status) status = ario__backward_create(config, &shape, gemm_of(o), &t->back);
  if (!status)
    status = ario__optimizer_create(t->model->params, o->optimizer, gemm_of(o), ario__backward_pool(t->back),
                                    &t->optimizer);
  if (!status) {
    status = ario__crops_create(t->corpus, o->context, o->latents, o->given, o->whole, o->seed, &t->crops);
    if (status == ARIO_ERR_ARGUMENT)
      return ario_fail(error, ARIO_ERR_FORMAT, "the corpus has no training piece");
  }
  if (!status) {
    t->sequences = calloc(o->batch, sizeof *t->sequences);
    t->tokens = calloc(o->batch * (o->context + 1), sizeof *t->tokens);
    t->room = calloc(3 * (o->context + 1), sizeof *t->room);
    t->given = calloc(o->batch * (o->context + 1), sizeof *t->given);
    t->given_room = calloc(3 * (o->context + 1), sizeof *t->given_room);
    if (!t->sequences || !t->tokens || !t->room || !t->given || !t->given_room) status = ARIO_ERR_MEMORY;
  }
  return status ? ario_fail(error, status, "a trainer: %s", ario_strerror(status)) : ARIO_OK;
}

ario_status ario_trainer_create(const ario_model *start, const ario_corpus *corpus,
                                const ario_train_options *options, ario_trainer **out, ario_error *error) {
  *out = NULL;
  if (!start->params->block) return ario__fail_unloaded(error);
  size_t bytes;
  bool recomputed;
  ario_status status = ario_train_bytes(&start->config, options, &bytes, &recomputed, error);
  if (status) return status;
  if (ario_corpus_vocab_size(corpus) != start->config.vocab_size)
    return ario_fail(error, ARIO_ERR_FORMAT, "the corpus has a vocabulary of %zu, the model one of %zu",
                     ario_corpus_vocab_size(corpus), start->config.vocab_size);
  ario_trainer *t = calloc(1, sizeof *t);
  if (!t) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  t->options = *options;
  t->corpus = corpus;
  t->fingerprint = ario_corpus_fingerprint(corpus);
  complete(&t->options, &start->config);
  t->best_nll = INFINITY;
  status = copy_model(start, &t->model, error);
  if (!status && options->patience) status = copy_model(start, &t->best, error);
  if (!status && options->keep > 0) status = copy_model(start, &t->start, error);
  if (!status) status = create_parts(t, recomputed, error);
  if (status)
    ario_trainer_free(t);
  else
    *out = t;
  return status;
}

void ario_trainer_free(ario_trainer *t) {
  if (!t) return;
  free(t->given_room);
  free(t->given);
  free(t->room);
  free(t->tokens);
  free(t->sequences);
  ario__crops_free(t->crops);
  ario__optimizer_free(t->optimizer); // before the workers that it uses
  ario__backward_free(t->back);
  ario__params_free(t->gradients);
  ario_model_free(t->start);
  ario_model_free(t->best);
  ario_model_free(t->model);
  free(t);
}

// ---- Progress ----

ario_precision ario_trainer_precision(const ario_trainer *trainer) {
  return gemm_of(&trainer->options)->precision;
}

const ario_model *ario_trainer_model(const ario_trainer *trainer) {
  return trainer->model;
}

const ario_model *ario_trainer_best(const ario_trainer *trainer) {
  return isfinite(trainer->best_nll) ? trainer->best : trainer->model;
}

// A run of some minutes ends where one more step would take it farther past them than it is short of them.
static double part_of_time(const ario_trainer *t) {
  double whole = 60 * t->options.minutes - t->step_seconds / 2;
  return t->seconds < whole ? t->seconds / whole : 1;
}

ario_train_progress ario_trainer_progress(const ario_trainer *t) {
  const ario_train_options *o = &t->options;
  double done = o->steps        ? (double)t->steps / (double)o->steps
                : o->passes > 0 ? ario__crops_epochs(t->crops) / o->passes
                                : part_of_time(t);
  return (ario_train_progress){.steps = t->steps,
                               .tokens = t->predicted,
                               .seconds = t->seconds,
                               .epochs = ario__crops_epochs(t->crops),
                               .done = done < 1 ? done : 1,
                               .best_nll = isfinite(t->best_nll) ? t->best_nll : NAN};
}

bool ario_trainer_done(const ario_trainer *trainer) {
  size_t patience = trainer->options.patience;
  return ario_trainer_progress(trainer).done >= 1 || (patience && trainer->patience >= patience);
}

// The share of the peak rates in the next step.
static double rate_now(const ario_trainer *t) {
  double done = ario_trainer_progress(t).done, step = (double)(t->steps + 1);
  double warm_steps = fmin(WARM_UP_STEPS, ceil((double)t->options.steps / WARM_UP_SHARE));
  double warm = t->options.steps ? step / warm_steps : fmax(step / WARM_UP_STEPS, WARM_UP_SHARE * done);
  return fmin(1, warm) * 0.5 * (1 + cos(acos(-1) * done));
}

// The most positions of the next step's crops.
static size_t context_now(const ario_trainer *t) {
  const ario_train_options *o = &t->options;
  double doublings = ceil(log2((double)o->context / (double)o->start_context));
  double now = floor(fmin(1, 2 * ario_trainer_progress(t).done) * doublings);
  return now < doublings ? o->start_context << (unsigned)now : o->context;
}

// ---- A step ----

// Draws a crop, varied, into `sequence`. If the variation is longer than the crop, its oldest tokens are
// dropped.
static void draw(ario_trainer *t, size_t context, struct sequence *sequence) {
  struct ario__crop crop;
  ario__crops_next(t->crops, context, &crop);
  ario_piece piece = ario_corpus_piece(t->corpus, crop.piece);
  const ario_token *from = piece.tokens + crop.from;
  size_t most = context + 1, count = crop.count, skipped = 0;
  memset(t->given_room, 0, 3 * most * sizeof *t->given_room);
  if (t->options.vary) {
    const ario_train_crop run = {from, count, crop.from, piece.count - crop.from - count, most, crop.seed};
    size_t varied = t->options.vary(t->options.vary_context, &run, t->room, t->given_room, 3 * most);
    if (varied >= 2) { // otherwise nothing is left to predict
      from = t->room;
      count = varied;
    } else {
      memset(t->given_room, 0, 3 * most * sizeof *t->given_room);
    }
  }
  if (count > most) skipped = count - most;
  sequence->count = count - skipped;
  sequence->latents = ario__smaller(crop.latents, sequence->count - 1);
  sequence->seed = crop.seed;
  memcpy(sequence->tokens, from + skipped, sequence->count * sizeof *from);
  memcpy(sequence->given, t->given_room + skipped, sequence->count * sizeof *sequence->given);
  sequence->predicted = 0;
  for (size_t i = sequence->count - sequence->latents; i < sequence->count; i++)
    sequence->predicted += !sequence->given[i];
}

// Computes the gradients of the batch into t->gradients, and the loss.
static void run_batch(ario_trainer *t, ario_train_report *report) {
  size_t batch = t->options.batch, context = context_now(t);
  memset(t->gradients->block, 0, t->gradients->block_count * sizeof(float));
  for (size_t i = 0; i < batch; i++) {
    t->sequences[i].tokens = t->tokens + i * (t->options.context + 1);
    t->sequences[i].given = t->given + i * (t->options.context + 1);
    draw(t, context, &t->sequences[i]);
    report->tokens += t->sequences[i].predicted;
  }
  bool packed = false; // the weights as they are now
  for (size_t i = 0; i < batch; i++) {
    const struct sequence *sequence = &t->sequences[i];
    if (!sequence->predicted) continue;
    double share = (double)sequence->predicted / (double)report->tokens, nll;
    ario__loss loss = {.scale = share,
                       .z_loss = t->options.z_loss,
                       .dropout = t->options.dropout,
                       .prefix_dropout = t->options.prefix_dropout,
                       .seed = sequence->seed,
                       .given = sequence->given,
                       .same_weights = packed};
    packed = true;
    ario__backward_run(t->back, t->model, sequence->tokens, sequence->count - 1, sequence->latents, &loss,
                       t->gradients, &nll);
    report->nll += share * nll;
  }
}

ario_status ario_trainer_step(ario_trainer *t, ario_train_report *report, ario_error *error) {
  *report = (ario_train_report){0};
  if (ario_trainer_done(t)) return ario_fail(error, ARIO_ERR_STATE, "the run is done");
  double start = ario__clock_seconds();
  report->rate = rate_now(t);
  run_batch(t, report);
  struct ario__rates rates = {.adamw = t->options.adamw_rate * report->rate,
                              .muon = t->options.muon_rate * report->rate,
                              .decay = t->options.weight_decay};
  double there_and_back = ario__clock_seconds();
  report->gradient_norm = isfinite(report->nll)
                              ? ario__optimizer_step(t->optimizer, t->model->params, t->gradients, &rates)
                              : NAN;
  if (!isfinite(report->gradient_norm))
    return ario_fail(error, ARIO_ERR_NUMBER, "step %ju: the loss or its gradients are not finite numbers",
                     (uintmax_t)t->steps + 1);
  t->steps++;
  t->predicted += report->tokens;
  double end = ario__clock_seconds();
  report->optimizer_seconds = end - there_and_back;
  t->step_seconds = end - start;
  t->seconds += t->step_seconds;
  return ARIO_OK;
}

void ario_trainer_spend(ario_trainer *t, double seconds) {
  if (seconds > 0) t->seconds += seconds;
}

// ---- Validation ----

// Counts the blocks of all validation pieces, and scores every `every`-th of them.
struct scoring {
  size_t every, blocks, tokens;
  double nll;
};

static void score_piece(ario_trainer *t, ario_piece piece, struct scoring *scoring) {
  size_t most = t->options.latents;
  for (size_t from = t->options.given ? t->options.given : 1; from < piece.count; from += most) {
    if (scoring->blocks++ % scoring->every) continue;
    size_t latents = piece.count - from < most ? piece.count - from : most;
    size_t until = from + latents - 1; // positions before this are given
    size_t given = until < t->options.context ? until : t->options.context;
    double nll = ario__backward_evaluate(t->back, t->model, piece.tokens + until - given, given, latents);
    scoring->nll += nll * (double)latents;
    scoring->tokens += latents;
  }
}

// Validation tokens, without those that are given.
static size_t tokens_to_score(const ario_trainer *t) {
  size_t all = 0, given = t->options.given;
  for (size_t i = 0; i < ario_corpus_pieces(t->corpus); i++) {
    ario_piece piece = ario_corpus_piece(t->corpus, i);
    if (piece.part == ARIO_CORPUS_VALID && piece.count > given) all += piece.count - given;
  }
  return all;
}

static void compare_with_best(ario_trainer *t, double nll) {
  t->patience++;
  if (!(nll < t->best_nll)) return;
  const struct ario__params *params = t->model->params;
  memcpy(t->best->params->block, params->block, params->block_count * sizeof *params->block);
  t->best_nll = nll;
  t->patience = 0;
}

ario_status ario_trainer_validate(ario_trainer *t, size_t tokens, double *nll, size_t *count) {
  double start = ario__clock_seconds();
  size_t all = tokens_to_score(t);
  struct scoring scoring = {.every = tokens && all > tokens ? (all + tokens / 2) / tokens : 1};
  for (size_t i = 0; i < ario_corpus_pieces(t->corpus); i++) {
    ario_piece piece = ario_corpus_piece(t->corpus, i);
    if (piece.part == ARIO_CORPUS_VALID) score_piece(t, piece, &scoring);
  }
  *count = scoring.tokens;
  *nll = scoring.tokens ? scoring.nll / (double)scoring.tokens : 0;
  if (t->best && *count) compare_with_best(t, *nll);
  t->seconds += ario__clock_seconds() - start;
  return isfinite(*nll) ? ARIO_OK : ARIO_ERR_NUMBER;
}

// ---- The end of a run ----

ario_status ario_trainer_finish(ario_trainer *t, ario_error *error) {
  if (!ario_trainer_done(t)) return ario_fail(error, ARIO_ERR_STATE, "the run is not done");
  const float *best = ario_trainer_best(t)->params->block, *start = t->start ? t->start->params->block : best;
  struct ario__params *params = t->model->params;
  float keep = (float)t->options.keep;
  for (size_t i = 0; i < params->block_count; i++) params->block[i] = (1 - keep) * best[i] + keep * start[i];
  if (t->start) t->best_nll = INFINITY;
  ario_model_free(t->start);
  t->start = NULL;
  return ARIO_OK;
}
