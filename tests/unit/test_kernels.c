// SPDX-License-Identifier: MIT
//
// Each fast path against its plain twin, and the rest against formulas in double, at shapes that are odd.
#include "core/base/rng.h"
#include "core/math/attention.h"
#include "core/math/rows.h"
#include "core/session/mix.h"
#include "tests/support/test.h"

#include <math.h>

static struct ario__rng rng;

static float *random_floats(size_t count) {
  float *x = malloc((count + 1) * sizeof *x);
  for (size_t i = 0; i < count; i++) x[i] = (float)ario__rng_normal(&rng);
  return x;
}

static void norm_normalises(void **state) {
  (void)state;
  for (size_t channels = 1; channels < 70; channels += 4) {
    float *x = random_floats(3 * channels), *w = random_floats(channels), *b = random_floats(channels);
    float *y = random_floats(3 * channels);
    for (size_t i = 0; i < 3 * channels; i++) x[i] = 3 * x[i] + 10;
    ario__norm(y, x, &(struct ario__norm){w, b}, 3, channels, 1e-5);
    for (size_t r = 0; r < 3; r++) {
      double mean = 0, variance = 0;
      for (size_t i = 0; i < channels; i++) mean += x[r * channels + i] / (double)channels;
      for (size_t i = 0; i < channels; i++) variance += pow(x[r * channels + i] - mean, 2) / (double)channels;
      for (size_t i = 0; i < channels; i++) {
        double expected = (x[r * channels + i] - mean) / sqrt(variance + 1e-5) * w[i] + b[i];
        assert_below(fabs(y[r * channels + i] - expected), channels == 1 ? 1e-2 : 2e-5);
      }
    }
    free(x), free(w), free(b), free(y);
  }
}

static void activations_activate(void **state) {
  (void)state;
  float x[] = {-2, -0.5f, 0, 0.5f, 3, NAN}, y[6];
  memcpy(y, x, sizeof x);
  ario__squared_relu.apply(y, 6);
  const float squared[] = {0, 0, 0, 0.25f, 9};
  for (size_t i = 0; i < 5; i++) assert_float_equal(y[i], squared[i], 0);
  assert_true(isnan(y[5]));
  memcpy(y, x, sizeof x);
  ario__gelu.apply(y, 6);
  for (size_t i = 0; i < 5; i++) assert_below(fabs(y[i] - x[i] / 2 * (1 + erf(x[i] / sqrt(2)))), 1e-6);
}

// What workers share is what the kernel computes; sums over rows, which are cut into blocks, up to rounding.
static void rows_equal_kernels(void **state) {
  (void)state;
  enum { ROWS = 5 * ARIO__BLOCK_ROWS + 7, CHANNELS = 21, COUNT = ROWS * CHANNELS };
  struct ario__pool *pool;
  assert_ok(ario__pool_create(3, 0, &pool));
  float *x = random_floats(COUNT), *d = random_floats(COUNT), *w = random_floats(CHANNELS);
  float *stream = random_floats(COUNT), *shared = random_floats(COUNT), *plain = random_floats(COUNT);
  const struct ario__norm norm = {w, w};
  ario__norm(plain, x, &norm, ROWS, CHANNELS, 1e-5);
  ario__rows_norm(pool, shared, x, &norm, ROWS, CHANNELS, 1e-5);
  assert_memory_equal(shared, plain, COUNT * sizeof *x);
  ario__gelu.back(plain, x, COUNT);
  ario__rows_activate_back(pool, shared, x, &ario__gelu, ROWS, CHANNELS);
  assert_memory_equal(shared, plain, COUNT * sizeof *x);
  memcpy(plain, x, COUNT * sizeof *x);
  ario__gelu.apply(plain, COUNT);
  ario__rows_activate(pool, shared, x, &ario__gelu, ROWS, CHANNELS);
  assert_memory_equal(shared, plain, COUNT * sizeof *x);

  float sums[2][2 * CHANNELS] = {{1}, {1}};
  memcpy(plain, d, COUNT * sizeof *d), memcpy(shared, stream, COUNT * sizeof *d);
  ario__norm_back(plain, x, &norm, &(struct ario__norm){sums[0], sums[0] + CHANNELS}, ROWS, CHANNELS, 1e-5);
  struct ario__norm d_norm = {sums[1], sums[1] + CHANNELS};
  float *scratch = malloc(ario__rows_norm_back_scratch(ROWS, CHANNELS) * sizeof *scratch);
  struct ario__norm_gradient gradient = {&norm, &d_norm, x, d, shared, scratch, CHANNELS, 1e-5};
  ario__rows_norm_back(pool, &gradient, ROWS);
  assert_memory_equal(d, plain, COUNT * sizeof *d);
  for (size_t i = 0; i < COUNT; i++) assert_float_equal(shared[i], stream[i] + d[i], 0);
  for (size_t i = 0; i < 2 * CHANNELS; i++) assert_below(fabsf(sums[1][i] - sums[0][i]), 1e-6f * ROWS);
  free(x), free(d), free(w), free(stream), free(shared), free(plain), free(scratch);
  ario__pool_free(pool);
}

