// SPDX-License-Identifier: MIT
//
// Spectra -> sound, against sums in double: the inverse Fourier transform by each of its ways, and frames that overlap. And:
// pushed row by row is what pushed at once is.
#include "codecs/audio/inverse_fft.h"
#include "codecs/audio/overlap.h"
#include "core/base/rng.h"
#include "tests/support/test.h"

#include <math.h>

static struct ario__rng rng;
static const double turn = 6.283185307179586;

static float *random_floats(size_t count, double scale) {
  float *x = malloc((count + 1) * sizeof *x);
  assert_non_null(x);
  for (size_t i = 0; i < count; i++) x[i] = (float)(scale * ario__rng_normal(&rng));
  return x;
}

// Sample n of the inverse transform of a spectrum [window / 2 + 1, 2].
static double sample_of(const double *spectrum, size_t window, size_t n) {
  size_t half = window / 2;
  double sum = spectrum[0] + (n % 2 ? -1 : 1) * spectrum[2 * half];
  for (size_t k = 1; k < half; k++) {
    double angle = turn * (double)(k * n % window) / (double)window;
    sum += 2 * (spectrum[2 * k] * cos(angle) - spectrum[2 * k + 1] * sin(angle));
  }
  return sum;
}

// A sum of window numbers around 1 is around the root of the window; fp32 leaves 1e-6 of it.
static void a_transform_is_its_sum(void **state) {
  (void)state;
  const size_t windows[] = {2, 4, 20, 14, 60, 128, 94, 1920};
  enum { ROWS = 3 };
  for (size_t w = 0; w < COUNT_OF(windows); w++)
    for (int kernels = ARIO_KERNELS_FAST; kernels <= ARIO_KERNELS_PLAIN; kernels++) {
      size_t window = windows[w];
      ario_multiplier *multiplier;
      ario__inverse_fft *fft;
      assert_ok(ario_multiplier_create((ario_kernels)kernels, 1, &multiplier));
      assert_ok(ario__inverse_fft_create(window, ROWS, (ario_kernels)kernels, multiplier, &fft));
      float *spectra = random_floats(ROWS * (window + 2), 1), *frames = random_floats(ROWS * window, 1);
      double *spectrum = malloc((window + 2) * sizeof *spectrum), worst = 0;
      ario__inverse_fft_run(fft, spectra, ROWS, frames);
      for (size_t r = 0; r < ROWS; r++) {
        for (size_t i = 0; i < window + 2; i++) spectrum[i] = spectra[r * (window + 2) + i];
        for (size_t n = 0; n < window; n += 1 + window / 200) {
          double away = fabs(frames[r * window + n] - sample_of(spectrum, window, n));
          if (!(away <= worst)) worst = away;
        }
      }
      if (!(worst <= 3e-6 * sqrt((double)window)))
        fail_msg("window %zu, %s: %g", window, ario_kernels_name((ario_kernels)kernels), worst);
      free(spectrum), free(spectra), free(frames);
      ario__inverse_fft_free(fft);
      ario_multiplier_free(multiplier);
    }
  ario__inverse_fft_free(NULL);
}

static void windows_that_cannot_be_are_refused(void **state) {
  (void)state;
  const size_t windows[] = {0, 1, 3, 1921, ARIO__FFT_MOST + 2};
  ario_multiplier *multiplier;
  ario__inverse_fft *fft;
  assert_ok(ario_multiplier_create(ARIO_KERNELS_FAST, 1, &multiplier));
  for (size_t i = 0; i < COUNT_OF(windows); i++) {
    assert_status(ario__inverse_fft_create(windows[i], 1, ARIO_KERNELS_FAST, multiplier, &fft),
                  ARIO_ERR_LIMIT);
    assert_null(fft);
  }
  ario_multiplier_free(multiplier);
}

// The sound of rows [rows, window + 2], [(rows - lookahead) hop].
static double *sound_of(const ario__overlap_shape *shape, const float *x, size_t rows) {
  size_t window = shape->window, hop = shape->hop, bins = window / 2 + 1, lead = (window - hop) / 2;
  size_t frames = rows > shape->lookahead ? rows - shape->lookahead : 0, all = frames * hop + window;
  double *sum = calloc(2 * all, sizeof *sum), *weight = sum + all;
  double *spectrum = malloc(2 * bins * sizeof *spectrum);
  for (size_t t = 0; t < frames; t++) {
    const float *row = x + (t + shape->lookahead) * 2 * bins;
    for (size_t k = 0; k < bins; k++) {
      double size = exp(row[k] < 10 ? row[k] : 10);
      spectrum[2 * k] = size * cos(row[bins + k]);
      spectrum[2 * k + 1] = size * sin(row[bins + k]);
    }
    for (size_t n = 0; n < window; n++) {
      double hann = 0.5 - 0.5 * cos(turn * (double)n / (double)window);
      sum[t * hop + n] += hann * sample_of(spectrum, window, n) / (double)window;
      weight[t * hop + n] += hann * hann;
    }
  }
  for (size_t n = 0; n < frames * hop; n++) sum[n] = sum[n + lead] / weight[n + lead];
  free(spectrum);
  return sum;
}

