// SPDX-License-Identifier: MIT
//
// The sampler: who may be drawn, how often, and that a seed decides.
#include "arioso/sampler.h"
#include "tests/support/test.h"

#include <math.h>

enum { V = 6, DRAWS = 20000 };
// Probabilities at temperature 1: 0.4 0.3 0.15 0.1 0.04 0.01, out of order.
static const double probability[V] = {0.1, 0.4, 0.01, 0.3, 0.04, 0.15};
static float logits[V];

static void frequencies(ario_sampler_options options, const bool *allowed, double *share) {
  ario_sampler *sampler;
  ario_error error = {""};
  if (ario_sampler_create(V, &options, &sampler, &error)) fail_msg("%s", error.text);
  for (size_t i = 0; i < V; i++) share[i] = 0;
  for (size_t i = 0; i < DRAWS; i++) {
    ario_token token;
    assert_ok(ario_sampler_draw(sampler, logits, allowed, &token));
    assert_true(token < V);
    share[token] += 1.0 / DRAWS;
  }
  ario_sampler_free(sampler);
}

// Shares within four standard deviations of weights / their sum.
static void expect(ario_sampler_options options, const bool *allowed, const double *weights) {
  double share[V], total = 0;
  frequencies(options, allowed, share);
  for (size_t i = 0; i < V; i++) total += weights[i];
  for (size_t i = 0; i < V; i++) {
    double p = weights[i] / total;
    if (fabs(share[i] - p) > 4 * sqrt(p * (1 - p) / DRAWS) + 1e-9)
      fail_msg("token %zu was drawn in %.4f of the draws, expected %.4f", i, share[i], p);
  }
}

static void draws_follow_the_options(void **state) {
  (void)state;
  ario_sampler_options options = ario_sampler_options_default();
  expect(options, NULL, probability);

  double cooled[V];
  for (size_t i = 0; i < V; i++) cooled[i] = pow(probability[i], 2);
  options.temperature = 0.5;
  expect(options, NULL, cooled);

  options = ario_sampler_options_default();
  options.top_k = 3;
  expect(options, NULL, (double[]){0, 0.4, 0, 0.3, 0, 0.15});
  options.top_p = 0.8; // of the three: 0.47, 0.82
  expect(options, NULL, (double[]){0, 0.4, 0, 0.3, 0, 0});

  options = ario_sampler_options_default();
  options.top_p = 0.86;
  expect(options, NULL, (double[]){0.1, 0.4, 0, 0.3, 0, 0.15});
  options.top_p = 1e-9;
  expect(options, NULL, (double[]){0, 1, 0, 0, 0, 0});

  options = ario_sampler_options_default();
  options.min_p = 0.2;
  expect(options, NULL, (double[]){0.1, 0.4, 0, 0.3, 0, 0.15});

  options = ario_sampler_options_default();
  const bool allowed[V] = {true, false, true, false, true, false};
  expect(options, allowed, (double[]){0.1, 0, 0.01, 0, 0.04, 0});
  options.top_k = 1; // constraints come first
  expect(options, allowed, (double[]){1, 0, 0, 0, 0, 0});
}

static unsigned odd_or_even(ario_token token) {
  return token % 2;
}

static const ario_kinds odd_and_even = {
    .of = odd_or_even, .count = 2, .temperature = 1, .each = {{.name = "even"}, {.name = "odd"}}};

