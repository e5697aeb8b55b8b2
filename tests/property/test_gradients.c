// SPDX-License-Identifier: MIT
//
// Gradients against central differences of the loss, which the reference computes in double; with z-loss, at
// odd sizes, in the plain kernels and the fast ones.
#include "core/base/rng.h"
#include "core/math/attention.h"
#include "core/train/backward.h"
#include "core/train/optimizer.h"
#include "tests/support/reference.h"
#include "tests/support/test.h"

#include <math.h>

static const double Z_LOSS = 0.01;

static ario_config small_config(size_t vocab, size_t channels) {
  return (ario_config){.vocab_size = vocab,
                       .channels = channels,
                       .heads = 2,
                       .layers = 2,
                       .max_context = 200,
                       .max_latents = 100,
                       .mlp_widening = 3,
                       .rotary_fraction = 0.5,
                       .rotary_base = 100,
                       .norm_eps = 1e-5,
                       .codec = "raw"};
}

static double loss_of(const ario_model *model, const ario_token *tokens, size_t count, size_t latents) {
  size_t vocab = ario_model_config(model)->vocab_size;
  double *logits = malloc(latents * vocab * sizeof *logits), loss = 0;
  reference_forward(model, tokens, count, latents, NULL, logits);
  for (size_t r = 0; r < latents; r++) {
    double top = -INFINITY, sum = 0;
    for (size_t i = 0; i < vocab; i++) top = fmax(top, logits[r * vocab + i]);
    for (size_t i = 0; i < vocab; i++) sum += exp(logits[r * vocab + i] - top);
    double lse = top + log(sum);
    loss += lse - logits[r * vocab + tokens[count - latents + r + 1]] + Z_LOSS * lse * lse;
  }
  free(logits);
  return loss / (double)latents;
}

// One number of each tensor, by chance. The step is a power of two, so that w + h and w - h are h away but
// for rounding.
static void compare(ario_model *model, const ario_model *gradients, const ario_token *tokens, size_t count,
                    size_t latents, struct ario__rng *rng) {
  const float h = 1.0f / 512;
  for (size_t t = 0; t < model->params->tensor_count; t++) {
    const struct ario__tensor_slot *slot = &model->params->tensors[t];
    size_t i = (size_t)(ario__rng_uniform(rng) * (double)slot->count);
    if (t == 0) i = tokens[count - 1] * slot->cols + i % slot->cols; // a token that is there
    float *w = model->params->block + slot->offset + i, kept = *w;
    *w = kept + h;
    double above = loss_of(model, tokens, count, latents), difference = *w;
    *w = kept - h;
    double below = loss_of(model, tokens, count, latents);
    difference -= *w;
    *w = kept;
    double expected = (above - below) / difference, found = gradients->params->block[slot->offset + i];
    if (!(fabs(found - expected) < 2e-4 + 2e-3 * fabs(expected)))
      fail_msg("%s[%zu]: gradient %.6f, by differences %.6f", slot->name, i, found, expected);
  }
}

static void gradients_equal_differences(void **state) {
  (void)state;
  const size_t shapes[][2] = {{70, 66}, {20, 3}, {5, 5}, {150, 2}};
  struct ario__rng rng;
  ario__rng_seed(&rng, 5);
  for (size_t s = 0; s < COUNT_OF(shapes) * 2; s++) {
    size_t count = shapes[s / 2][0], latents = shapes[s / 2][1];
    ario_config config = small_config(11, 10);
    config.activation = s % 2 ? ARIO_GELU : ARIO_SQUARED_RELU;
    config.position_waves = s % 4 * 5 / 3; // none, some, all channels
    ario_model *model, *gradients;
    struct ario__backward *back;
    ario_token tokens[201];
    double nll;
    assert_ok(ario_model_random(&config, s, &model, NULL));
    assert_ok(ario_model_random(&config, s, &gradients, NULL));
    for (size_t i = 0; i < model->params->block_count; i++)
      model->params->block[i] *= 2; // away from the trivial
    memset(gradients->params->block, 0, gradients->params->block_count * sizeof(float));
    for (size_t i = 0; i <= count; i++) tokens[i] = (ario_token)(ario__rng_uniform(&rng) * 11);
    const struct ario__backward_shape shape = {200, 100, 2, .recompute = s / 2 % 2};
    assert_ok(ario__backward_create(
        &config, &shape, ario__gemm_of(s % 2 ? ARIO_KERNELS_FAST : ARIO_KERNELS_PLAIN, ARIO_PRECISION_FP32),
        &back));
    ario__backward_run(back, model, tokens, count, latents, &(ario__loss){.scale = 1, .z_loss = Z_LOSS},
                       gradients->params, &nll);
    compare(model, gradients, tokens, count, latents, &rng);
    ario__backward_free(back);
    ario_model_free(gradients);
    ario_model_free(model);
  }
}

