// SPDX-License-Identifier: MIT
//
// Gradients against central differences of the loss, which the reference computes in double; with z-loss, at
// odd sizes, in the plain kernels and the fast ones.
#include "core/backward.h"
#include "core/optimizer.h"
#include "core/rng.h"
#include "tests/support/reference.h"
#include "tests/support/test.h"

#include <math.h>

static const double Z_LOSS = 0.01;

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
    ario_config config = {.vocab_size = 11,
                          .channels = 10,
                          .heads = 2,
                          .layers = 2,
                          .max_context = 200,
                          .max_latents = 100,
                          .mlp_widening = 3,
                          .activation = s % 2 ? ARIO_GELU : ARIO_SQUARED_RELU,
                          .rotary_fraction = 0.5,
                          .rotary_base = 100,
                          .norm_eps = 1e-5,
                          .codec = "raw"};
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

// What is dropped is the same however often a pass is made, so the loss with dropout has differences, too. In
// fp32 they are rough: for each tensor the derivative along its own gradient, which is the gradient's square.
static void dropped_numbers_have_no_part(void **state) {
  (void)state;
  enum { COUNT = 90, LATENTS = 40 };
  ario_config config = {.vocab_size = 11,
                        .channels = 16,
                        .heads = 2,
                        .layers = 2,
                        .max_context = 200,
                        .max_latents = 100,
                        .mlp_widening = 3,
                        .rotary_fraction = 0.5,
                        .rotary_base = 100,
                        .norm_eps = 1e-5,
                        .codec = "raw"};
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
static void step_with(size_t threads, const ario_config *config, const ario_token *tokens, ario_model **model,
                      ario_model **gradients) {
  struct ario__backward *back;
  struct ario__optimizer *optimizer;
  struct ario__pool *pool;
  double nll;
  assert_ok(ario_model_random(config, 3, model, NULL));
  assert_ok(ario_model_random(config, 3, gradients, NULL));
  memset((*gradients)->params->block, 0, (*gradients)->params->block_count * sizeof(float));
  const struct ario__backward_shape shape = {300, 200, threads, .recompute = false};
  assert_ok(
      ario__backward_create(config, &shape, ario__gemm_of(ARIO_KERNELS_FAST, ARIO_PRECISION_FP32), &back));
  for (size_t i = 0; i < 2; i++)
    ario__backward_run(back, *model, tokens + i, 299, 133 + i, &(ario__loss){.scale = 0.5, .z_loss = Z_LOSS},
                       (*gradients)->params, &nll);
  assert_ok(
      ario__pool_create(threads, ario__gemm_of(ARIO_KERNELS_FAST, ARIO_PRECISION_FP32)->scratch, &pool));
  assert_ok(ario__optimizer_create((*model)->params, ARIO_MUON,
                                   ario__gemm_of(ARIO_KERNELS_FAST, ARIO_PRECISION_FP32), pool, &optimizer));
  ario__optimizer_step(optimizer, (*model)->params, (*gradients)->params,
                       &(ario__rates){.adamw = 0.001, .muon = 0.01});
  ario__optimizer_free(optimizer);
  ario__pool_free(pool);
  ario__backward_free(back);
}

static void threads_change_no_bit(void **state) {
  (void)state;
  ario_config config = {.vocab_size = 391,
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
  ario_token tokens[301];
  struct ario__rng rng;
  ario__rng_seed(&rng, 6);
  for (size_t i = 0; i < COUNT_OF(tokens); i++) tokens[i] = (ario_token)(ario__rng_uniform(&rng) * 391);
  ario_model *model, *gradients, *other, *others;
  step_with(1, &config, tokens, &model, &gradients);
  for (size_t threads = 2; threads <= 5; threads++) {
    step_with(threads, &config, tokens, &other, &others);
    for (size_t i = 0; i < model->params->block_count; i++) {
      float g = gradients->params->block[i], w = model->params->block[i];
      if (others->params->block[i] != g || other->params->block[i] != w)
        fail_msg("[%zu]: gradient %.9g, weight %.9g; with %zu threads %.9g, %.9g", i, g, w, threads,
                 others->params->block[i], other->params->block[i]);
    }
    ario_model_free(other), ario_model_free(others);
  }
  ario_model_free(model), ario_model_free(gradients);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(gradients_equal_differences),
                                     cmocka_unit_test(dropped_numbers_have_no_part),
                                     cmocka_unit_test(threads_change_no_bit)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