static float exp_alone(float x, float top) {
  ario__exp(&x, 1, top);
  return x;
}

// One part in 1.2e-7 is what a float can tell; the polynomial, the reduction and the sums of floats in it may
// each miss by about half of that. libm in double is the plain twin.
static void exp_equals_libm(void **state) {
  (void)state;
  enum { COUNT = 1 << 20 };
  float *x = malloc(COUNT * sizeof *x), *y = malloc(COUNT * sizeof *y);
  for (size_t i = 0; i < COUNT; i++) x[i] = -87.336f + 176.058f * (float)i / (COUNT - 1); // to 88.722
  memcpy(y, x, COUNT * sizeof *x);
  ario__exp(y, COUNT, 0);
  for (size_t i = 0; i < COUNT; i++) {
    double expected = exp(x[i]);
    if (!(fabs(y[i] - expected) <= 2e-7 * expected))
      fail_msg("e^%.9g is %.9g, not %.9g", x[i], y[i], expected);
    if (exp_alone(x[i], 0) != y[i]) fail_msg("e^%.9g depends on its place", x[i]);
  }
  free(x), free(y);
  const float zero[] = {-INFINITY, -3e38f, -1e6f, -104, -88};
  for (size_t i = 0; i < COUNT_OF(zero); i++) assert_float_equal(exp_alone(zero[i], 0), 0, 0);
  assert_float_equal(exp_alone(3, 3), 1, 0);
  assert_float_equal(exp_alone(-3e38f, 3e38f), 0, 0);
  assert_true(isinf(exp_alone(88.8f, 0)) && isinf(exp_alone(1e30f, 0)) && isinf(exp_alone(INFINITY, 0)));
  assert_true(isnan(exp_alone(NAN, 0)) && isnan(exp_alone(-INFINITY, -INFINITY)));
}

static void softmax_rows(void **state) {
  (void)state;
  for (size_t count = 0; count < 70; count++) {
    float *x = random_floats(count), *d = random_floats(count), *weights = malloc((count + 1) * sizeof *x);
    float top = -INFINITY;
    for (size_t i = 0; i < count; i++) top = fmaxf(top, x[i]);
    assert_float_equal(ario__max(x, count, -INFINITY), top, 0);
    assert_float_equal(ario__max(x, count, 100), 100, 0);
    double sum = 0;
    memcpy(weights, x, count * sizeof *x);
    float fast = ario__exp(weights, count, 1);
    for (size_t i = 0; i < count; i++) sum += exp((double)x[i] - 1);
    assert_below(fabs(fast - sum), 1e-6 * sum + 1e-30); // some sums of floats in each lane
    for (size_t i = 0; i < count; i++) x[i] = d[i];
    ario__exp_back(d, weights, count, 0.5f);
    for (size_t i = 0; i < count; i++) assert_float_equal(d[i], weights[i] * (x[i] - 0.5f), 0);
    free(x), free(d), free(weights);
  }
}