// Weights that stay packed from run to run give the same bits, and new ones are seen.
static void packed_weights_are_kept_as_long_as_they_stand(void **state) {
  (void)state;
  enum { COUNT = 90, LATENTS = 40 };
  const struct ario__gemm *list[ARIO__GEMMS];
  size_t gemms = ario__gemm_list(list);
  ario_config config = small_config(77, 40);
  ario_token tokens[COUNT + 1];
  for (size_t i = 0; i <= COUNT; i++) tokens[i] = (ario_token)(i * i % 77);
  for (size_t g = 0; g < gemms; g++) {
    const struct ario__backward_shape shape = {200, 100, 2, .recompute = g % 2};
    ario_model *models[2], *gradients[2];
    struct ario__backward *backs[2];
    double nll[2];
    for (int i = 0; i < 2; i++) {
      assert_ok(ario_model_random(&config, (uint64_t)i, &models[i], NULL));
      assert_ok(ario_model_random(&config, 0, &gradients[i], NULL));
      assert_ok(ario__backward_create(&config, &shape, list[g], &backs[i]));
    }
    for (int run = 0; run < 5; run++) // the first keeps what it can; of each the third is of other weights
      for (int i = 0; i < 2; i++)
        ario__backward_run(backs[i], models[run >= 2], tokens, COUNT, LATENTS - (size_t)run,
                           &(ario__loss){.scale = 1, .same_weights = i == 0 && run != 0 && run != 2},
                           gradients[i]->params, &nll[i]);
    assert_true(nll[0] == nll[1]);
    assert_memory_equal(gradients[0]->params->block, gradients[1]->params->block,
                        gradients[0]->params->block_count * sizeof(float));
    for (int i = 0; i < 2; i++) {
      ario__backward_free(backs[i]);
      ario_model_free(gradients[i]);
      ario_model_free(models[i]);
    }
  }
}

// What is dropped is the same however often a pass is made, so the loss with dropout has differences, too. In
// fp32 they are rough: for each tensor the derivative along its own gradient, which is the gradient's square.
static void dropped_numbers_have_no_part(void **state) {
  (void)state;
  enum { COUNT = 90, LATENTS = 40 };
  ario_config config = small_config(11, 16);
  const struct ario__backward_shape shape = {200, 100, 2, .recompute = true};
  const ario__loss loss = {.scale = 1, .dropout = 0.3, .prefix_dropout = 1, .seed = 9};
  ario_model *model, *gradients, *moved;
  struct ario__backward *back;
  struct ario__rng rng;
  ario_token tokens[COUNT + 1];
  ario__rng_seed(&rng, 3);
  for (size_t i = 0; i <= COUNT; i++) tokens[i] = (ario_token)(ario__rng_uniform(&rng) * 11);
  assert_ok(ario_model_random(&config, 1, &model, NULL));
  assert_ok(ario_model_random(&config, 1, &moved, NULL));
  assert_ok(ario_model_random(&config, 1, &gradients, NULL));
  assert_ok(ario__backward_create(&config, &shape, &ario__gemm_plain, &back));
  size_t numbers = gradients->params->block_count;
  double without, again[2];
  struct ario__params *d = gradients->params;
  for (int i = 0; i < 2; i++) {
    memset(d->block, 0, numbers * sizeof(float));
    ario__backward_run(back, model, tokens, COUNT, LATENTS, &loss, d, &again[i]);
  }
  assert_true(again[0] == again[1]);
  without = ario__backward_evaluate(back, model, tokens, COUNT, LATENTS);
  assert_true(fabs(without - again[0]) > 1e-3);
  for (size_t t = 0; t < d->tensor_count; t++) {
    const struct ario__tensor_slot *slot = &d->tensors[t];
    double square = 0, found[2];
    for (size_t i = 0; i < slot->count; i++) square += pow(d->block[slot->offset + i], 2);
    if (square < 1e-8) continue; // attn.k.bias in what is not rotated: no softmax sees it
    double step = 5e-3 / sqrt(square);
    struct ario__params *unused = moved->params;
    for (int side = 0; side < 2; side++) {
      float *w = model->params->block + slot->offset, sign = side ? 1 : -1;
      float kept[4096];
      assert_true(slot->count <= COUNT_OF(kept));
      memcpy(kept, w, slot->count * sizeof *w);
      for (size_t i = 0; i < slot->count; i++) w[i] += sign * (float)step * d->block[slot->offset + i];
      ario__backward_run(back, model, tokens, COUNT, LATENTS, &loss, unused, &found[side]);
      memcpy(w, kept, slot->count * sizeof *w);
    }
    double slope = (found[1] - found[0]) / (2 * step);
    if (!(fabs(slope - square) < 0.02 * square))
      fail_msg("%s: the slope along the gradient is %g, its square is %g", slot->name, slope, square);
  }
  ario__backward_free(back);
  ario_model_free(gradients);
  ario_model_free(moved);
  ario_model_free(model);
}

