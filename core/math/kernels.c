// SPDX-License-Identifier: MIT
//
// Norm, softmax weights, activations and rotary positions.
#include "core/math/kernels.h"

#include <math.h>
#include <string.h>

enum { LANES = 16 };

// Sums run in lanes, which compilers turn into vector additions. The order is ours, so -ffast-math is not
// needed for speed.
static inline float sum_of_lanes(float lanes[LANES]) {
  for (size_t width = LANES / 2; width; width /= 2)
    for (size_t l = 0; l < width; l++) lanes[l] += lanes[l + width];
  return lanes[0];
}

static inline float sum_of(const float *x, size_t count) {
  float lanes[LANES] = {0};
  size_t whole = count / LANES * LANES;
  for (size_t i = 0; i < whole; i += LANES)
    for (size_t l = 0; l < LANES; l++) lanes[l] += x[i + l];
  for (size_t i = whole; i < count; i++) lanes[i - whole] += x[i];
  return sum_of_lanes(lanes);
}

static inline float squared_distance_sum(const float *x, float mean, size_t count) {
  float lanes[LANES] = {0};
  size_t whole = count / LANES * LANES;
  for (size_t i = 0; i < whole; i += LANES)
    for (size_t l = 0; l < LANES; l++) lanes[l] += (x[i + l] - mean) * (x[i + l] - mean);
  for (size_t i = whole; i < count; i++) lanes[i - whole] += (x[i] - mean) * (x[i] - mean);
  return sum_of_lanes(lanes);
}

static inline float product_sum(const float *x, const float *y, size_t count) {
  float lanes[LANES] = {0};
  size_t whole = count / LANES * LANES;
  for (size_t i = 0; i < whole; i += LANES)
    for (size_t l = 0; l < LANES; l++) lanes[l] += x[i + l] * y[i + l];
  for (size_t i = whole; i < count; i++) lanes[i - whole] += x[i] * y[i];
  return sum_of_lanes(lanes);
}

// The mean that one row's norm subtracts, and the scale that it multiplies by.
static inline void statistics(const float *x, size_t channels, double eps, float *mean, float *scale) {
  *mean = sum_of(x, channels) / (float)channels;
  float variance = squared_distance_sum(x, *mean, channels) / (float)channels;
  *scale = 1.0f / sqrtf(variance + (float)eps);
}

ARIO__CLONES
void ario__norm(float *y, const float *x, const struct ario__norm *norm, size_t rows, size_t channels,
                double eps) {
  const float *weight = norm->weight, *bias = norm->bias;
  for (size_t r = 0; r < rows; r++, x += channels, y += channels) {
    float mean, scale;
    statistics(x, channels, eps, &mean, &scale);
    for (size_t i = 0; i < channels; i++) y[i] = (x[i] - mean) * scale * weight[i] + bias[i];
  }
}

// The sum of d * w * norm(x).
static inline float normed_sum(const float *d, const float *w, const float *x, float mean, float scale,
                               size_t count) {
  float lanes[LANES] = {0};
  size_t whole = count / LANES * LANES;
  for (size_t i = 0; i < whole; i += LANES)
    for (size_t l = 0; l < LANES; l++) lanes[l] += d[i + l] * w[i + l] * ((x[i + l] - mean) * scale);
  for (size_t i = whole; i < count; i++) lanes[i - whole] += d[i] * w[i] * ((x[i] - mean) * scale);
  return sum_of_lanes(lanes);
}

ARIO__CLONES
void ario__norm_back(float *d, const float *x, const struct ario__norm *norm, const struct ario__norm *d_norm,
                     size_t rows, size_t channels, double eps) {
  const float *weight = norm->weight;
  float *d_weight = d_norm->weight, *d_bias = d_norm->bias;
  for (size_t r = 0; r < rows; r++, x += channels, d += channels) {
    float mean, scale;
    statistics(x, channels, eps, &mean, &scale);
    for (size_t i = 0; i < channels; i++) d_bias[i] += d[i];
    for (size_t i = 0; i < channels; i++) d_weight[i] += d[i] * ((x[i] - mean) * scale);
    float total = product_sum(d, weight, channels) / (float)channels;
    float along = normed_sum(d, weight, x, mean, scale, channels) / (float)channels;
    for (size_t i = 0; i < channels; i++)
      d[i] = scale * (d[i] * weight[i] - total - (x[i] - mean) * scale * along);
  }
}