// Even tokens have 0.15 of the probability, odd ones 0.85.
static void a_kind_is_drawn_first(void **state) {
  (void)state;
  ario_sampler_options options = ario_sampler_options_default();
  options.kinds = odd_and_even;
  expect(options, NULL, probability); // at temperature 1 nothing changes

  options.temperature = 0.5; // within a kind: 0.1 0.01 0.04 and 0.4 0.3 0.15, squared
  double even = 0.15 / 0.0117, odd = 0.85 / 0.2725;
  const double cooled[V] = {0.01 * even, 0.16 * odd, 0.0001 * even, 0.09 * odd, 0.0016 * even, 0.0225 * odd};
  expect(options, NULL, cooled);

  options.kinds.each[1].temperature = 1; // the odd ones at a temperature of their own
  expect(options, NULL, (double[]){0.01 * even, 0.4, 0.0001 * even, 0.3, 0.0016 * even, 0.15});

  options = (ario_sampler_options){.kinds = odd_and_even, .temperature = 1, .top_p = 1, .top_k = 1};
  expect(options, NULL, (double[]){0.15, 0.85, 0, 0, 0, 0}); // the likeliest of its kind
  options.top_k = 0;
  options.min_p = 0.5; // of the likeliest of its kind
  expect(options, NULL, (double[]){0.15, 0.85 * 4 / 7, 0, 0.85 * 3 / 7, 0, 0});
  options.min_p = 0;
  options.top_p = 0.6;
  expect(options, NULL, (double[]){0.15, 0.85 * 4 / 7, 0, 0.85 * 3 / 7, 0, 0});

  options.top_p = 1;
  options.kinds.temperature = 0.5; // 0.15 and 0.85, squared
  even = 0.0225 / 0.15, odd = 0.7225 / 0.85;
  expect(options, NULL, (double[]){0.1 * even, 0.4 * odd, 0.01 * even, 0.3 * odd, 0.04 * even, 0.15 * odd});

  options.kinds.temperature = 1; // a kind without an allowed token is not drawn
  const bool allowed[V] = {true, false, true, false, true, false};
  expect(options, allowed, (double[]){0.1, 0, 0.01, 0, 0.04, 0});
  options.temperature = 0; // the likeliest token of all, whatever its kind
  expect(options, NULL, (double[]){0, 1, 0, 0, 0, 0});
}

// What is exactly min_p times as likely as the likeliest is kept.
static void the_edge_of_min_p_is_kept(void **state) {
  (void)state;
  float kept[V];
  memcpy(kept, logits, sizeof kept);
  ario_sampler_options options = ario_sampler_options_default();
  for (size_t i = 0; i < V; i++) logits[i] = -(float)i;
  options.min_p = exp(-2.0);
  expect(options, NULL, (double[]){1, exp(-1), exp(-2), 0, 0, 0});
  options.min_p = nextafter(exp(-2.0), 1);
  expect(options, NULL, (double[]){1, exp(-1), 0, 0, 0, 0});
  memcpy(logits, kept, sizeof kept);
}

// Of equals the smaller tokens come first, and only as many as reach p are kept.
static void equals_at_the_edge_of_top_p(void **state) {
  (void)state;
  float kept[V];
  memcpy(kept, logits, sizeof kept);
  ario_sampler_options options = ario_sampler_options_default();
  for (size_t i = 0; i < V; i++) logits[i] = 1;
  options.top_p = 0.5; // three of six: reached, not passed
  expect(options, NULL, (double[]){1, 1, 1, 0, 0, 0});
  options.top_p = 0.51;
  expect(options, NULL, (double[]){1, 1, 1, 1, 0, 0});
  logits[4] = 1.5f; // the likeliest, then the others by their number
  options.top_p = 0.3;
  expect(options, NULL, (double[]){1, 0, 0, 0, exp(0.5), 0});
  options.top_p = 1;
  options.top_k = 2;
  expect(options, NULL, (double[]){1, 0, 0, 0, exp(0.5), 0});
  memcpy(logits, kept, sizeof kept);
}

static void greedy_takes_the_likeliest(void **state) {
  (void)state;
  ario_sampler_options options = {.temperature = 0, .top_p = 1};
  expect(options, NULL, (double[]){0, 1, 0, 0, 0, 0});
  float equal[V] = {1, 1, 1, 1, 1, 1};
  ario_sampler *sampler;
  ario_token token;
  assert_ok(ario_sampler_create(V, &options, &sampler, NULL));
  assert_ok(ario_sampler_draw(sampler, equal, NULL, &token));
  assert_int_equal(token, 0);
  ario_sampler_free(sampler);
}

static void the_seed_decides(void **state) {
  (void)state;
  ario_token first[100], again[100], other[100];
  for (int run = 0; run < 3; run++) {
    ario_sampler_options options = ario_sampler_options_default();
    options.seed = run == 2 ? 8 : 7;
    options.top_p = 0.99;
    ario_sampler *sampler;
    assert_ok(ario_sampler_create(V, &options, &sampler, NULL));
    for (size_t i = 0; i < 100; i++)
      assert_ok(ario_sampler_draw(sampler, logits, NULL, &(run == 0 ? first : run == 1 ? again : other)[i]));
    ario_sampler_free(sampler);
  }
  assert_memory_equal(first, again, sizeof first);
  assert_memory_not_equal(first, other, sizeof first);
}

