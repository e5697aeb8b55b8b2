// SPDX-License-Identifier: MIT
//
// What networks of codecs are computed with, against sums in double and the functions of the C library.
#include "arioso/products.h"
#include "core/base/rng.h"
#include "core/math/f16.h"
#include "tests/support/test.h"

#include <math.h>

static struct ario__rng rng;

static float *random_floats(size_t count) {
  float *x = malloc((count + 1) * sizeof *x);
  assert_non_null(x);
  for (size_t i = 0; i < count; i++) x[i] = (float)ario__rng_normal(&rng);
  return x;
}

enum { MOST_M = 120, MOST_K = 1100 };

// A sum of k products of numbers around 1 passes k partial sums around the root of k, each rounded to 6e-8 of
// it: the error is around 4e-8 k, and 7 times that among the thousands of sums here.
static void check(ario_multiplier *multiplier, size_t m, size_t n, size_t k, size_t lda, bool biased,
                  bool add) {
  float *a = random_floats(m * lda + k), *w = random_floats(n * k), *bias = random_floats(n);
  size_t ldc = n + 3;
  float *c = random_floats(m * ldc), *before = malloc(m * ldc * sizeof *before);
  memcpy(before, c, m * ldc * sizeof *c);
  ario_packed_weights *weights;
  assert_ok(ario_packed_weights_create(multiplier, m, w, n, k, &weights));
  ario_multiplier_run(multiplier, m, weights, a, lda, biased ? bias : NULL, add, c, ldc);
  for (size_t r = 0; r < m; r++)
    for (size_t i = 0; i < ldc; i++) {
      if (i >= n) {
        assert_true(c[r * ldc + i] == before[r * ldc + i]);
        continue;
      }
      double sum = biased ? bias[i] : add ? before[r * ldc + i] : 0;
      for (size_t j = 0; j < k; j++) sum += (double)a[r * lda + j] * w[i * k + j];
      assert_true(fabs(c[r * ldc + i] - sum) < 3e-7 * (double)(k + 20));
    }
  // A row by itself is the same, bit for bit.
  float *alone = malloc(ldc * sizeof *alone);
  memcpy(alone, before + (m - 1) * ldc, ldc * sizeof *alone);
  ario_multiplier_run(multiplier, 1, weights, a + (m - 1) * lda, lda, biased ? bias : NULL, add, alone, ldc);
  assert_memory_equal(alone, c + (m - 1) * ldc, n * sizeof *alone);
  ario_packed_weights_free(weights);
  free(alone), free(a), free(w), free(bias), free(c), free(before);
}

static void products_are_sums(void **state) {
  (void)state;
  const size_t columns[] = {1, 2, 3, 16, 17, 32, 33, 64, 70}, sums[] = {1, 5, 48, 512, 513, MOST_K};
  for (int kernels = ARIO_KERNELS_FAST; kernels <= ARIO_KERNELS_PLAIN; kernels++)
    for (size_t threads = 1; threads <= 3; threads += 2) {
      ario_multiplier *multiplier;
      assert_ok(ario_multiplier_create((ario_kernels)kernels, threads, &multiplier));
      for (size_t round = 0; round < 54; round++) {
        size_t n = columns[round % 9], k = sums[round / 9], m = 1 + round * 17 % MOST_M;
        // Windows of a signal overlap.
        check(multiplier, m, n, k, round % 4 ? k : (k + 1) / 2, round % 3 == 1, round % 3 == 2);
      }
      ario_multiplier_free(multiplier);
    }
  ario_multiplier_free(NULL);
  ario_packed_weights_free(NULL);
}

// Weights for few rows that f16 holds are kept in it, and those of which it cannot hold one are not: each
// number is what weights for many rows, always fp32, make of it.
static void halves_change_nothing(void **state) {
  (void)state;
  enum { N = 100, K = 700, M = 5 };
  const float beyond[] = {0, 0x1p-24f, -65504, 0x1p-25f, 65520, 1 + 0x1p-11f}; // the last three do not fit
  for (int kernels = ARIO_KERNELS_FAST; kernels <= ARIO_KERNELS_PLAIN; kernels++)
    for (size_t round = 0; round < COUNT_OF(beyond); round++) {
      ario_multiplier *multiplier;
      ario_packed_weights *few, *many;
      assert_ok(ario_multiplier_create((ario_kernels)kernels, 2, &multiplier));
      float *a = random_floats(M * K), *w = random_floats(N * K), *c = random_floats(M * N), expected[M * N];
      for (size_t i = 0; i < N * K; i++) w[i] = ario__f16_float(ario__f16(w[i] / (i % 9 ? 1 : 1 << 16)));
      w[71 * K + 613] = beyond[round];
      memcpy(expected, c, sizeof expected);
      assert_ok(ario_packed_weights_create(multiplier, 1, w, N, K, &few));
      assert_ok(ario_packed_weights_create(multiplier, 100, w, N, K, &many));
      for (size_t r = 0; r < M; r++) // there and back through the panels
        ario_multiplier_run(multiplier, 1, few, a + r * K, K, NULL, true, c + r * N, N);
      ario_multiplier_run(multiplier, M, many, a, K, NULL, true, expected, N);
      assert_memory_equal(c, expected, sizeof expected);
      ario_multiplier_run(multiplier, M, few, a, K, w, false, c, N);
      ario_multiplier_run(multiplier, M, many, a, K, w, false, expected, N);
      assert_memory_equal(c, expected, sizeof expected);
      ario_packed_weights_free(few), ario_packed_weights_free(many), ario_multiplier_free(multiplier);
      free(a), free(w), free(c);
    }
}

