// SPDX-License-Identifier: MIT
//
// 20 optimizer steps from the same weights on the same batches as a few lines of PyTorch in float64
// (tests/parity/make_steps.py): how far the parameters are from there, as a share of how far they have moved.
#include "arioso/arioso.h"
#include "core/train/backward.h"
#include "core/train/optimizer.h"
#include "tests/support/test.h"

#include <math.h>

enum { STEPS = 20, BATCH = 2, LENGTH = 33, LATENTS = 16 };

static ario_model *open_model(const char *name) {
  char path[512];
  ario_model *model;
  ario_error error = {""};
  snprintf(path, sizeof path, "%s/parity/steps/%s", ARIO_TESTS, name);
  if (ario_model_open(path, &model, &error)) fail_msg("%s", error.text);
  return model;
}

static ario_model *train(ario_optimizer kind, const struct ario__gemm *gemm, size_t threads) {
  ario_model *model = open_model("start"), *gradients = open_model("start");
  ario_token *tokens;
  size_t count;
  struct ario__pool *pool;
  struct ario__backward *back;
  struct ario__optimizer *optimizer;
  assert_ok(ario_tokens_read(ARIO_TESTS "/parity/steps/batches.u16", 29, &tokens, &count, NULL));
  assert_int_equal(count, STEPS * BATCH * LENGTH);
  assert_ok(ario__gemm_pool(gemm, threads, &pool));
  const struct ario__backward_shape shape = {LENGTH - 1, LATENTS, threads, .recompute = false};
  assert_ok(ario__backward_create(ario_model_config(model), &shape, gemm, &back));
  assert_ok(ario__optimizer_create(model->params, kind, gemm, pool, &optimizer));
  for (size_t step = 0; step < STEPS; step++) {
    memset(gradients->params->block, 0, gradients->params->block_count * sizeof(float));
    for (size_t b = 0; b < BATCH; b++) {
      double nll;
      ario__backward_run(back, model, tokens + (step * BATCH + b) * LENGTH, LENGTH - 1, LATENTS,
                         &(ario__loss){.scale = 1.0 / BATCH, .z_loss = 1e-4}, gradients->params, &nll);
    }
    double norm = ario__optimizer_step(optimizer, model->params, gradients->params,
                                       &(ario__rates){.adamw = 2e-3, .muon = 0.02, .decay = 0.01});
    assert_true(norm > 0 && isfinite(norm));
  }
  ario__optimizer_free(optimizer);
  ario__backward_free(back);
  ario__pool_free(pool);
  free(tokens);
  ario_model_free(gradients);
  return model;
}

// |a - b| over all parameters but the offsets of keys: softmax does not see those of channels that are not
// rotated, so their gradients are rounding errors, which Adam blows up to steps.
static double distance(const ario_model *a, const ario_model *b) {
  double sum = 0;
  for (size_t t = 0; t < ario_model_tensors(a); t++) {
    ario_tensor x = ario_model_tensor(a, t), y = ario_model_tensor(b, t);
    if (strstr(x.name, "attn.k.bias")) continue;
    for (size_t i = 0; i < x.rows * (x.cols ? x.cols : 1); i++) sum += pow((double)x.data[i] - y.data[i], 2);
  }
  return sqrt(sum);
}

// Off by 3e-6 of the way where it was written; 1e-4 leaves room for other processors, and any mistake is far
// larger.
static void compare(const char *name, ario_optimizer kind) {
  ario_model *start = open_model("start"), *expected = open_model(name);
  double moved = distance(expected, start);
  for (size_t threads = 1; threads <= 2; threads++)
    for (int plain = 0; plain < 2; plain++) {
      const struct ario__gemm *gemm =
          ario__gemm_of(plain ? ARIO_KERNELS_PLAIN : ARIO_KERNELS_FAST, ARIO_PRECISION_FP32);
      ario_model *model = train(kind, gemm, threads);
      double off = distance(model, expected) / moved;
      print_message("%s %s, %zu threads: off by %.1e of the way\n", name, gemm->name, threads, off);
      assert_below(off, 1e-4);
      ario_model_free(model);
    }
  ario_model_free(start);
  ario_model_free(expected);
}

static void adamw_agrees(void **state) {
  (void)state;
  compare("adamw", ARIO_ADAMW);
}

static void muon_agrees(void **state) {
  (void)state;
  compare("muon", ARIO_MUON);
}

static void threads_do_not_matter(void **state) {
  (void)state;
  for (int kind = ARIO_ADAMW; kind <= ARIO_MUON; kind++) {
    ario_model *one = train((ario_optimizer)kind, ario__gemm_of(ARIO_KERNELS_FAST, ARIO_PRECISION_FP32), 1);
    ario_model *three = train((ario_optimizer)kind, ario__gemm_of(ARIO_KERNELS_FAST, ARIO_PRECISION_FP32), 3);
    assert_memory_equal(one->params->block, three->params->block, one->params->block_count * sizeof(float));
    ario_model_free(one);
    ario_model_free(three);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(adamw_agrees), cmocka_unit_test(muon_agrees),
                                     cmocka_unit_test(threads_do_not_matter)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
