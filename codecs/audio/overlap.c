// SPDX-License-Identifier: MIT
//
// Rows of log-magnitudes and phases -> sound.
#include "codecs/audio/overlap.h"
#include "codecs/audio/inverse_fft.h"
#include "codecs/numbers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// e^10 is the magnitude of a sine of 27 dB over full scale at a window of 1,920; beyond lies only damage.
static const float loudest = 10;

struct ario__overlap {
  ario__overlap_shape shape;
  ario__inverse_fft *fft;
  float *spectra;      // [most, window + 2]
  float *frames;       // [most, window]
  float *shares;       // [window] the window, divided by its length
  float *squares;      // [window] its square
  float *sum, *weight; // [window] of the samples that are not complete: their sums, and those of the squares
  size_t early, missing; // rows, then samples, that are still to be dropped
};

static void fill_window(ario__overlap *o) {
  size_t window = o->shape.window;
  for (size_t i = 0; i < window; i++) {
    double hann = 0.5 - 0.5 * cos(6.283185307179586 * (double)i / (double)window);
    o->shares[i] = (float)(hann / (double)window);
    o->squares[i] = (float)(hann * hann);
  }
}

ario_status ario__overlap_create(const ario__overlap_shape *shape, size_t most, ario_kernels kernels,
                                 ario_multiplier *multiplier, ario__overlap **out) {
  *out = NULL;
  size_t window = shape->window;
  ario__overlap *o = calloc(1, sizeof *o);
  if (!o) return ARIO_ERR_MEMORY;
  o->shape = *shape;
  bool good = ario__take(&o->spectra, most, window + 2) && ario__take(&o->frames, most, window) &&
              ario__take(&o->shares, 1, window) && ario__take(&o->squares, 1, window) &&
              ario__take(&o->sum, 1, window) && ario__take(&o->weight, 1, window);
  ario_status status =
      good ? ario__inverse_fft_create(window, most, kernels, multiplier, &o->fft) : ARIO_ERR_MEMORY;
  if (status) {
    ario__overlap_free(o);
    return status;
  }
  fill_window(o);
  ario__overlap_reset(o);
  *out = o;
  return ARIO_OK;
}

void ario__overlap_free(ario__overlap *o) {
  if (!o) return;
  ario__inverse_fft_free(o->fft);
  free(o->spectra);
  free(o->frames);
  free(o->shares);
  free(o->squares);
  free(o->sum);
  free(o->weight);
  free(o);
}

void ario__overlap_reset(ario__overlap *o) {
  memset(o->sum, 0, o->shape.window * sizeof *o->sum);
  memset(o->weight, 0, o->shape.window * sizeof *o->weight);
  o->early = o->shape.lookahead;
  o->missing = ario__overlap_lead(&o->shape);
}

// Writes the first `count` samples, which are complete, but for those before the beginning of the sound.
static size_t complete(ario__overlap *o, size_t count, float *out) {
  size_t from = o->missing < count ? o->missing : count;
  o->missing -= from;
  for (size_t i = from; i < count; i++) *out++ = o->sum[i] / o->weight[i];
  return count - from;
}

static void move_on(float *x, size_t window, size_t hop) {
  memmove(x, x + hop, (window - hop) * sizeof *x);
  memset(x + window - hop, 0, hop * sizeof *x);
}

static size_t add_frame(ario__overlap *o, const float *frame, float *out) {
  size_t window = o->shape.window, hop = o->shape.hop;
  ario_add_products(o->sum, frame, o->shares, window);
  for (size_t i = 0; i < window; i++) o->weight[i] += o->squares[i];
  size_t made = complete(o, hop, out);
  move_on(o->sum, window, hop);
  move_on(o->weight, window, hop);
  return made;
}

size_t ario__overlap_push(ario__overlap *o, const float *x, size_t rows, bool end, float *out) {
  size_t width = o->shape.window + 2, early = o->early < rows ? o->early : rows, made = 0;
  o->early -= early;
  rows -= early;
  x += early * width;
  for (size_t r = 0; r < rows; r++)
    ario_polar(o->spectra + r * width, x + r * width, x + r * width + width / 2, width / 2, loudest);
  ario__inverse_fft_run(o->fft, o->spectra, rows, o->frames);
  for (size_t r = 0; r < rows; r++) made += add_frame(o, o->frames + r * o->shape.window, out + made);
  if (end) made += complete(o, ario__overlap_lead(&o->shape), out + made);
  return made;
}