// Gradients of two sequences and a step by them; the model and the gradients are left to the caller.
static void step_with(size_t threads, const struct ario__gemm *gemm, const ario_config *config,
                      const ario_token *tokens, ario_model **model, ario_model **gradients) {
  struct ario__backward *back;
  struct ario__optimizer *optimizer;
  struct ario__pool *pool;
  double nll;
  assert_ok(ario_model_random(config, 3, model, NULL));
  assert_ok(ario_model_random(config, 3, gradients, NULL));
  memset((*gradients)->params->block, 0, (*gradients)->params->block_count * sizeof(float));
  const struct ario__backward_shape shape = {300, 200, threads, .recompute = false};
  assert_ok(ario__backward_create(config, &shape, gemm, &back));
  for (size_t i = 0; i < 2; i++)
    ario__backward_run(back, *model, tokens + i, 299, 133 + i, &(ario__loss){.scale = 0.5, .z_loss = Z_LOSS},
                       (*gradients)->params, &nll);
  assert_ok(ario__gemm_pool(gemm, threads, &pool));
  assert_ok(ario__optimizer_create((*model)->params, ARIO_MUON, gemm, pool, &optimizer));
  ario__optimizer_step(optimizer, (*model)->params, (*gradients)->params,
                       &(ario__rates){.adamw = 0.001, .muon = 0.01, .decay = 0.01});
  ario__optimizer_free(optimizer);
  ario__pool_free(pool);
  ario__backward_free(back);
}

// A model of several tiles, and tokens for it.
static ario_config tiled_config(ario_token tokens[301]) {
  struct ario__rng rng;
  ario__rng_seed(&rng, 6);
  for (size_t i = 0; i < 301; i++) tokens[i] = (ario_token)(ario__rng_uniform(&rng) * 391);
  return (ario_config){.vocab_size = 391,
                       .channels = 132,
                       .heads = 3,
                       .layers = 2,
                       .max_context = 300,
                       .max_latents = 200,
                       .mlp_widening = 3,
                       .activation = ARIO_SQUARED_RELU,
                       .rotary_fraction = 0.5,
                       .rotary_base = 100,
                       .norm_eps = 1e-5,
                       .codec = "raw"};
}

static void threads_change_no_bit(void **state) {
  (void)state;
  ario_token tokens[301];
  ario_config config = tiled_config(tokens);
  for (int precision = ARIO_PRECISION_FP32; precision <= ARIO_PRECISION_BF16; precision++) {
    const struct ario__gemm *gemm = ario__gemm_of(ARIO_KERNELS_FAST, (ario_precision)precision);
    ario_model *model, *gradients, *other, *others;
    step_with(1, gemm, &config, tokens, &model, &gradients);
    for (size_t threads = 2; threads <= 5; threads++) {
      step_with(threads, gemm, &config, tokens, &other, &others);
      for (size_t i = 0; i < model->params->block_count; i++) {
        float d = gradients->params->block[i], w = model->params->block[i];
        if (others->params->block[i] != d || other->params->block[i] != w)
          fail_msg("%s, [%zu]: gradient %.9g, weight %.9g; with %zu threads %.9g, %.9g", gemm->name, i, d, w,
                   threads, others->params->block[i], other->params->block[i]);
      }
      ario_model_free(other), ario_model_free(others);
    }
    ario_model_free(model), ario_model_free(gradients);
  }
}