static void extremes_stay_in_bounds(void **state) {
  (void)state;
  const float wide[V] = {-3e38f, 3e38f, 0, -1, 88, 1e-40f};
  const double temperatures[] = {1e-300, 1e-3, 1, 100};
  for (size_t i = 0; i < COUNT_OF(temperatures); i++) {
    ario_sampler_options options = {
        .temperature = temperatures[i], .top_k = i, .top_p = 0.5 + 0.1 * (double)i};
    ario_sampler *sampler;
    ario_token token;
    assert_ok(ario_sampler_create(V, &options, &sampler, NULL));
    for (size_t n = 0; n < 50; n++) {
      assert_ok(ario_sampler_draw(sampler, wide, NULL, &token));
      assert_int_equal(token, 1);
    }
    ario_sampler_free(sampler);
  }
}

static void misuse_is_refused(void **state) {
  (void)state;
  ario_error error = {""};
  ario_sampler *sampler;
  const ario_sampler_options wrong[] = {{.temperature = -1, .top_p = 1},
                                        {.temperature = NAN, .top_p = 1},
                                        {.temperature = 1, .top_p = 0},
                                        {.temperature = 1, .top_p = 1.1},
                                        {.temperature = 1, .top_p = 1, .min_p = 1}};
  for (size_t i = 0; i < COUNT_OF(wrong); i++) {
    assert_status(ario_sampler_create(V, &wrong[i], &sampler, &error), ARIO_ERR_ARGUMENT);
    assert_contains(error.text, "out of range");
  }
  ario_sampler_options kinds = {.kinds = odd_and_even, .temperature = 1, .top_p = 1};
  kinds.kinds.temperature = 0;
  assert_status(ario_sampler_create(V, &kinds, &sampler, &error), ARIO_ERR_ARGUMENT);
  assert_contains(error.text, "kind-temperature: 0 is out of range");
  kinds.kinds = odd_and_even;
  kinds.kinds.each[1].temperature = -1;
  assert_status(ario_sampler_create(V, &kinds, &sampler, &error), ARIO_ERR_ARGUMENT);
  assert_contains(error.text, "odd-temperature: -1 is out of range");
  kinds.kinds = odd_and_even;
  kinds.kinds.count = 1;
  assert_status(ario_sampler_create(V, &kinds, &sampler, &error), ARIO_ERR_ARGUMENT);
  assert_contains(error.text, "that of token 1 is out of range");
  kinds.kinds.count = ARIO_KINDS_MOST + 1;
  assert_status(ario_sampler_create(V, &kinds, &sampler, &error), ARIO_ERR_ARGUMENT);
  assert_status(ario_sampler_create(0, NULL, &sampler, NULL), ARIO_ERR_ARGUMENT);
  assert_ok(ario_sampler_create(V, NULL, &sampler, NULL));
  const bool none[V] = {false};
  ario_token token;
  assert_status(ario_sampler_draw(sampler, logits, none, &token), ARIO_ERR_ARGUMENT);
  const float broken[V] = {0, NAN, 0, 0, 0, 0};
  assert_status(ario_sampler_draw(sampler, broken, NULL, &token), ARIO_ERR_NUMBER);
  ario_sampler_free(sampler);
  ario_sampler_free(NULL);
}

int main(void) {
  for (size_t i = 0; i < V; i++) logits[i] = (float)log(probability[i]) + 3;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(draws_follow_the_options),    cmocka_unit_test(a_kind_is_drawn_first),
      cmocka_unit_test(greedy_takes_the_likeliest),  cmocka_unit_test(the_seed_decides),
      cmocka_unit_test(equals_at_the_edge_of_top_p), cmocka_unit_test(the_edge_of_min_p_is_kept),
      cmocka_unit_test(extremes_stay_in_bounds),     cmocka_unit_test(misuse_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