ARIO__CLONES
float ario__max(const float *x, size_t count, float floor) {
  float lanes[LANES];
  for (size_t l = 0; l < LANES; l++) lanes[l] = floor;
  size_t whole = count / LANES * LANES;
  for (size_t i = 0; i < whole; i += LANES)
    for (size_t l = 0; l < LANES; l++) lanes[l] = x[i + l] > lanes[l] ? x[i + l] : lanes[l];
  for (size_t i = whole; i < count; i++) lanes[0] = x[i] > lanes[0] ? x[i] : lanes[0];
  for (size_t l = 1; l < LANES; l++) lanes[0] = lanes[l] > lanes[0] ? lanes[l] : lanes[0];
  return lanes[0];
}

// e^x = 2^n e^r, |r| <= ln 2 / 2
//
// e^r = 1 + r + r^2 q(r), where q is the polynomial of degree 5 through (e^r - 1 - r) / r^2 at the six
// Chebyshev nodes of that interval: within 8e-10 of e^r before rounding. There is no branch and no call, so
// compilers can vectorise loops over it.
static inline float exp_of(float x) {
  const float lowest = -87.33654f, highest = 88.72283f; // below: 0 (or less than the normal numbers); above:
                                                        // infinity
  const float to_whole = 12582912.0f;                   // 1.5 * 2^23: adding it rounds to a whole number
  const float log2_e = 1.44269504f, ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
  float shifted = x * log2_e + to_whole, n = shifted - to_whole;
  float r = x - n * ln2_high - n * ln2_low;
  float p = 1.989103039e-4f;
  p = p * r + 1.393368584e-3f;
  p = p * r + 8.333310485e-3f;
  p = p * r + 4.166646302e-2f;
  p = p * r + 1.666666716e-1f;
  p = p * r + 0.5f;
  p = p * (r * r) + r + 1;
  uint32_t bits, power; // n is in the low bits of `shifted`; added to the exponent it multiplies by 2^n
  memcpy(&bits, &p, sizeof bits);
  memcpy(&power, &shifted, sizeof power);
  bits += power << 23;
  memcpy(&p, &bits, sizeof p);
  p = x < lowest ? 0 : p;
  p = x > highest ? INFINITY : p;
  return x == x ? p : x;
}

ARIO__CLONES
float ario__exp(float *x, size_t count, float top) {
  for (size_t i = 0; i < count; i++) x[i] = exp_of(x[i] - top);
  return sum_of(x, count);
}

void ario__softmax_fold(const struct ario__softmax *s, size_t from, size_t until, size_t cols) {
  if (until > cols) until = cols;
  if (until <= from) {
    memset(s->scores, 0, cols * sizeof *s->scores);
    return;
  }
  float top = ario__max(s->scores + from, until - from, *s->top), fade = expf(*s->top - top);
  float sum = ario__exp(s->scores + from, until - from, top);
  memset(s->scores, 0, from * sizeof *s->scores);
  memset(s->scores + until, 0, (cols - until) * sizeof *s->scores);
  if (fade != 1.0f)
    for (size_t i = 0; i < s->channels; i++) s->mixed[i] *= fade;
  *s->top = top;
  *s->sum = *s->sum * fade + sum;
}

ARIO__CLONES
void ario__elu(float *out, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float below = exp_of(x[i]) - 1;
    out[i] = x[i] > 0 ? x[i] : below;
  }
}

ARIO__CLONES
float ario__dot(const float *x, const float *y, size_t count) {
  return product_sum(x, y, count);
}

// Finds the value first, in lanes, then the block that holds it, in lanes again. Where all are NaN, nothing
// equals it.
ARIO__CLONES
size_t ario__argmax(const float *x, size_t count) {
  float top = ario__max(x, count, -INFINITY);
  size_t at = 0;
  for (; at + LANES <= count; at += LANES) {
    int found = 0;
    for (size_t l = 0; l < LANES; l++) found |= x[at + l] == top;
    if (found) break;
  }
  while (at < count && x[at] != top) at++;
  return at < count ? at : 0;
}