// |a - b| / |b| over all gradients.
static double gradient_distance(const ario_model *a, const ario_model *b) {
  double difference = 0, square = 0;
  for (size_t i = 0; i < b->params->block_count; i++) {
    difference += pow((double)a->params->block[i] - b->params->block[i], 2);
    square += pow(b->params->block[i], 2);
  }
  return sqrt(difference / square);
}

// Each factor in bf16 is off by up to 2^-9 of itself, by 2^-10 or so on average, of no direction. A gradient
// comes out of a dozen products one after the other, the errors of which add up like lengths at right angles:
// some 4e-3, and where attention sharpens them more. 2e-2 leaves room for that; a wrong term is far larger.
// The plain and the fast loops round the same numbers, except where sums in another order fall to the other
// side.
static void bf16_is_near_fp32(void **state) {
  (void)state;
  ario_token tokens[301];
  ario_config config = tiled_config(tokens);
  ario_model *model, *exact, *rounded[2];
  step_with(2, &ario__gemm_plain, &config, tokens, &model, &exact);
  ario_model_free(model);
  for (int plain = 0; plain < 2; plain++) {
    const struct ario__gemm *gemm =
        ario__gemm_of(plain ? ARIO_KERNELS_PLAIN : ARIO_KERNELS_FAST, ARIO_PRECISION_BF16);
    step_with(2, gemm, &config, tokens, &model, &rounded[plain]);
    print_message("%s: gradients off by %.1e of those in fp32\n", gemm->name,
                  gradient_distance(rounded[plain], exact));
    assert_below(gradient_distance(rounded[plain], exact), 2e-2);
    ario_model_free(model);
  }
  print_message("and from each other by %.1e\n", gradient_distance(rounded[0], rounded[1]));
  assert_below(gradient_distance(rounded[0], rounded[1]), 1e-2);
  ario_model_free(rounded[0]), ario_model_free(rounded[1]), ario_model_free(exact);
}

// ---- Attention by itself, over many tiles ----

enum { HEADS = 2, CHANNELS = 6, WIDTH = HEADS * CHANNELS };

// The sum of weights times what attention gives, in double, and straight down the page.
static double attention_loss(const double *queries, const double *keys, const double *values,
                             const float *weights, size_t rows, size_t count) {
  double loss = 0, *scores = malloc(count * sizeof *scores);
  for (size_t h = 0; h < HEADS; h++)
    for (size_t r = 0; r < rows; r++) {
      const double *q = queries + r * WIDTH + h * CHANNELS;
      const float *weight = weights + r * WIDTH + h * CHANNELS;
      double top = -INFINITY, sum = 0, mixed = 0;
      size_t seen = count - rows + r + 1;
      for (size_t k = 0; k < seen; k++) {
        scores[k] = 0;
        for (size_t i = 0; i < CHANNELS; i++)
          scores[k] += q[i] * keys[(h * count + k) * CHANNELS + i] / sqrt(CHANNELS);
        top = fmax(top, scores[k]);
      }
      for (size_t k = 0; k < seen; k++) {
        double e = exp(scores[k] - top), along = 0;
        for (size_t i = 0; i < CHANNELS; i++) along += weight[i] * values[(h * count + k) * CHANNELS + i];
        sum += e, mixed += e * along;
      }
      loss += mixed / sum;
    }
  free(scores);
  return loss;
}

struct numbers {
  float *x, *d; // [count], and the gradient by them
  double *exact;
  size_t count;
};

static struct numbers numbers_of(size_t count, struct ario__rng *rng) {
  struct numbers n = {malloc(count * sizeof(float)), calloc(count, sizeof(float)),
                      malloc(count * sizeof(double)), count};
  for (size_t i = 0; i < count; i++) n.exact[i] = n.x[i] = (float)ario__rng_normal(rng);
  return n;
}

