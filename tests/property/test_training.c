// SPDX-License-Identifier: MIT
//
// Training as a whole: what crops cover and never touch, that a run learns, and that it is the same run with
// any number of threads, and when it is stopped and resumed.
#include "core/math/gemm.h"
#include "core/model/model_internal.h"
#include "core/train/crops.h"
#include "core/train/trainer.h"
#include "tests/support/test.h"

#include <math.h>

enum { V = 50, FORBIDDEN = 49 };

static ario_config small_config(void) {
  ario_config config = ario_config_default();
  config.vocab_size = V;
  config.channels = 32;
  config.heads = 2;
  config.layers = 2;
  config.max_context = 64;
  config.max_latents = 32;
  return config;
}

// `train` pieces of odd lengths, of tokens below FORBIDDEN, and as many to judge by, of FORBIDDEN alone.
static ario_corpus *marked_corpus(size_t train) {
  ario_corpus *corpus;
  ario_token tokens[400];
  struct ario__rng rng;
  ario__rng_seed(&rng, 7);
  assert_ok(ario_corpus_create(V, "raw", 1, &corpus));
  for (size_t i = 0; i < train; i++) {
    size_t count = 2 + (size_t)(ario__rng_uniform(&rng) * 398);
    for (size_t t = 0; t < count; t++) tokens[t] = (ario_token)(ario__rng_uniform(&rng) * FORBIDDEN);
    assert_ok(ario_corpus_add(corpus, ARIO_CORPUS_TRAIN, tokens, count));
    for (size_t t = 0; t < count; t++) tokens[t] = FORBIDDEN;
    assert_ok(ario_corpus_add(corpus, ARIO_CORPUS_VALID, tokens, count));
  }
  return corpus;
}

// ---- Crops ----

static void an_epoch_predicts_each_token_once(void **state) {
  (void)state;
  const size_t context = 64, latents = 32, epochs = 3;
  ario_corpus *corpus = marked_corpus(40);
  struct ario__crops *crops;
  struct ario__crop crop;
  size_t seen_short = 0, seen_whole = 0, seen_between = 0;
  assert_ok(ario__crops_create(corpus, context, latents, 0, false, 3, &crops));
  for (size_t epoch = 0; epoch < epochs; epoch++) {
    unsigned char *predicted[80];
    for (size_t i = 0; i < 80; i++) predicted[i] = calloc(1, 400);
    uint64_t now, place;
    for (ario__crops_next(crops, context, &crop), ario__crops_place(crops, &now, &place); now == epoch;
         ario__crops_next(crops, context, &crop), ario__crops_place(crops, &now, &place)) {
      ario_piece piece = ario_corpus_piece(corpus, crop.piece);
      assert_int_equal(piece.part, ARIO_CORPUS_TRAIN);
      assert_true(crop.latents >= 1 && crop.latents <= latents);
      assert_true(crop.count > crop.latents && crop.count <= context + 1);
      assert_true(crop.from + crop.count <= piece.count);
      for (size_t i = crop.count - crop.latents; i < crop.count; i++) predicted[crop.piece][crop.from + i]++;
      size_t prefix = crop.count - 1 - crop.latents;
      seen_short += prefix == 0;
      seen_whole += crop.count == context + 1;
      seen_between += prefix > 0 && crop.from > 0 && crop.count <= context;
    }
    ario__crops_set_place(crops, epoch + 1, 0); // the loop has taken one of the next
    for (size_t i = 0; i < 80; i++) {
      ario_piece piece = ario_corpus_piece(corpus, i);
      for (size_t t = 0; t < piece.count; t++)
        if (predicted[i][t] != (piece.part == ARIO_CORPUS_TRAIN && t > 0))
          fail_msg("epoch %zu: token %zu of piece %zu was predicted %u times", epoch, t, i, predicted[i][t]);
      free(predicted[i]);
    }
  }
  assert_true(seen_short > 10 && seen_whole > 10 && seen_between > 10);
  ario__crops_free(crops);
  ario_corpus_free(corpus);
}