static void nothing_and_too_much(void **state) {
  (void)state;
  ario_multiplier *multiplier;
  ario_packed_weights *weights;
  float one = 1;
  assert_status(ario_multiplier_create(ARIO_KERNELS_FAST, 0, &multiplier), ARIO_ERR_ARGUMENT);
  assert_null(multiplier);
  assert_status(ario_multiplier_create(ARIO_KERNELS_FAST, 65, &multiplier), ARIO_ERR_ARGUMENT);
  assert_ok(ario_multiplier_create(ARIO_KERNELS_FAST, 1, &multiplier));
  assert_status(ario_packed_weights_create(multiplier, 1, &one, SIZE_MAX / 8, 16, &weights), ARIO_ERR_LIMIT);
  assert_null(weights);
  assert_ok(ario_packed_weights_create(multiplier, 1, &one, 1, 1, &weights));
  ario_multiplier_run(multiplier, 0, weights, NULL, 1, NULL, false, NULL, 1);
  ario_packed_weights_free(weights);
  ario_multiplier_free(multiplier);
}

static void functions_are_those_of_the_library(void **state) {
  (void)state;
  enum { COUNT = 4001 };
  float x[COUNT], y[COUNT];
  for (size_t i = 0; i < COUNT; i++) x[i] = ((float)i - 2000) / 20;
  ario_elu(y, x, COUNT);
  for (size_t i = 0; i < COUNT; i++) assert_true(fabs(y[i] - (x[i] > 0 ? (double)x[i] : expm1(x[i]))) < 2e-7);
  ario_elu(x, x, COUNT);
  assert_memory_equal(x, y, sizeof x);
  for (size_t round = 0; round < 200; round++) {
    size_t count = 1 + round * 7 % 100, want = 0;
    for (size_t i = 0; i < count; i++) y[i] = (float)((int)(ario__rng_uniform(&rng) * 20) - 10);
    for (size_t i = 1; i < count; i++)
      if (y[i] > y[want]) want = i;
    assert_int_equal(ario_argmax(y, count), want);
  }
}

static void gelu_is_that_of_the_library(void **state) {
  (void)state;
  enum { COUNT = 8001 };
  float x[COUNT], y[COUNT];
  for (size_t i = 0; i < COUNT; i++) x[i] = ((float)i - 4000) / 250;
  ario_gelu(y, x, COUNT);
  for (size_t i = 0; i < COUNT; i++) {
    double want = 0.5 * x[i] * erfc(-x[i] * sqrt(0.5));
    if (!(fabs(y[i] - want) <= 3e-7 * (1 + fabs(x[i])))) fail_msg("gelu(%g) is %g, not %g", x[i], y[i], want);
  }
  ario_gelu(x, x, COUNT);
  assert_memory_equal(x, y, sizeof x);
  const float ends[] = {INFINITY, 1e30f, -1e30f};
  ario_gelu(y, ends, COUNT_OF(ends));
  assert_true(y[0] == ends[0] && y[1] == ends[1] && y[2] == 0);
}

static void rows_are_normed(void **state) {
  (void)state;
  enum { ROWS = 3, WIDTH = 37 };
  float *x = random_floats(ROWS * WIDTH), *w = random_floats(WIDTH), *b = random_floats(WIDTH),
        y[ROWS * WIDTH];
  ario_layer_norm(y, x, w, b, ROWS, WIDTH);
  for (size_t r = 0; r < ROWS; r++) {
    double mean = 0, square = 0;
    for (size_t i = 0; i < WIDTH; i++) mean += x[r * WIDTH + i] / (double)WIDTH;
    for (size_t i = 0; i < WIDTH; i++) square += pow(x[r * WIDTH + i] - mean, 2) / WIDTH;
    for (size_t i = 0; i < WIDTH; i++) {
      double want = (x[r * WIDTH + i] - mean) / sqrt(square + 1e-5) * w[i] + b[i];
      assert_true(fabs(y[r * WIDTH + i] - want) < 3e-6);
    }
  }
  ario_layer_norm(x, x, w, b, ROWS, WIDTH);
  assert_memory_equal(x, y, sizeof y);
  free(x), free(w), free(b);
}

