// SPDX-License-Identifier: MIT
//
// What is computed row by row between the matrix products. All sums run in a fixed order.
#ifndef ARIO_KERNELS_H
#define ARIO_KERNELS_H

#include "params.h"

// y [rows, channels] = LayerNorm(x) with scale and offset
void ario__norm(float *y, const float *x, const struct ario__norm *norm, size_t rows, size_t channels,
                double eps);

// dx [rows, channels] = the gradient of that by x, given dy [rows, channels]; adds those of scale and offset
// to d_norm. dx may be dy.
void ario__norm_back(float *dx, const float *dy, const float *x, const struct ario__norm *norm,
                     const struct ario__norm *d_norm, size_t rows, size_t channels, double eps);

// x [count] = activation(x)
void ario__activate(float *x, ario_activation activation, size_t count);

// dx [count] *= activation'(x), x being what went into the activation
void ario__activate_back(float *dx, const float *x, ario_activation activation, size_t count);

// Rotary positions (Su et al. 2021, arXiv 2104.09864): the first 2 * pairs channels of each head are rotated
// as adjacent pairs, pair i by the angle position * frequencies[i].

// frequencies [pairs] = base^(-2i / (2 * pairs))
void ario__rotary_frequencies(double *frequencies, size_t pairs, double base);

// cosines, sines [rows, pairs] for positions first .. first + rows - 1; computed in double
void ario__rotary_angles(float *cosines, float *sines, const double *frequencies, size_t pairs, size_t first,
                         size_t rows);

// x [rows, heads * head_channels], in place
void ario__rotate(float *x, const float *cosines, const float *sines, size_t pairs, size_t rows, size_t heads,
                  size_t head_channels);

#endif