static void a_place_is_all_that_crops_remember(void **state) {
  (void)state;
  ario_corpus *corpus = marked_corpus(10);
  struct ario__crops *one, *other;
  struct ario__crop a, b;
  uint64_t epoch, place;
  assert_ok(ario__crops_create(corpus, 64, 32, 0, false, 3, &one));
  assert_ok(ario__crops_create(corpus, 64, 32, 0, false, 3, &other));
  for (size_t i = 0; i < 200; i++) {
    ario__crops_place(one, &epoch, &place);
    assert_true(ario__crops_set_place(other, epoch, place));
    ario__crops_next(one, 64, &a);
    ario__crops_next(other, 64, &b);
    assert_memory_equal(&a, &b, sizeof a);
  }
  assert_true(epoch > 0);
  assert_false(ario__crops_set_place(other, 0, 100000));
  size_t blocks = 0; // of an epoch: its last place is behind them, and there is none after it
  while (ario__crops_set_place(other, 0, blocks + 1)) blocks++;
  assert_true(ario__crops_set_place(other, 0, 0));
  for (size_t i = 0; i < blocks; i++) ario__crops_next(other, 64, &b);
  ario__crops_place(other, &epoch, &place);
  assert_true(epoch == 0 && place == blocks);
  ario__crops_next(other, 64, &b);
  ario__crops_place(other, &epoch, &place);
  assert_true(epoch == 1 && place == 1);
  ario__crops_free(other);
  ario__crops_free(one);
  ario_corpus_free(corpus);
}

static void whole_crops_are_as_long_as_can_be(void **state) {
  (void)state;
  const size_t context = 64, latents = 32;
  ario_corpus *corpus = marked_corpus(40);
  struct ario__crops *crops;
  struct ario__crop crop;
  size_t full = 0;
  assert_ok(ario__crops_create(corpus, context, latents, 0, true, 3, &crops));
  for (size_t i = 0; i < 500; i++) {
    ario__crops_next(crops, context, &crop);
    size_t count = ario_corpus_piece(corpus, crop.piece).count;
    assert_int_equal(crop.count, count < context + 1 ? count : context + 1);
    assert_int_equal(crop.latents, count - 1 < latents ? count - 1 : latents);
    assert_true(crop.from + crop.count <= count);
    full += crop.count == context + 1;
  }
  assert_true(full > 300 && full < 500);
  ario__crops_free(crops);
  ario_corpus_free(corpus);
}

// A question of 100 tokens and its answer: that is predicted once an epoch, by all that the context holds.
static void what_is_given_is_not_predicted(void **state) {
  (void)state;
  const size_t context = 64, latents = 32, given = 100;
  ario_corpus *corpus = marked_corpus(40);
  struct ario__crops *crops;
  struct ario__crop crop;
  size_t answers = 0, predicted = 0;
  for (size_t i = 0; i < 80; i += 2)
    if (ario_corpus_piece(corpus, i).count > given) answers += ario_corpus_piece(corpus, i).count - given;
  assert_ok(ario__crops_create(corpus, context, latents, given, false, 3, &crops));
  while (ario__crops_next(crops, context, &crop), predicted < answers) {
    assert_true(crop.from + crop.count - crop.latents >= given);
    assert_int_equal(crop.count, context + 1); // there is always so much before it
    predicted += crop.latents;
  }
  assert_int_equal(predicted, answers);
  assert_true(ario__crops_epochs(crops) > 1 && ario__crops_epochs(crops) < 1.1);
  ario__crops_free(crops);
  assert_int_equal(ario__crops_create(corpus, context, latents, 400, false, 3, &crops), ARIO_ERR_ARGUMENT);
  ario_corpus_free(corpus);
}

// ---- Runs ----

static ario_train_options options_of(size_t steps) {
  ario_train_options options = ario_train_options_default();
  options.steps = steps;
  options.batch = 2;
  options.seed = 11;
  options.prefix_dropout = 0.5;
  return options;
}

static ario_trainer *trainer_from(ario_model *start, const ario_corpus *corpus,
                                  const ario_train_options *options) {
  ario_trainer *trainer;
  ario_error error = {""};
  if (ario_trainer_create(start, corpus, options, &trainer, &error)) fail_msg("%s", error.text);
  ario_model_free(start);
  return trainer;
}