ARIO__CLONES
bool ario__all_below(const float *x, size_t count, float limit) {
  int beyond = 0;
  for (size_t i = 0; i < count; i++) beyond |= !(fabsf(x[i]) < limit); // a NaN is below nothing
  return !beyond;
}

static inline float sigmoid_of(float x) {
  return 1 / (1 + exp_of(-x));
}

static inline float tanh_of(float x) {
  return 1 - 2 / (1 + exp_of(2 * x));
}

ARIO__CLONES
void ario__lstm_step(const float *gates, size_t width, float *cell, float *hidden) {
  const float *in = gates, *forget = gates + width, *fresh = gates + 2 * width, *out = gates + 3 * width;
  for (size_t i = 0; i < width; i++)
    cell[i] = sigmoid_of(forget[i]) * cell[i] + sigmoid_of(in[i]) * tanh_of(fresh[i]);
  for (size_t i = 0; i < width; i++) hidden[i] = sigmoid_of(out[i]) * tanh_of(cell[i]);
}

ARIO__CLONES
void ario__exp_back(float *d, const float *x, size_t count, float mean) {
  for (size_t i = 0; i < count; i++) d[i] = x[i] * (d[i] - mean);
}

ARIO__CLONES
double ario__square_sum(const float *x, size_t count) {
  double lanes[LANES] = {0}, sum = 0;
  size_t whole = count / LANES * LANES;
  for (size_t i = 0; i < whole; i += LANES)
    for (size_t l = 0; l < LANES; l++) lanes[l] += (double)x[i + l] * x[i + l];
  for (size_t i = whole; i < count; i++) lanes[i - whole] += (double)x[i] * x[i];
  for (size_t l = 0; l < LANES; l++) sum += lanes[l];
  return sum;
}

ARIO__CLONES
void ario__scale(float *x, size_t count, float scale) {
  for (size_t i = 0; i < count; i++) x[i] *= scale;
}

ARIO__CLONES
void ario__add(float *restrict x, const float *restrict y, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] += y[i];
}

// Selects between two numbers instead of branching, because signs are as good as random.
ARIO__CLONES
static void squared_relu(float *x, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float positive = x[i] < 0 ? 0 : x[i]; // a NaN stays a NaN
    x[i] = positive * positive;
  }
}

ARIO__CLONES
static void squared_relu_back(float *dx, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float slope = 2 * x[i];
    dx[i] *= slope > 0 ? slope : 0;
  }
}

const struct ario__activation ario__squared_relu = {squared_relu, squared_relu_back};

// The share of a normal distribution that is below x: e^(-x^2 / 2) t p(t) of its tail, t = 1 / (1 + 0.3 |x|). p is the
// polynomial of degree 7 that has the least relative error (2e-7) of all up to |x| = 14. There is no branch and no call.
static inline float normal_below(float x) {
  float t = 1 / (1 + 0.3f * fabsf(x)), p = 3.622337142e-02f;
  p = p * t - 1.593545576e-01f;
  p = p * t + 2.098196373e-01f;
  p = p * t - 5.664501439e-02f;
  p = p * t + 1.300050080e-01f;
  p = p * t + 9.951350468e-02f;
  p = p * t + 1.208121808e-01f;
  p = p * t + 1.196258660e-01f;
  float tail = p * t * exp_of(-0.5f * x * x);
  return x > 0 ? 1 - tail : tail;
}

ARIO__CLONES
void ario__gelu_of(float *out, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = x[i] * normal_below(x[i]);
}

static void gelu(float *x, size_t count) {
  ario__gelu_of(x, x, count);
}

ARIO__CLONES
static void gelu_back(float *dx, const float *x, size_t count) {
  const float density = 0.39894228f; // of the normal distribution, at 0
  for (size_t i = 0; i < count; i++)
    dx[i] *= normal_below(x[i]) + x[i] * density * exp_of(-0.5f * x[i] * x[i]);
}