// A rotation keeps lengths, and the product of a rotated query and key depends on the distance of their
// positions alone.
static void rotation_is_relative(void **state) {
  (void)state;
  enum { PAIRS = 3, CHANNELS = 8, HEADS = 2, WIDTH = CHANNELS * HEADS };
  double frequencies[PAIRS], product[3];
  ario__rotary_frequencies(frequencies, PAIRS, 10000);
  assert_float_equal(frequencies[0], 1, 0);
  const size_t query_at[] = {5, 105, 100005}, key_at[] = {2, 102, 100002};
  float *q0 = random_floats(WIDTH), *k0 = random_floats(WIDTH);
  for (size_t i = 0; i < 3; i++) {
    float q[WIDTH], k[WIDTH], cosines[PAIRS], sines[PAIRS];
    memcpy(q, q0, sizeof q), memcpy(k, k0, sizeof k);
    ario__rotary_angles(cosines, sines, frequencies, PAIRS, query_at[i], 1);
    ario__rotate(q, cosines, sines, PAIRS, 1, HEADS, CHANNELS);
    ario__rotary_angles(cosines, sines, frequencies, PAIRS, key_at[i], 1);
    ario__rotate(k, cosines, sines, PAIRS, 1, HEADS, CHANNELS);
    product[i] = 0;
    for (size_t j = 0; j < CHANNELS; j++) product[i] += (double)q[j] * k[j];
    assert_float_equal(q[6], q0[6], 0); // beyond the rotated part
    assert_float_equal(q[CHANNELS + 7], q0[CHANNELS + 7], 0);
    assert_true(q[0] != q0[0]);
  }
  assert_below(fabs(product[1] - product[0]), 1e-5);
  assert_below(fabs(product[2] - product[0]), 1e-5);
  free(q0), free(k0);
}

// Against libm, at all distances that a model of 131,072 positions and beyond has: both are rounded from
// double to fp32, so they may differ where a number falls between two, by half of 2^-24 at most.
static void angles_equal_libm(void **state) {
  (void)state;
  enum { PAIRS = 21, ROWS = 3 };
  double frequencies[PAIRS];
  float cosines[ROWS * PAIRS], sines[ROWS * PAIRS];
  ario__rotary_frequencies(frequencies, PAIRS, 10000);
  for (size_t first = 0; first < 1 << 19; first += 1 + first / 50) {
    ario__rotary_angles(cosines, sines, frequencies, PAIRS, first, ROWS);
    for (size_t i = 0; i < ROWS * PAIRS; i++) {
      double angle = (double)(first + i / PAIRS) * frequencies[i % PAIRS];
      assert_below(fabs(cosines[i] - cos(angle)), 3.1e-8);
      assert_below(fabs(sines[i] - sin(angle)), 3.1e-8);
    }
  }
}

// What attention is about: rows of queries, and keys and values of a row of positions from 0 on.
struct attention {
  size_t rows, heads, channels;
  const float *q;     // [rows, heads * channels]
  const float *k, *v; // head h's at position p is at h * head_step + p * step
  size_t head_step, step;
  const struct ario__sight *sights; // [rows]
};

// The plain way, in double.
static void attention_reference(const struct attention *a, double *out) {
  size_t width = a->heads * a->channels;
  for (size_t r = 0; r < a->rows; r++)
    for (size_t h = 0; h < a->heads; h++) {
      double total = 0, *row = out + r * width + h * a->channels;
      for (size_t i = 0; i < a->channels; i++) row[i] = 0;
      for (size_t p = a->sights[r].oldest; p <= a->sights[r].newest; p++) {
        size_t place = h * a->head_step + p * a->step;
        double score = 0;
        for (size_t i = 0; i < a->channels; i++)
          score += (double)a->q[r * width + h * a->channels + i] * a->k[place + i];
        double weight = exp(score / sqrt((double)a->channels));
        total += weight;
        for (size_t i = 0; i < a->channels; i++) row[i] += weight * a->v[place + i];
      }
      for (size_t i = 0; i < a->channels; i++) row[i] /= total;
    }
}