static ario_trainer *trainer_of(const ario_corpus *corpus, const ario_train_options *options) {
  ario_config config = small_config();
  ario_model *start;
  assert_ok(ario_model_initial(&config, 5, &start, NULL));
  return trainer_from(start, corpus, options);
}

static void take_steps(ario_trainer *trainer, size_t steps) {
  ario_train_report report;
  ario_error error = {""};
  for (size_t i = 0; i < steps; i++)
    if (ario_trainer_step(trainer, &report, &error)) fail_msg("%s", error.text);
}

static void what_is_given_is_not_judged(void **state) {
  (void)state;
  const size_t given = 100;
  ario_corpus *corpus = marked_corpus(40);
  ario_train_options options = options_of(1);
  options.given = given;
  ario_trainer *trainer = trainer_of(corpus, &options);
  size_t answers = 0, count;
  double nll;
  for (size_t i = 1; i < 80; i += 2)
    if (ario_corpus_piece(corpus, i).count > given) answers += ario_corpus_piece(corpus, i).count - given;
  assert_ok(ario_trainer_validate(trainer, 0, &nll, &count));
  assert_int_equal(count, answers);
  assert_ok(ario_trainer_validate(trainer, answers / 4, &nll, &count));
  assert_true(count > answers / 8 && count < answers / 2); // whole blocks, and pieces end within some
  ario_trainer_free(trainer);
  ario_corpus_free(corpus);
}

static void assert_same_weights(const ario_trainer *a, const ario_trainer *b) {
  const struct ario__params *x = a->model->params, *y = b->model->params;
  for (size_t i = 0; i < x->block_count; i++)
    if (memcmp(&x->block[i], &y->block[i], sizeof *x->block) != 0)
      fail_msg("number %zu is %.9g in one and %.9g in the other", i, x->block[i], y->block[i]);
}

// Whatever the crop, the whole sequence: so that what is predicted always has all before it.
static size_t whole(void *context, const ario_train_crop *run, ario_token *out, bool *given, size_t room) {
  (void)run, (void)given;
  const ario_piece *piece = context;
  assert_true(room >= piece->count);
  memcpy(out, piece->tokens, piece->count * sizeof *out);
  return piece->count;
}

static void one_sequence_is_learned_by_heart(void **state) {
  (void)state;
  ario_corpus *corpus;
  ario_token tokens[65];
  struct ario__rng rng;
  ario__rng_seed(&rng, 1);
  for (size_t i = 0; i < COUNT_OF(tokens); i++) tokens[i] = (ario_token)(ario__rng_uniform(&rng) * V);
  assert_ok(ario_corpus_create(V, "raw", 1, &corpus));
  assert_ok(ario_corpus_add(corpus, ARIO_CORPUS_TRAIN, tokens, COUNT_OF(tokens)));
  for (int way = 0; way < 4; way++) { // each optimizer in each precision
    ario_train_options options = options_of(400);
    ario_train_report report = {0};
    ario_piece piece = ario_corpus_piece(corpus, 0);
    options.dropout = options.prefix_dropout = 0;
    options.vary = whole;
    options.vary_context = &piece;
    options.optimizer = way % 2 ? ARIO_ADAMW : ARIO_MUON;
    options.precision = way / 2 ? ARIO_PRECISION_BF16 : ARIO_PRECISION_FP32;
    ario_trainer *trainer = trainer_of(corpus, &options);
    while (!ario_trainer_done(trainer)) assert_ok(ario_trainer_step(trainer, &report, NULL));
    assert_below(report.nll, 0.05);
    assert_status(ario_trainer_step(trainer, &report, NULL), ARIO_ERR_STATE);
    ario_trainer_free(trainer);
  }
  ario_corpus_free(corpus);
}