const struct ario__activation ario__gelu = {gelu, gelu_back};

void ario__rotary_frequencies(double *frequencies, size_t pairs, double base) {
  for (size_t i = 0; i < pairs; i++) frequencies[i] = pow(base, -(double)i / (double)pairs);
}

// Cosine and sine in double, within 1e-13 for angles up to 2^20. Quarter turns are subtracted in two parts,
// the first so short that its multiples are exact; the rest, at most pi / 4, goes through Taylor series.
// There is no branch and no call, so compilers can vectorise loops over it.
static inline void turn_by(double angle, double *cosine, double *sine) {
  const double to_whole = 6755399441055744.0; // 1.5 * 2^52: adding it rounds to a whole number
  const double quarters = 0.6366197723675814, quarter_high = 1.570796325802803;
  const double quarter_low = 9.920935796805404e-10;
  double shifted = angle * quarters + to_whole, n = shifted - to_whole;
  double r = angle - n * quarter_high - n * quarter_low, square = r * r;
  double s = 1.605904383682161e-10, c = -1.147074559772972e-11; // 1 / 13!, -1 / 14!
  s = s * square - 2.505210838544172e-8;
  s = s * square + 2.755731922398589e-6;
  s = s * square - 1.984126984126984e-4;
  s = s * square + 8.333333333333333e-3;
  s = s * square - 1.666666666666667e-1;
  s = s * square * r + r;
  c = c * square + 2.087675698786810e-9;
  c = c * square - 2.755731922398589e-7;
  c = c * square + 2.480158730158730e-5;
  c = c * square - 1.388888888888889e-3;
  c = c * square + 4.166666666666667e-2;
  c = c * square - 0.5;
  c = c * square + 1;
  uint64_t turns; // in the low bits of `shifted`
  memcpy(&turns, &shifted, sizeof turns);
  double ahead = turns & 1 ? s : c, aside = turns & 1 ? c : s;
  *cosine = (turns + 1) & 2 ? -ahead : ahead;
  *sine = turns & 2 ? -aside : aside;
}

ARIO__CLONES
void ario__rotary_angles(float *restrict cosines, float *restrict sines, const double *restrict frequencies,
                         size_t pairs, size_t first, size_t rows) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < pairs; i++) {
      double cosine, sine;
      turn_by((double)(first + r) * frequencies[i], &cosine, &sine);
      cosines[r * pairs + i] = (float)cosine;
      sines[r * pairs + i] = (float)sine;
    }
}

void ario__add_waves(float *x, size_t waves, size_t position) {
  for (size_t i = 0; i < waves; i++) {
    double cosine, sine, length = (double)((size_t)4 << i);
    size_t phase = position & (((size_t)4 << i) - 1);
    turn_by((double)phase * (6.283185307179586 / length), &cosine, &sine);
    x[2 * i] += (float)cosine;
    x[2 * i + 1] += (float)sine;
  }
}

ARIO__CLONES
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

ARIO__CLONES
void ario__depthwise(float *restrict out, const float *restrict x, const float *restrict weight,
                     const float *restrict bias, size_t rows, size_t kernel, size_t channels) {
  for (size_t r = 0; r < rows; r++, x += channels, out += channels) {
    for (size_t i = 0; i < channels; i++) out[i] = bias[i];
    for (size_t k = 0; k < kernel; k++)
      for (size_t i = 0; i < channels; i++) out[i] += weight[k * channels + i] * x[k * channels + i];
  }
}

ARIO__CLONES
void ario__polar(float *restrict out, const float *restrict levels, const float *restrict phases,
                 size_t count, float loudest) {
  const float farthest = 0x1p20f;
  for (size_t i = 0; i < count; i++) {
    double cosine, sine;
    float size = exp_of(levels[i] < loudest ? levels[i] : loudest);
    turn_by(fabsf(phases[i]) < farthest ? (double)phases[i] : 0, &cosine, &sine);
    out[2 * i] = size * (float)cosine;
    out[2 * i + 1] = size * (float)sine;
  }
}

ARIO__CLONES
void ario__add_products(float *restrict x, const float *restrict a, const float *restrict b, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] += a[i] * b[i];
}