// Along a direction: one number, or all of them by chance. Returns what the difference says minus what the
// gradient says, as a share of what the gradient could say.
static double slope_error(struct numbers t[3], size_t which, const float *weights, size_t rows, size_t count,
                          bool all, struct ario__rng *rng) {
  const double h = 1e-5;
  struct numbers *n = &t[which];
  double *along = calloc(n->count, sizeof *along), *kept = n->exact,
         *moved = malloc(n->count * sizeof *moved);
  size_t one = (size_t)(ario__rng_uniform(rng) * (double)n->count);
  for (size_t i = 0; i < n->count; i++) along[i] = all ? ario__rng_normal(rng) : i == one;
  double found = 0, square = 0, length = 0, sides[2];
  for (size_t i = 0; i < n->count; i++)
    found += along[i] * n->d[i], square += (double)n->d[i] * n->d[i], length += along[i] * along[i];
  n->exact = moved;
  for (int side = 0; side < 2; side++) {
    for (size_t i = 0; i < n->count; i++) moved[i] = kept[i] + (side ? h : -h) * along[i];
    sides[side] = attention_loss(t[0].exact, t[1].exact, t[2].exact, weights, rows, count);
  }
  n->exact = kept;
  free(along), free(moved);
  return fabs((sides[1] - sides[0]) / (2 * h) - found) / (1e-3 + sqrt(square * length / (double)n->count));
}

static void attention_equals_differences(void **state) {
  (void)state;
  const size_t shapes[][2] = {{1, 1},  {1, 1000},  {3, 3},     {3, 65},   {65, 65},
                              {65, 3}, {65, 1000}, {129, 257}, {1000, 3}, {1000, 1000}}; // rows, keys before
  struct ario__rng rng;
  ario__rng_seed(&rng, 8);
  for (size_t s = 0; s < 2 * COUNT_OF(shapes); s++) {
    size_t rows = shapes[s / 2][0], count = shapes[s / 2][1] + rows - 1;
    const struct ario__gemm *gemm =
        ario__gemm_of(s % 2 ? ARIO_KERNELS_FAST : ARIO_KERNELS_PLAIN, ARIO_PRECISION_FP32);
    struct numbers t[3] = {numbers_of(rows * WIDTH, &rng), numbers_of(count * WIDTH, &rng),
                           numbers_of(count * WIDTH, &rng)};
    struct numbers out = numbers_of(rows * WIDTH, &rng); // its x is d(loss)/d(out), its d the output
    float *lse = malloc(HEADS * rows * sizeof *lse);
    struct ario__pool *pool;
    assert_ok(ario__gemm_pool(gemm, 2, &pool));
    struct ario__attention_job job = {.gemm = gemm,
                                      .heads = HEADS,
                                      .head_channels = CHANNELS,
                                      .queries = t[0].x,
                                      .rows = rows,
                                      .position = count - rows,
                                      .keys = t[1].x,
                                      .values = t[2].x,
                                      .capacity = count,
                                      .run = {0, 0, count},
                                      .out = out.d,
                                      .lse = lse,
                                      .scratch = malloc(2 * ario__attention_scratch(CHANNELS) * 4),
                                      .pool = pool};
    struct ario__attention_gradient gradient = {
        &job, out.x, t[0].d, t[1].d, t[2].d, malloc(2 * ario__attention_gradient_scratch(CHANNELS) * 4)};
    ario__attention_run(&job);
    ario__attention_back(&gradient);
    for (size_t which = 0; which < 3; which++)
      for (int round = 0; round < 4; round++) {
        double error = slope_error(t, which, out.x, rows, count, round == 0, &rng);
        if (!(error < 1e-3)) // fp32's rounding, and that of a difference
          fail_msg("%s, %zu rows, %zu keys: the gradient by number %zu is off by %g", gemm->name, rows, count,
                   which, error);
      }
    ario__pool_free(pool);
    for (size_t i = 0; i < 3; i++) free(t[i].x), free(t[i].d), free(t[i].exact);
    free(out.x), free(out.d), free(out.exact), free(lse), free(job.scratch), free(gradient.scratch);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(gradients_equal_differences),
                                     cmocka_unit_test(packed_weights_are_kept_as_long_as_they_stand),
                                     cmocka_unit_test(dropped_numbers_have_no_part),
                                     cmocka_unit_test(threads_change_no_bit),
                                     cmocka_unit_test(bf16_is_near_fp32),
                                     cmocka_unit_test(attention_equals_differences)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