static void nothing_of_the_judged_is_learned(void **state) {
  (void)state;
  ario_corpus *corpus = marked_corpus(8);
  ario_train_options options = options_of(40);
  ario_trainer *trainer = trainer_of(corpus, &options);
  ario_trainer *blind = trainer_of(corpus, &options);
  double nll;
  size_t count;
  for (size_t i = 0; i < 40; i++) {
    take_steps(trainer, 1);
    take_steps(blind, 1);
    assert_ok(ario_trainer_validate(trainer, 0, &nll, &count));
  }
  assert_same_weights(trainer, blind);
  // Its tokens never came up: the model gives them next to nothing.
  assert_true(nll > log(V) && count == ario_corpus_tokens(corpus, ARIO_CORPUS_VALID) - 8);
  const float *row = trainer->model->params->embed + FORBIDDEN * 32;
  ario_model *start;
  ario_config config = small_config();
  assert_ok(ario_model_initial(&config, 5, &start, NULL));
  assert_memory_equal(row, start->params->embed + FORBIDDEN * 32, 32 * sizeof *row);
  ario_model_free(start);
  ario_trainer_free(blind);
  ario_trainer_free(trainer);
  ario_corpus_free(corpus);
}

static void threads_change_nothing(void **state) {
  (void)state;
  ario_corpus *corpus = marked_corpus(8);
  for (int way = 0; way < 4; way++) {
    ario_train_options options = options_of(6);
    options.optimizer = way % 2 ? ARIO_ADAMW : ARIO_MUON;
    options.precision = way / 2 ? ARIO_PRECISION_BF16 : ARIO_PRECISION_FP32;
    ario_trainer *one = trainer_of(corpus, &options);
    options.threads = 3;
    ario_trainer *three = trainer_of(corpus, &options);
    take_steps(one, 6);
    take_steps(three, 6);
    assert_same_weights(one, three);
    ario_trainer_free(three);
    ario_trainer_free(one);
  }
  ario_corpus_free(corpus);
}

// The same crops in both precisions: products in bf16 are off by some thousandths, which is little beside
// what a step changes, so both learn what there is to learn here (which tokens there are) at the same pace.
static void bf16_learns_as_fp32_does(void **state) {
  (void)state;
  ario_corpus *corpus = marked_corpus(8);
  double nll[3][2]; // after the first steps and the last ones
  for (int way = 0; way < 3; way++) {
    ario_train_options options = options_of(60);
    options.kernels = way == 2 ? ARIO_KERNELS_PLAIN : ARIO_KERNELS_FAST;
    options.precision = way ? ARIO_PRECISION_BF16 : ARIO_PRECISION_FP32;
    ario_trainer *trainer = trainer_of(corpus, &options);
    const struct ario__gemm *gemm = ario__gemm_of(options.kernels, options.precision);
    assert_int_equal(ario_trainer_precision(trainer), gemm->precision);
    for (size_t half = 0; half < 2; half++) {
      nll[way][half] = 0;
      for (size_t i = 0; i < 30; i++) {
        ario_train_report report;
        assert_ok(ario_trainer_step(trainer, &report, NULL));
        nll[way][half] += report.nll / 30;
      }
    }
    ario_trainer_free(trainer);
    assert_below(nll[way][1], nll[way][0]);
    assert_below(fabs(nll[way][1] - nll[0][1]), 0.02);
  }
  ario_corpus_free(corpus);
}

static void precisions_without_training_are_refused(void **state) {
  (void)state;
  ario_config config = small_config();
  ario_train_options options = options_of(6);
  ario_error error = {""};
  options.precision = ARIO_PRECISION_INT8;
  assert_status(ario_train_options_check(&options, &config, &error), ARIO_ERR_ARGUMENT);
  assert_contains(error.text, "precision");
}

// What a context of 32,768 tokens takes at the size that speeds are quoted for, kept on one sequence:
// weights, gradients, moments and activations in 2 GB, in either precision.
static void a_long_context_fits(void **state) {
  (void)state;
  ario_config config = ario_config_default();
  config.max_context = 32768;
  assert_int_equal(config.channels, 512);
  for (int way = 0; way < 4; way++) {
    ario_train_options options = options_of(1);
    size_t bytes;
    bool recomputed;
    options.batch = 1;
    options.threads = 2;
    options.optimizer = way % 2 ? ARIO_ADAMW : ARIO_MUON;
    options.precision = way / 2 ? ARIO_PRECISION_BF16 : ARIO_PRECISION_FP32;
    assert_ok(ario_train_bytes(&config, &options, &bytes, &recomputed, NULL));
    assert_below((double)bytes, 2e9);
  }
}

