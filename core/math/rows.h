// SPDX-License-Identifier: MIT
//
// The row-by-row kernels, shared among a pool's workers in blocks of rows. A sum over rows is the sum of the
// blocks' sums, in order: the number of workers does not change it.
#ifndef ARIO_ROWS_H
#define ARIO_ROWS_H

#include "core/base/pool.h"
#include "core/math/kernels.h"

// y [rows, channels] = LayerNorm(x)
void ario__rows_norm(struct ario__pool *pool, float *y, const float *x, const struct ario__norm *norm,
                     size_t rows, size_t channels, double eps);

struct ario__norm_gradient {
  const struct ario__norm *norm, *d_norm; // d_norm is added to
  const float *x;                         // [rows, channels] the norm's input
  float *d;       // [rows, channels] gradient of the norm's output; becomes that of its input
  float *stream;  // [rows, channels] that is added to it; NULL: not wanted
  float *scratch; // ario__rows_norm_back_scratch() numbers
  size_t channels;
  double eps;
};
size_t ario__rows_norm_back_scratch(size_t rows, size_t channels);
void ario__rows_norm_back(struct ario__pool *pool, const struct ario__norm_gradient *gradient, size_t rows);

// y [rows, channels] = f(x), f being the activation; y may be x
void ario__rows_activate(struct ario__pool *pool, float *y, const float *x,
                         const struct ario__activation *activation, size_t rows, size_t channels);
// dx [rows, channels] *= f'(x)
void ario__rows_activate_back(struct ario__pool *pool, float *dx, const float *x,
                              const struct ario__activation *activation, size_t rows, size_t channels);

// As ario__rotary_angles, at positions [rows] (NULL: from `first` on), and ario__rotate.
void ario__rows_angles(struct ario__pool *pool, float *cosines, float *sines, const double *frequencies,
                       size_t pairs, const size_t *positions, size_t first, size_t rows);
void ario__rows_rotate(struct ario__pool *pool, float *x, const float *cosines, const float *sines,
                       size_t pairs, size_t rows, size_t heads, size_t head_channels);

#endif