static void assert_mixed(const struct attention *a, const float *out, const char *what) {
  size_t width = a->heads * a->channels;
  double *expected = malloc(a->rows * width * sizeof *expected);
  attention_reference(a, expected);
  for (size_t i = 0; i < a->rows * width; i++)
    if (!(fabs(out[i] - expected[i]) < 5e-6))
      fail_msg("%s, %zu rows: [%zu] is %g, expected %g", what, a->rows, i, out[i], expected[i]);
  free(expected);
}

enum { HEADS = 3, CHANNELS = 10, WIDTH = HEADS * CHANNELS };

// Sights of the newest `rows` of `count` positions, of which those from `oldest` on are seen.
static struct ario__sight *newest_sights(size_t rows, size_t count, size_t oldest) {
  struct ario__sight *sights = malloc(rows * sizeof *sights);
  for (size_t r = 0; r < rows; r++) sights[r] = (struct ario__sight){oldest, count - rows + r};
  return sights;
}

static float *sharp_queries(size_t rows) {
  float *q = random_floats(rows * WIDTH);
  for (size_t i = 0; i < rows * WIDTH; i++) q[i] *= 3; // sharper weights
  return q;
}

static void compare_attention(size_t rows, size_t keys, size_t threads, const struct ario__gemm *gemm) {
  struct ario__pool *pool;
  assert_ok(ario__gemm_pool(gemm, threads, &pool));
  float *q = sharp_queries(rows), *k = random_floats(keys * WIDTH), *v = random_floats(keys * WIDTH);
  float *out = random_floats(rows * WIDTH);
  struct ario__sight *sights = newest_sights(rows, keys, 0);
  struct ario__attention_job job = {.gemm = gemm,
                                    .heads = HEADS,
                                    .head_channels = CHANNELS,
                                    .queries = q,
                                    .rows = rows,
                                    .position = 1000 + keys - rows,
                                    .keys = k,
                                    .values = v,
                                    .capacity = keys,
                                    .run = {0, 1000, keys},
                                    .out = out,
                                    .pool = pool};
  job.scratch = malloc(threads * ario__attention_scratch(CHANNELS) * sizeof(float));
  ario__attention_run(&job);
  assert_mixed(&(struct attention){rows, HEADS, CHANNELS, q, k, v, keys * CHANNELS, CHANNELS, sights}, out,
               gemm->name);
  free(job.scratch), free(q), free(k), free(v), free(out), free(sights);
  ario__pool_free(pool);
}

static const size_t attention_shapes[][2] = {{1, 1},   {1, 300}, {3, 3},    {65, 65},   {33, 1000},
                                             {1, 513}, {40, 70}, {64, 256}, {100, 600}, {32, 257}};

static void attention_equals_reference(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(attention_shapes); i++)
    for (size_t threads = 1; threads <= 3; threads++)
      for (ario_kernels kernels = ARIO_KERNELS_FAST; kernels <= ARIO_KERNELS_PLAIN; kernels++)
        compare_attention(attention_shapes[i][0], attention_shapes[i][1], threads,
                          ario__gemm_of(kernels, ARIO_PRECISION_FP32));
}