static void a_resumed_run_is_the_unbroken_one(void **state) {
  (void)state;
  ario_corpus *corpus = marked_corpus(3);
  for (int optimizer = ARIO_MUON; optimizer <= ARIO_ADAMW; optimizer++) {
    ario_train_options options = options_of(20);
    options.optimizer = (ario_optimizer)optimizer;
    ario_trainer *whole = trainer_of(corpus, &options);
    ario_trainer *half = trainer_of(corpus, &options);
    take_steps(whole, 20);
    take_steps(half, 10);
    assert_ok(ario_trainer_save(half, scratch_path("run"), NULL));
    take_steps(half, 3); // past the checkpoint, as a run that is killed
    ario_trainer_free(half);
    half = trainer_of(corpus, &options);
    assert_ok(ario_trainer_load(half, scratch_path("run"), NULL));
    assert_int_equal(ario_trainer_progress(half).steps, 10);
    take_steps(half, 10);
    assert_true(ario_trainer_done(half));
    assert_same_weights(whole, half);
    ario_trainer_free(half);
    ario_trainer_free(whole);
  }
  ario_corpus_free(corpus);
}

static void a_schedule_warms_up_and_ends_at_zero(void **state) {
  (void)state;
  ario_corpus *corpus = marked_corpus(3);
  ario_train_options options = options_of(50);
  ario_train_report report;
  double rates[50];
  ario_trainer *trainer = trainer_of(corpus, &options);
  for (size_t i = 0; i < 50; i++) {
    assert_ok(ario_trainer_step(trainer, &report, NULL));
    rates[i] = report.rate;
  }
  for (size_t i = 1; i < 50; i++) assert_true(i < 5 ? rates[i] > rates[i - 1] : rates[i] < rates[i - 1]);
  assert_true(rates[0] > 0 && rates[0] < 0.21 && rates[4] > 0.95);
  assert_below(rates[49], 0.002);
  ario_trainer_free(trainer);
  ario_corpus_free(corpus);
}

// The positions of the longest crop so far.
static size_t remember_longest(void *context, const ario_train_crop *run, ario_token *out, bool *given,
                               size_t room) {
  (void)given, (void)room;
  size_t *longest = context;
  if (run->count - 1 > *longest) *longest = run->count - 1;
  memcpy(out, run->tokens, run->count * sizeof *out);
  return run->count;
}

static void a_context_grows_until_half_of_the_run(void **state) {
  (void)state;
  ario_corpus *corpus = marked_corpus(8);
  ario_train_options options = options_of(40);
  size_t longest;
  options.batch = 8;
  options.latents = 8;
  options.vary = remember_longest;
  options.vary_context = &longest;
  options.start_context = 7;
  assert_status(
      ario_train_options_check(&options, &(ario_config){.max_context = 64, .max_latents = 32}, NULL),
      ARIO_ERR_ARGUMENT);
  options.start_context = 12; // then 24, 48, and 64
  ario_trainer *trainer = trainer_of(corpus, &options);
  for (size_t step = 0; step < 40; step++) {
    longest = 0;
    take_steps(trainer, 1);
    assert_int_equal(longest, step < 7 ? 12 : step < 14 ? 24 : step < 20 ? 48 : 64);
  }
  ario_trainer_free(trainer);
  ario_corpus_free(corpus);
}

// A model in 8 bits is trained further in fp32, from what its whole numbers stand for.
static void whole_numbers_are_trained_as_floats(void **state) {
  (void)state;
  ario_corpus *corpus = marked_corpus(3);
  ario_train_options options = options_of(50);
  ario_config config = small_config();
  ario_model *model, *whole, *floats;
  assert_ok(ario_model_random(&config, 5, &model, NULL));
  assert_ok(ario_model_save(model, scratch_path("whole"), ARIO_I8, NULL));
  assert_ok(ario_model_open(scratch_path("whole"), &whole, NULL));
  assert_ok(ario_model_save(whole, scratch_path("floats"), ARIO_F32, NULL));
  assert_ok(ario_model_open(scratch_path("floats"), &floats, NULL));
  ario_trainer *a = trainer_from(whole, corpus, &options), *b = trainer_from(floats, corpus, &options);
  assert_true(a->model->params->query.weight[1] != model->params->query.weight[1]); // it was rounded
  for (size_t step = 0; step < 2; step++) {
    assert_same_weights(a, b);
    take_steps(a, 1);
    take_steps(b, 1);
  }
  ario_trainer_free(a);
  ario_trainer_free(b);
  ario_model_free(model);
  ario_corpus_free(corpus);
}