// Rows pushed `step` at a time. Returns the samples, whose count is checked.
static float *push_all(const ario__overlap_shape *shape, ario_kernels kernels, const float *x, size_t rows,
                       size_t step) {
  size_t width = shape->window + 2, used = 0, lead = (shape->window - shape->hop) / 2;
  size_t frames = rows > shape->lookahead ? rows - shape->lookahead : 0;
  ario_multiplier *multiplier;
  ario__overlap *overlap;
  assert_ok(ario_multiplier_create(kernels, 1, &multiplier));
  assert_ok(ario__overlap_create(shape, step, kernels, multiplier, &overlap));
  float *out = malloc((rows * shape->hop + shape->window) * sizeof *out);
  for (int round = 0; round < 2; round++) { // and once more after a reset
    used = 0;
    for (size_t at = 0; at < rows || !at; at += step) {
      size_t count = rows - at < step ? rows - at : step;
      used += ario__overlap_push(overlap, x + at * width, count, at + step >= rows, out + used);
      if (at + count > shape->lookahead)
        assert_true(used + lead >= (at + count - shape->lookahead) * shape->hop);
    }
    assert_int_equal(used, frames * shape->hop);
    ario__overlap_reset(overlap);
  }
  ario__overlap_free(overlap);
  ario_multiplier_free(multiplier);
  return out;
}

static void check_sound(const ario__overlap_shape *shape, size_t rows) {
  float *x = random_floats(rows * (shape->window + 2), 2);
  double *want = sound_of(shape, x, rows), loudest = 1e-3;
  size_t samples = rows > shape->lookahead ? (rows - shape->lookahead) * shape->hop : 0;
  for (size_t i = 0; i < samples; i++) loudest = fabs(want[i]) > loudest ? fabs(want[i]) : loudest;
  for (int kernels = ARIO_KERNELS_FAST; kernels <= ARIO_KERNELS_PLAIN; kernels++) {
    float *whole = push_all(shape, (ario_kernels)kernels, x, rows, rows ? rows : 1);
    for (size_t i = 0; i < samples; i++)
      if (!(fabs(whole[i] - want[i]) <= 3e-6 * loudest)) fail_msg("%zu: %g, not %g", i, whole[i], want[i]);
    for (size_t step = 1; step < 6; step += 2) {
      float *pieces = push_all(shape, (ario_kernels)kernels, x, rows, step);
      for (size_t i = 0; i < samples; i++) // products are computed in other tiles
        if (!(fabs(pieces[i] - whole[i]) <= 1e-6 * loudest)) fail_msg("step %zu, sample %zu", step, i);
      free(pieces);
    }
    free(whole);
  }
  free(x), free(want);
}

static void sound_is_the_sum_of_its_frames(void **state) {
  (void)state;
  const ario__overlap_shape shapes[] = {{.window = 4, .hop = 1},
                                        {.window = 20, .hop = 6, .lookahead = 3},
                                        {.window = 60, .hop = 15},
                                        {.window = 14, .hop = 7, .lookahead = 1},
                                        {.window = 64, .hop = 3, .lookahead = 2}};
  const size_t rows[] = {0, 1, 2, 3, 4, 17};
  for (size_t s = 0; s < COUNT_OF(shapes); s++)
    for (size_t i = 0; i < COUNT_OF(rows); i++) check_sound(&shapes[s], rows[i]);
}

// Whatever damaged weights make of a row, sound is finite.
static void sound_is_finite(void **state) {
  (void)state;
  const float odd[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f, 1e7f, 88};
  const ario__overlap_shape shape = {.window = 20, .hop = 5};
  enum { ROWS = 40 };
  float *x = random_floats(ROWS * 22, 3);
  for (size_t i = 0; i < ROWS * 22; i += 3) x[i] = odd[i / 3 % COUNT_OF(odd)];
  float *out = push_all(&shape, ARIO_KERNELS_FAST, x, ROWS, 7);
  for (size_t i = 0; i < ROWS * 5; i++)
    if (!isfinite(out[i])) fail_msg("sample %zu is %g", i, out[i]);
  free(out), free(x);
}

int main(void) {
  ario__rng_seed(&rng, 3);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_transform_is_its_sum), cmocka_unit_test(windows_that_cannot_be_are_refused),
      cmocka_unit_test(sound_is_the_sum_of_its_frames), cmocka_unit_test(sound_is_finite)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