// A session's: `positions` have been stored one after the other in a ring that holds the newest `context`.
static void compare_mix(size_t rows, size_t positions, size_t context, size_t threads,
                        const struct ario__micro *micro) {
  ario_config config = ario_config_default();
  config.channels = WIDTH, config.heads = HEADS;
  struct ario__arena arena = {0};
  struct ario__kv kv;
  struct ario__pool *pool;
  assert_ok(ario__pool_create(threads, ario__mix_scratch(CHANNELS), &pool));
  ario__kv_carve(&kv, &config, ARIO_PRECISION_FP32, context, &arena);
  char *block = ario__block(arena.used);
  ario__kv_carve(&kv, &config, ARIO_PRECISION_FP32, context, &(struct ario__arena){.base = block});
  float *q = sharp_queries(rows), *k = random_floats(positions * WIDTH),
        *v = random_floats(positions * WIDTH);
  float *out = random_floats(rows * WIDTH);
  struct ario__sight *sights = newest_sights(rows, positions, positions > context ? positions - context : 0);
  for (size_t p = 0, count; p < positions; p += count) { // in pieces that end where the ring does
    size_t slot = p % kv.capacity, to_end = kv.capacity - slot;
    count = 1 + p % 100 < to_end ? 1 + p % 100 : to_end;
    if (count > positions - p) count = positions - p;
    ario__kv_store(&kv, pool, micro, k + p * WIDTH, v + p * WIDTH, count, slot);
  }
  ario__mix_run(&(struct ario__mix_job){.micro = micro,
                                        .precision = ARIO_PRECISION_FP32,
                                        .heads = HEADS,
                                        .channels = CHANNELS,
                                        .queries = q,
                                        .out = out,
                                        .rows = rows,
                                        .sights = sights,
                                        .sources = &(struct ario__mix_source){&kv, 0, positions, 0, rows},
                                        .source_count = 1,
                                        .pool = pool});
  assert_mixed(&(struct attention){rows, HEADS, CHANNELS, q, k, v, CHANNELS, WIDTH, sights}, out,
               micro->name);
  free(block), free(q), free(k), free(v), free(out), free(sights);
  ario__pool_free(pool);
}

static void mix_equals_reference(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(attention_shapes); i++)
    for (size_t threads = 1; threads <= 3; threads++) {
      size_t rows = attention_shapes[i][0], positions = attention_shapes[i][1];
      compare_mix(rows, positions, positions, threads, ario__micro_best());
      compare_mix(rows, positions, positions, threads, &ario__micro_plain);
      // Where the ring has gone round, once or several times.
      compare_mix(rows, positions + 700, positions, threads, ario__micro_best());
      compare_mix(rows, positions + 257, positions, threads, &ario__micro_plain);
    }
}

static void count_task(void *context, size_t task, size_t worker) {
  assert_true(worker < 4);
  ((unsigned char *)context)[task]++;
}

// Freed while its workers are still starting, or falling asleep, or at work on a round.
static void pool_can_end_at_any_moment(void **state) {
  (void)state;
  for (size_t i = 0; i < 3000; i++) {
    struct ario__pool *pool;
    unsigned char done[8] = {0};
    assert_ok(ario__pool_create(2 + i % 3, 0, &pool));
    if (i % 4) ario__pool_run(pool, count_task, done, i % 8);
    ario__pool_free(pool);
  }
}

static void pool_runs_every_task_once(void **state) {
  (void)state;
  for (size_t threads = 1; threads <= 4; threads++) {
    struct ario__pool *pool;
    assert_ok(ario__pool_create(threads, 0, &pool));
    for (size_t round = 0; round < 500; round++) {
      unsigned char done[50] = {0};
      size_t count = round % 50;
      ario__pool_run(pool, count_task, done, count);
      for (size_t i = 0; i < 50; i++) assert_int_equal(done[i], i < count);
    }
    ario__pool_free(pool);
  }
  ario__pool_free(NULL);
}

int main(void) {
  ario__rng_seed(&rng, 1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(norm_normalises),
      cmocka_unit_test(activations_activate),
      cmocka_unit_test(rotation_is_relative),
      cmocka_unit_test(angles_equal_libm),
      cmocka_unit_test(rows_equal_kernels),
      cmocka_unit_test(exp_equals_libm),
      cmocka_unit_test(softmax_rows),
      cmocka_unit_test(attention_equals_reference),
      cmocka_unit_test(mix_equals_reference),
      cmocka_unit_test(pool_runs_every_task_once),
      cmocka_unit_test(pool_can_end_at_any_moment),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
