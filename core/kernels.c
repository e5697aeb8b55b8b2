// SPDX-License-Identifier: MIT
//
// Norm, activations and rotary positions.
#include "kernels.h"

#include <math.h>

enum { LANES = 16 };

// The sum of x [count] in LANES partial sums, which compilers turn into vector additions: an order of our
// choosing, so that no -ffast-math is needed for speed.
static float sum_of(const float *x, size_t count) {
  float partial[LANES] = {0};
  size_t whole = count / LANES * LANES;
  for (size_t i = 0; i < whole; i += LANES)
    for (size_t l = 0; l < LANES; l++) partial[l] += x[i + l];
  for (size_t i = whole; i < count; i++) partial[i - whole] += x[i];
  for (size_t width = LANES / 2; width; width /= 2)
    for (size_t l = 0; l < width; l++) partial[l] += partial[l + width];
  return partial[0];
}

static float squared_distance_sum(const float *x, float mean, size_t count) {
  float partial[LANES] = {0};
  size_t whole = count / LANES * LANES;
  for (size_t i = 0; i < whole; i += LANES)
    for (size_t l = 0; l < LANES; l++) partial[l] += (x[i + l] - mean) * (x[i + l] - mean);
  for (size_t i = whole; i < count; i++) partial[i - whole] += (x[i] - mean) * (x[i] - mean);
  return sum_of(partial, LANES);
}

void ario__norm(float *y, const float *x, const struct ario__norm *norm, size_t rows, size_t channels,
                double eps) {
  for (size_t r = 0; r < rows; r++, x += channels, y += channels) {
    float mean = sum_of(x, channels) / (float)channels;
    float variance = squared_distance_sum(x, mean, channels) / (float)channels;
    float scale = 1.0f / sqrtf(variance + (float)eps);
    for (size_t i = 0; i < channels; i++) y[i] = (x[i] - mean) * scale * norm->weight[i] + norm->bias[i];
  }
}

void ario__norm_back(float *dx, const float *dy, const float *x, const struct ario__norm *norm,
                     const struct ario__norm *d_norm, size_t rows, size_t channels, double eps) {
  for (size_t r = 0; r < rows; r++, x += channels, dx += channels, dy += channels) {
    float mean = sum_of(x, channels) / (float)channels;
    float variance = squared_distance_sum(x, mean, channels) / (float)channels;
    float scale = 1.0f / sqrtf(variance + (float)eps);
    double along = 0, total = 0; // means of dy w, and of dy w times the normed x
    for (size_t i = 0; i < channels; i++) {
      float normed = (x[i] - mean) * scale;
      d_norm->weight[i] += dy[i] * normed;
      d_norm->bias[i] += dy[i];
      total += (double)dy[i] * norm->weight[i];
      along += (double)dy[i] * norm->weight[i] * normed;
    }
    float total_mean = (float)(total / (double)channels), along_mean = (float)(along / (double)channels);
    for (size_t i = 0; i < channels; i++)
      dx[i] = scale * (dy[i] * norm->weight[i] - total_mean - (x[i] - mean) * scale * along_mean);
  }
}

void ario__activate(float *x, ario_activation activation, size_t count) {
  if (activation == ARIO_GELU) {
    const float sqrt_half = 0.70710678f;
    for (size_t i = 0; i < count; i++) x[i] = 0.5f * x[i] * (1.0f + erff(x[i] * sqrt_half));
  } else {
    for (size_t i = 0; i < count; i++) {
      float positive = x[i] > 0 ? x[i] : 0 * x[i]; // 0 * x: a NaN stays one
      x[i] = positive * positive;
    }
  }
}

void ario__activate_back(float *dx, const float *x, ario_activation activation, size_t count) {
  if (activation == ARIO_GELU) {
    const float sqrt_half = 0.70710678f, density = 0.39894228f; // of the normal distribution, at 0
    for (size_t i = 0; i < count; i++)
      dx[i] *= 0.5f * (1.0f + erff(x[i] * sqrt_half)) + x[i] * density * expf(-0.5f * x[i] * x[i]);
  } else {
    for (size_t i = 0; i < count; i++) dx[i] *= x[i] > 0 ? 2 * x[i] : 0;
  }
}

void ario__rotary_frequencies(double *frequencies, size_t pairs, double base) {
  for (size_t i = 0; i < pairs; i++) frequencies[i] = pow(base, -(double)i / (double)pairs);
}

void ario__rotary_angles(float *cosines, float *sines, const double *frequencies, size_t pairs, size_t first,
                         size_t rows) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < pairs; i++) {
      double angle = (double)(first + r) * frequencies[i];
      cosines[r * pairs + i] = (float)cos(angle);
      sines[r * pairs + i] = (float)sin(angle);
    }
}

void ario__rotate(float *x, const float *cosines, const float *sines, size_t pairs, size_t rows, size_t heads,
                  size_t head_channels) {
  for (size_t r = 0; r < rows; r++)
    for (size_t h = 0; h < heads; h++) {
      float *head = x + (r * heads + h) * head_channels; // [head_channels]
      const float *cosine = cosines + r * pairs, *sine = sines + r * pairs;
      for (size_t i = 0; i < pairs; i++) {
        float a = head[2 * i], b = head[2 * i + 1];
        head[2 * i] = a * cosine[i] - b * sine[i];
        head[2 * i + 1] = b * cosine[i] + a * sine[i];
      }
    }
}
