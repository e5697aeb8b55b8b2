// SPDX-License-Identifier: MIT
//
// Inverse Fourier transforms. The only file that includes KissFFT.
#include "codecs/audio/inverse_fft.h"
#include "codecs/numbers.h"

#include <math.h>
#include <stdlib.h>

#ifdef ARIO_WITH_KISSFFT
#include <kiss_fftr.h>
#endif

struct ario__inverse_fft {
  size_t window;
  void *state; // KissFFT's; NULL: by the matrix
  ario_multiplier *multiplier;
  ario_packed_weights *matrix; // [window, window + 2]
};

#ifdef ARIO_WITH_KISSFFT

// KissFFT allocates memory in each transform whose length has other factors than these.
static bool is_smooth(size_t n) {
  const size_t factors[] = {2, 3, 5};
  for (size_t i = 0; i < sizeof factors / sizeof *factors; i++)
    while (n % factors[i] == 0) n /= factors[i];
  return n == 1;
}

static ario_status make_state(ario__inverse_fft *fft) {
  size_t size = 0;
  (void)kiss_fftr_alloc((int)fft->window, 1, NULL, &size);
  fft->state = malloc(size);
  if (!fft->state || !kiss_fftr_alloc((int)fft->window, 1, fft->state, &size)) return ARIO_ERR_MEMORY;
  return ARIO_OK;
}

static void run_state(const ario__inverse_fft *fft, const float *spectrum, float *frame) {
  kiss_fftri(fft->state, (const kiss_fft_cpx *)spectrum, frame); // a kiss_fft_cpx is two floats
}

#else

static bool is_smooth(size_t n) {
  (void)n;
  return false;
}

static ario_status make_state(ario__inverse_fft *fft) {
  (void)fft;
  return ARIO_ERR_UNSUPPORTED;
}

static void run_state(const ario__inverse_fft *fft, const float *spectrum, float *frame) {
  (void)fft, (void)spectrum, (void)frame;
}

#endif

// Row n of the matrix: what each part of a spectrum adds to sample n. All bins but the first and the last stand for two.
static ario_status make_matrix(ario__inverse_fft *fft, size_t rows) {
  const double turn = 6.283185307179586;
  size_t window = fft->window, bins = window / 2 + 1;
  float *matrix = NULL;
  if (!ario__take(&matrix, window, 2 * bins)) return ARIO_ERR_MEMORY;
  for (size_t n = 0; n < window; n++)
    for (size_t k = 0; k < bins; k++) {
      double angle = turn * (double)(k * n % window) / (double)window, twice = k % (bins - 1) ? 2 : 1;
      matrix[(n * bins + k) * 2] = (float)(twice * cos(angle));
      matrix[(n * bins + k) * 2 + 1] = twice > 1 ? (float)(-twice * sin(angle)) : 0;
    }
  ario_status status =
      ario_packed_weights_create(fft->multiplier, rows, matrix, window, 2 * bins, &fft->matrix);
  free(matrix);
  return status;
}

ario_status ario__inverse_fft_create(size_t window, size_t rows, ario_kernels kernels,
                                     ario_multiplier *multiplier, ario__inverse_fft **out) {
  *out = NULL;
  if (window < 2 || window % 2 || window > ARIO__FFT_MOST) return ARIO_ERR_LIMIT;
  ario__inverse_fft *fft = calloc(1, sizeof *fft);
  if (!fft) return ARIO_ERR_MEMORY;
  fft->window = window;
  fft->multiplier = multiplier;
  bool fast = kernels == ARIO_KERNELS_FAST && is_smooth(window);
  ario_status status = fast ? make_state(fft) : make_matrix(fft, rows);
  if (status)
    ario__inverse_fft_free(fft);
  else
    *out = fft;
  return status;
}

void ario__inverse_fft_free(ario__inverse_fft *fft) {
  if (!fft) return;
  ario_packed_weights_free(fft->matrix);
  free(fft->state);
  free(fft);
}

void ario__inverse_fft_run(ario__inverse_fft *fft, const float *spectra, size_t rows, float *frames) {
  size_t width = fft->window + 2;
  if (fft->matrix)
    ario_multiplier_run(fft->multiplier, rows, fft->matrix, spectra, width, NULL, false, frames, fft->window);
  else
    for (size_t r = 0; r < rows; r++) run_state(fft, spectra + r * width, frames + r * fft->window);
}
