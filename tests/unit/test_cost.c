// SPDX-License-Identifier: MIT
//
// What work costs against sums that are taken one by one, and the figures of the shape that speed is stated
// for; and that the machine is measured at all.
#include "arioso/cost.h"
#include "arioso/machine.h"
#include "tests/support/test.h"

static ario_config shape(size_t channels, size_t layers, size_t vocab_size) {
  ario_config config = ario_config_default();
  config.channels = channels;
  config.layers = layers;
  config.vocab_size = vocab_size;
  config.heads = 4;
  return config;
}

// 512 channels, 8 layers, 8 heads, V 391.
static ario_config stated_shape(void) {
  ario_config config = shape(512, 8, 391);
  config.heads = 8;
  return config;
}

static void parameters_are_those_of_a_model(void **state) {
  (void)state;
  for (size_t layers = 0; layers < 3; layers++) {
    ario_config config = shape(24, layers, 37);
    config.mlp_widening = 3;
    ario_model *model;
    assert_ok(ario_model_random(&config, 1, &model, NULL));
    assert_true(ario_cost_parameters(&config) == (double)ario_model_parameters(model));
    ario_model_free(model);
  }
}

// Multiplications of one way there, counted matrix by matrix and key by key.
static double count_forward(const ario_config *config, size_t context, size_t latents, size_t predicted) {
  const double d = (double)config->channels, w = d * (double)config->mlp_widening;
  double count = 0;
  for (size_t p = 0; p < context; p++) count += d * d + d * d; // k, v
  for (size_t p = context - latents; p < context; p++) {
    count += d * d + d * d + d * d + d * w + w * d; // query, q, out, up, down
    for (size_t key = 0; key <= p; key++) count += d + d;
    for (size_t layer = 0; layer < config->layers; layer++) {
      count += 4 * d * d + d * w + w * d;
      for (size_t key = context - latents; key <= p; key++) count += d + d;
    }
  }
  for (size_t p = 0; p < predicted; p++) count += d * (double)config->vocab_size;
  return count;
}

static void flops_are_those_of_a_count(void **state) {
  (void)state;
  const size_t contexts[] = {1, 2, 65, 200, 200, 200}, latents[] = {1, 1, 64, 1, 77, 200};
  for (size_t i = 0; i < COUNT_OF(contexts); i++) {
    ario_config config = shape(24, i % 3, 37);
    double train = 2 * 3 * count_forward(&config, contexts[i], latents[i], latents[i]);
    double prefill = 2 * count_forward(&config, contexts[i], latents[i], 1);
    assert_true(ario_cost_train_flops(&config, contexts[i], latents[i]) == train);
    assert_true(ario_cost_prefill_flops(&config, contexts[i], latents[i]) == prefill);
  }
}

// Training at 16,384 has 0.61 of the speed at 2,048 if only products count.
static void a_long_context_costs_what_it_should(void **state) {
  (void)state;
  ario_config config = stated_shape();
  double ratio = ario_cost_train_flops(&config, 2048, 1024) / ario_cost_train_flops(&config, 16384, 1024);
  assert_true(ratio > 0.605 && ratio < 0.615);
}

static void muon_is_five_steps_of_three_products(void **state) {
  (void)state;
  ario_config config = shape(10, 2, 37); // hidden: query, 3 times four [10, 10] and two [40, 10]
  double square = 2.0 * 10 * 10 * 10 * 3, wide = 2.0 * (10 * 40 * 10 + 10 * 10 * 10 + 10 * 10 * 40);
  assert_true(ario_cost_muon_flops(&config) == 5 * (13 * square + 6 * wide));
}

static void a_token_reads_what_it_should(void **state) {
  (void)state;
  const struct {
    ario_precision precision;
    size_t context;
    double megabytes;
  } stated[] = {{ARIO_PRECISION_FP32, 2048, 149},
                {ARIO_PRECISION_BF16, 2048, 74},
                {ARIO_PRECISION_INT8, 2048, 37},
                {ARIO_PRECISION_BF16, 131072, 339},
                {ARIO_PRECISION_INT8, 131072, 169}};
  ario_config config = stated_shape();
  for (size_t i = 0; i < COUNT_OF(stated); i++) {
    double bytes = ario_cost_token_bytes(&config, stated[i].precision, stated[i].context, 1024, 1);
    if (!(bytes / 1e6 > stated[i].megabytes - 0.5 && bytes / 1e6 < stated[i].megabytes + 0.5))
      fail_msg("%g MB a token, %g were stated", bytes / 1e6, stated[i].megabytes);
  }
  double vocabulary = 391.0 * 512, numbers = ario_cost_parameters(&config) - vocabulary + 512;
  assert_true(ario_cost_token_bytes(&config, ARIO_PRECISION_BF16, 100, 8, 1) ==
              2 * (numbers + 2 * 512 * 100 + 8 * 2 * 512 * 6));
}

static void the_machine_is_measured(void **state) {
  (void)state;
  double speed;
  assert_ok(ario_machine_products(ARIO_PRECISION_FP32, 2, &speed));
  assert_true(speed > 1e7);
  assert_ok(ario_machine_products(ARIO_PRECISION_INT8, 1, &speed));
  assert_true(speed == 0);
  for (size_t bytes = 1; bytes < 1 << 24; bytes *= 129) {
    assert_ok(ario_machine_bandwidth(bytes, 2, &speed));
    assert_true(speed > 1e7);
  }
  assert_status(ario_machine_products(ARIO_PRECISION_FP32, 0, &speed), ARIO_ERR_ARGUMENT);
  assert_status(ario_machine_bandwidth(0, 1, &speed), ARIO_ERR_ARGUMENT);
  assert_status(ario_machine_bandwidth(1, 65, &speed), ARIO_ERR_ARGUMENT);
  assert_status(ario_machine_bandwidth(SIZE_MAX, 1, &speed), ARIO_ERR_LIMIT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parameters_are_those_of_a_model),
      cmocka_unit_test(flops_are_those_of_a_count),
      cmocka_unit_test(a_long_context_costs_what_it_should),
      cmocka_unit_test(muon_is_five_steps_of_three_products),
      cmocka_unit_test(a_token_reads_what_it_should),
      cmocka_unit_test(the_machine_is_measured),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