// Without gradients, what Muon changes still shrinks, and nothing else does.
static void weights_decay(void **state) {
  (void)state;
  ario_corpus *corpus = marked_corpus(3);
  ario_train_options options = options_of(50), other;
  options.dropout = options.prefix_dropout = 0;
  other = options;
  options.weight_decay = 0;
  other.weight_decay = 2;
  ario_train_report report;
  ario_trainer *a = trainer_of(corpus, &options), *b = trainer_of(corpus, &other);
  const float *one = a->model->params->cross.attn.q.weight, *two = b->model->params->cross.attn.q.weight;
  float start = one[5];
  assert_ok(ario_trainer_step(a, &report, NULL));
  assert_ok(ario_trainer_step(b, &report, NULL));
  assert_below(fabs(one[5] - two[5] - 2 * options.muon_rate * report.rate * start), 1e-6);
  assert_true(one[5] != two[5]);
  assert_true(a->model->params->embed[5] == b->model->params->embed[5]);
  ario_trainer_free(a);
  ario_trainer_free(b);
  ario_corpus_free(corpus);
}

static double judged(ario_trainer *trainer) {
  double nll;
  size_t count;
  assert_ok(ario_trainer_validate(trainer, 0, &nll, &count));
  assert_true(count > 0);
  return nll;
}

// What is to judge by is nothing like what is learned, so that each step makes it worse.
static void patience_ends_a_run_and_keeps_the_best(void **state) {
  (void)state;
  ario_corpus *corpus = marked_corpus(3);
  ario_train_options options = options_of(40);
  options.patience = 3;
  ario_trainer *trainer = trainer_of(corpus, &options), *other = trainer_of(corpus, &options);
  assert_true(ario_trainer_best(trainer) == ario_trainer_model(trainer));
  assert_true(isnan(ario_trainer_progress(trainer).best_nll));
  take_steps(trainer, 8);
  take_steps(other, 8); // stays as it is
  double best = judged(trainer);
  for (size_t i = 0; i < 2; i++) {
    take_steps(trainer, 2);
    double worse = judged(trainer);
    if (!(worse > best)) fail_msg("%g after %g", worse, best);
    assert_false(ario_trainer_done(trainer));
  }
  assert_ok(ario_trainer_save(trainer, scratch_path("run"), NULL));
  ario_trainer_free(trainer);
  trainer = trainer_of(corpus, &options);
  assert_ok(ario_trainer_load(trainer, scratch_path("run"), NULL));
  take_steps(trainer, 1);
  assert_true(judged(trainer) > best);
  assert_true(ario_trainer_done(trainer));
  assert_true(ario_trainer_progress(trainer).best_nll == best);
  assert_memory_equal(ario_trainer_best(trainer)->params->block, other->model->params->block,
                      other->model->params->block_count * sizeof(float));
  ario_trainer_free(trainer);
  ario_trainer_free(other);
  ario_corpus_free(corpus);
}

