// SPDX-License-Identifier: MIT
//
// What is computed row by row between the matrix products. All sums run in a fixed order.
#ifndef ARIO_KERNELS_H
#define ARIO_KERNELS_H

#include "arioso/status.h"

#include <math.h>

// Scale and offset of a LayerNorm.
struct ario__norm {
  float *weight; // [D]
  float *bias;   // [D]
};

// Marks a function that is compiled for several instruction sets; the best one for the machine is chosen when
// the program is loaded. None of them fuses multiplications with additions, and sums are written out in
// lanes, so all compute the same bits. Not with sanitizers: they must have started before the choice is made,
// and have not.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__) &&                 \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ARIO__CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define ARIO__CLONES
#endif

// y [rows, channels] = LayerNorm(x) with scale and offset
void ario__norm(float *y, const float *x, const struct ario__norm *norm, size_t rows, size_t channels,
                double eps);

// d [rows, channels] is the gradient of y and becomes that of x. The gradients of scale and offset are added
// to d_norm.
void ario__norm_back(float *d, const float *x, const struct ario__norm *norm, const struct ario__norm *d_norm,
                     size_t rows, size_t channels, double eps);

// The largest of `floor` and x [count]; NaNs are skipped.
float ario__max(const float *x, size_t count, float floor);

// x [count] = e^(x - top), within 2e-7 relative. Results below the normal numbers are 0; a NaN stays a NaN.
// Returns their sum.
float ario__exp(float *x, size_t count, float top);

// A softmax of one query over scores that come in parts (Milakov and Gimelshein 2018, arXiv 1805.02867).
// `mixed` and `sum` are the weighted values and the sum of the weights so far, both relative to `top`, the
// largest score so far (-infinity before the first part).
struct ario__softmax {
  float *scores; // [cols] of this part
  float *mixed;  // [channels]
  size_t channels;
  float *top, *sum;
};

// Turns scores from .. until - 1 (until is limited to cols) into weights e^(score - top), adds them to the
// sum, and rescales what was mixed before. All other scores become 0: they are not seen.
void ario__softmax_fold(const struct ario__softmax *softmax, size_t from, size_t until, size_t cols);

// The functions of arioso/products.h.
void ario__elu(float *out, const float *x, size_t count);
void ario__gelu_of(float *out, const float *x, size_t count);
void ario__depthwise(float *restrict out, const float *restrict x, const float *restrict weight,
                     const float *restrict bias, size_t rows, size_t kernel, size_t channels);
void ario__polar(float *restrict out, const float *restrict levels, const float *restrict phases,
                 size_t count, float loudest);
void ario__add_products(float *restrict x, const float *restrict a, const float *restrict b, size_t count);
size_t ario__argmax(const float *x, size_t count);
void ario__lstm_step(const float *gates, size_t width, float *cell, float *hidden);

// Backward pass of a softmax with weights x [count]: d [count] = x * (d - mean).
void ario__exp_back(float *d, const float *x, size_t count, float mean);

// False if the magnitude of any of x [count] is `limit` or more, or if there is a NaN.
bool ario__all_below(const float *x, size_t count, float limit);

static inline bool ario__all_finite(const float *x, size_t count) {
  return ario__all_below(x, count, INFINITY);
}

// Dot product of x and y [count].
float ario__dot(const float *x, const float *y, size_t count);

// Sum of the squares of x [count], in double.
double ario__square_sum(const float *x, size_t count);

// x [count] *= scale
void ario__scale(float *x, size_t count, float scale);

// x [count] += y
void ario__add(float *restrict x, const float *restrict y, size_t count);

// An activation f.
struct ario__activation {
  void (*apply)(float *x, size_t count);                 // x [count] = f(x)
  void (*back)(float *dx, const float *x, size_t count); // dx [count] *= f'(x), x being what went into f
};
extern const struct ario__activation ario__squared_relu, ario__gelu;

// Rotary positions (Su et al. 2021, arXiv 2104.09864): the first 2 * pairs channels of each head are rotated
// as adjacent pairs, pair i by the angle position * frequencies[i].

// frequencies [pairs] = base^(-2i / (2 * pairs))
void ario__rotary_frequencies(double *frequencies, size_t pairs, double base);

// cosines, sines [rows, pairs] of positions first .. first + rows - 1, computed in double
void ario__rotary_angles(float *restrict cosines, float *restrict sines, const double *restrict frequencies,
                         size_t pairs, size_t first, size_t rows);

enum { ARIO__MOST_WAVES = 30 };

// x [2 * waves] += cosine and sine of the position in waves of 4, 8, 16 .. positions
void ario__add_waves(float *x, size_t waves, size_t position);

// Rotates x [rows, heads * head_channels] in place.
void ario__rotate(float *x, const float *cosines, const float *sines, size_t pairs, size_t rows, size_t heads,
                  size_t head_channels);

#endif