static void a_depthwise_convolution_is_its_sums(void **state) {
  (void)state;
  enum { ROWS = 5, WIDTH = 21 };
  for (size_t kernel = 1; kernel <= 7; kernel += 3) {
    float *x = random_floats((ROWS + kernel - 1) * WIDTH), *w = random_floats(kernel * WIDTH);
    float *b = random_floats(WIDTH), y[ROWS * WIDTH];
    ario_depthwise(y, x, w, b, ROWS, kernel, WIDTH);
    for (size_t r = 0; r < ROWS; r++)
      for (size_t i = 0; i < WIDTH; i++) {
        double want = b[i];
        for (size_t k = 0; k < kernel; k++) want += (double)w[k * WIDTH + i] * x[(r + k) * WIDTH + i];
        assert_true(fabs(y[r * WIDTH + i] - want) < 3e-6);
      }
    free(x), free(w), free(b);
  }
}

static void polar_numbers_are_turned(void **state) {
  (void)state;
  enum { COUNT = 3000 };
  float *levels = random_floats(COUNT), *phases = random_floats(COUNT), out[2 * COUNT];
  for (size_t i = 0; i < COUNT; i++) levels[i] *= 4, phases[i] *= i % 2 ? 3 : 3e5f;
  levels[0] = NAN, levels[1] = INFINITY, levels[2] = -INFINITY;
  phases[3] = NAN, phases[4] = INFINITY, phases[5] = 0x1p20f;
  ario_polar(out, levels, phases, COUNT, 5);
  for (size_t i = 0; i < COUNT; i++) {
    double size = exp(levels[i] < 5 ? levels[i] : 5), phase = fabsf(phases[i]) < 0x1p20f ? phases[i] : 0;
    assert_true(fabs(out[2 * i] - size * cos(phase)) <= 3e-7 * size);
    assert_true(fabs(out[2 * i + 1] - size * sin(phase)) <= 3e-7 * size);
  }
  free(levels), free(phases);
}

// Also of nothing but NaNs, in any count, it is an index.
static void an_argmax_is_an_index(void **state) {
  (void)state;
  float x[67];
  for (size_t count = 1; count <= COUNT_OF(x); count++) {
    for (size_t i = 0; i < count; i++) x[i] = NAN;
    assert_int_equal(ario_argmax(x, count), 0);
    for (size_t i = 0; i < count; i++) {
      x[i] = -INFINITY;
      assert_int_equal(ario_argmax(x, count), i); // the only one that is a number
      x[i] = NAN;
    }
    for (size_t i = 0; i < count; i++) x[i] = -INFINITY;
    assert_int_equal(ario_argmax(x, count), 0);
    x[count - 1] = NAN;
    assert_int_equal(ario_argmax(x, count), 0);
  }
}

static double sigmoid(double x) {
  return 1 / (1 + exp(-x));
}

static void an_lstm_steps(void **state) {
  (void)state;
  enum { WIDTH = 37 };
  float *gates = random_floats(4 * WIDTH), *cell = random_floats(WIDTH), hidden[WIDTH];
  for (size_t i = 0; i < 4 * WIDTH; i++) gates[i] *= 10; // their ends, too
  double cells[WIDTH];
  for (size_t i = 0; i < WIDTH; i++)
    cells[i] = sigmoid(gates[WIDTH + i]) * cell[i] + sigmoid(gates[i]) * tanh(gates[2 * WIDTH + i]);
  ario_lstm_step(gates, WIDTH, cell, hidden);
  for (size_t i = 0; i < WIDTH; i++) {
    assert_true(fabs(cell[i] - cells[i]) < 1e-6);
    assert_true(fabs(hidden[i] - sigmoid(gates[3 * WIDTH + i]) * tanh(cells[i])) < 1e-6);
  }
  free(gates), free(cell);
}

int main(void) {
  ario__rng_seed(&rng, 1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(products_are_sums),
      cmocka_unit_test(halves_change_nothing),
      cmocka_unit_test(nothing_and_too_much),
      cmocka_unit_test(functions_are_those_of_the_library),
      cmocka_unit_test(gelu_is_that_of_the_library),
      cmocka_unit_test(rows_are_normed),
      cmocka_unit_test(a_depthwise_convolution_is_its_sums),
      cmocka_unit_test(polar_numbers_are_turned),
      cmocka_unit_test(an_argmax_is_an_index),
      cmocka_unit_test(an_lstm_steps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