// Stopped halfway, loaded and at its end, a run leaves the share of its beginning that it was to keep.
static void what_is_kept_lies_between(void **state) {
  (void)state;
  ario_corpus *corpus = marked_corpus(3);
  ario_train_options options = options_of(6), bad = options;
  bad.keep = 1.5;
  ario_config config = small_config();
  assert_status(ario_train_options_check(&bad, &config, NULL), ARIO_ERR_ARGUMENT);
  ario_trainer *first = trainer_of(corpus, &options), *last = trainer_of(corpus, &options);
  options.keep = 0.25;
  ario_trainer *trainer = trainer_of(corpus, &options);
  take_steps(last, 6);
  take_steps(trainer, 3);
  assert_status(ario_trainer_finish(trainer, NULL), ARIO_ERR_STATE);
  assert_ok(ario_trainer_save(trainer, scratch_path("run"), NULL));
  ario_trainer_free(trainer);
  trainer = trainer_of(corpus, &options);
  assert_ok(ario_trainer_load(trainer, scratch_path("run"), NULL));
  take_steps(trainer, 3);
  for (int times = 0; times < 2; times++) { // the second changes nothing
    assert_ok(ario_trainer_finish(trainer, NULL));
    const struct ario__params *params = trainer->model->params;
    for (size_t i = 0; i < params->block_count; i++)
      assert_float_equal(params->block[i],
                         0.25 * first->model->params->block[i] + 0.75 * last->model->params->block[i], 1e-6F);
  }
  assert_ok(ario_trainer_finish(last, NULL)); // nothing is kept
  assert_true(ario_trainer_best(last) == ario_trainer_model(last));
  ario_trainer_free(trainer);
  ario_trainer_free(first);
  ario_trainer_free(last);
  ario_corpus_free(corpus);
}

static void a_run_may_last_for_passes(void **state) {
  (void)state;
  ario_corpus *corpus = marked_corpus(8);
  ario_train_options options = options_of(0);
  ario_train_report report;
  assert_status(
      ario_train_options_check(&options, &(ario_config){.max_context = 64, .max_latents = 32}, NULL),
      ARIO_ERR_ARGUMENT);
  options.passes = 2.5;
  ario_trainer *trainer = trainer_of(corpus, &options);
  while (!ario_trainer_done(trainer)) assert_ok(ario_trainer_step(trainer, &report, NULL));
  ario_train_progress progress = ario_trainer_progress(trainer);
  assert_true(progress.epochs >= 2.5 && progress.epochs < 2.6 && progress.steps > 20);
  assert_below(report.rate, 0.01);
  ario_trainer_free(trainer);
  ario_corpus_free(corpus);
}

static void what_is_not_a_number_stops_the_run(void **state) {
  (void)state;
  ario_corpus *corpus = marked_corpus(3);
  ario_train_options options = options_of(50);
  ario_train_report report;
  ario_error error = {""};
  ario_trainer *trainer = trainer_of(corpus, &options);
  take_steps(trainer, 3);
  assert_ok(ario_trainer_save(trainer, scratch_path("run"), NULL));
  trainer->model->params->logits.bias[3] = NAN;
  assert_status(ario_trainer_step(trainer, &report, &error), ARIO_ERR_NUMBER);
  assert_contains(error.text, "step 4");
  assert_int_equal(ario_trainer_progress(trainer).steps, 3);
  assert_ok(ario_trainer_load(trainer, scratch_path("run"), NULL));
  take_steps(trainer, 1);
  ario_trainer_free(trainer);
  ario_corpus_free(corpus);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_epoch_predicts_each_token_once),
      cmocka_unit_test(a_place_is_all_that_crops_remember),
      cmocka_unit_test(whole_crops_are_as_long_as_can_be),
      cmocka_unit_test(what_is_given_is_not_predicted),
      cmocka_unit_test(what_is_given_is_not_judged),
      cmocka_unit_test(one_sequence_is_learned_by_heart),
      cmocka_unit_test(nothing_of_the_judged_is_learned),
      cmocka_unit_test(threads_change_nothing),
      cmocka_unit_test(bf16_learns_as_fp32_does),
      cmocka_unit_test(precisions_without_training_are_refused),
      cmocka_unit_test(a_long_context_fits),
      cmocka_unit_test(a_resumed_run_is_the_unbroken_one),
      cmocka_unit_test(a_schedule_warms_up_and_ends_at_zero),
      cmocka_unit_test(a_context_grows_until_half_of_the_run),
      cmocka_unit_test(whole_numbers_are_trained_as_floats),
      cmocka_unit_test(weights_decay),
      cmocka_unit_test(patience_ends_a_run_and_keeps_the_best),
      cmocka_unit_test(what_is_kept_lies_between),
      cmocka_unit_test(a_run_may_last_for_passes),
      cmocka_unit_test(what_is_not_a_number_stops_the_run),
  };
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
