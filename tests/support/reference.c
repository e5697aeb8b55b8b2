// SPDX-License-Identifier: MIT
//
// Perceiver AR in double, for clarity alone.
#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const float *tensor(const ario_model *model, const char *prefix, const char *name) {
  char full[96];
  snprintf(full, sizeof full, "%s%s", prefix, name);
  for (size_t i = 0; i < ario_model_tensors(model); i++)
    if (strcmp(ario_model_tensor(model, i).name, full) == 0) return ario_model_tensor(model, i).data;
  fprintf(stderr, "no tensor %s\n", full);
  exit(1);
}

static double *numbers(size_t count) {
  double *x = calloc(count, sizeof *x);
  if (!x) exit(1);
  return x;
}

// y [rows, out] += x [rows, in] W^T + b
static void linear(const ario_model *model, const char *prefix, const char *name, const double *x,
                   size_t rows, size_t in, size_t out, double *y) {
  char full[96];
  snprintf(full, sizeof full, "%s%s", prefix, name);
  const float *weight = tensor(model, full, ".weight"), *bias = tensor(model, full, ".bias");
  for (size_t r = 0; r < rows; r++)
    for (size_t o = 0; o < out; o++) {
      double sum = bias[o];
      for (size_t i = 0; i < in; i++) sum += x[r * in + i] * weight[o * in + i];
      y[r * out + o] += sum;
    }
}

static double *normed(const ario_model *model, const char *prefix, const char *name, const double *x,
                      size_t rows) {
  const ario_config *c = ario_model_config(model);
  char full[96];
  snprintf(full, sizeof full, "%s%s", prefix, name);
  const float *weight = tensor(model, full, ".weight"), *bias = tensor(model, full, ".bias");
  size_t d = c->channels;
  double *y = numbers(rows * d);
  for (size_t r = 0; r < rows; r++) {
    double mean = 0, variance = 0;
    for (size_t i = 0; i < d; i++) mean += x[r * d + i] / (double)d;
    for (size_t i = 0; i < d; i++) variance += pow(x[r * d + i] - mean, 2) / (double)d;
    for (size_t i = 0; i < d; i++)
      y[r * d + i] = (x[r * d + i] - mean) / sqrt(variance + c->norm_eps) * weight[i] + bias[i];
  }
  return y;
}

static void rotate(const ario_config *c, double *x, size_t rows, size_t position) {
  size_t channels = c->channels / c->heads;
  size_t rotated = 2 * (size_t)((double)channels * c->rotary_fraction / 2);
  for (size_t r = 0; r < rows; r++)
    for (size_t h = 0; h < c->heads; h++)
      for (size_t i = 0; i < rotated; i += 2) {
        double angle = (double)(position + r) * pow(c->rotary_base, -(double)i / (double)rotated);
        double *pair = x + r * c->channels + h * channels + i, a = pair[0], b = pair[1];
        pair[0] = a * cos(angle) - b * sin(angle);
        pair[1] = b * cos(angle) + a * sin(angle);
      }
}

// weight [from .. until - 1] = softmax over the keys k [.., D] in these rows, for one head's query in q [D].
static void softmax(const ario_config *c, const double *q, const double *k, size_t head, size_t from,
                    size_t until, double *weight) {
  size_t d = c->channels, channels = d / c->heads;
  double top = -INFINITY, sum = 0;
  for (size_t j = from; j < until; j++) {
    weight[j] = 0;
    for (size_t i = head * channels; i < (head + 1) * channels; i++) weight[j] += q[i] * k[j * d + i];
    weight[j] /= sqrt((double)channels);
    top = fmax(top, weight[j]);
  }
  for (size_t j = from; j < until; j++) sum += weight[j] = exp(weight[j] - top);
  for (size_t j = from; j < until; j++) weight[j] /= sum;
}

// z [rows, D] += out(attention(q(hq), k(hkv), v(hkv))); queries at q_position and on, keys [keys] at
// k_position and on; query r sees keys at positions oldest[r] .. its own.
static void attend(const ario_model *model, const char *prefix, const double *hq, size_t rows,
                   size_t q_position, const double *hkv, size_t keys, size_t k_position, const size_t *oldest,
                   double *z) {
  const ario_config *c = ario_model_config(model);
  size_t d = c->channels, channels = d / c->heads;
  double *q = numbers(rows * d), *k = numbers(keys * d), *v = numbers(keys * d), *mixed = numbers(rows * d);
  double *weight = numbers(keys);
  linear(model, prefix, "attn.q", hq, rows, d, d, q);
  linear(model, prefix, "attn.k", hkv, keys, d, d, k);
  linear(model, prefix, "attn.v", hkv, keys, d, d, v);
  rotate(c, q, rows, q_position);
  rotate(c, k, keys, k_position);
  for (size_t r = 0; r < rows; r++)
    for (size_t h = 0; h < c->heads; h++) {
      size_t from = oldest && oldest[r] > k_position ? oldest[r] - k_position : 0;
      size_t until = q_position + r + 1 - k_position;
      softmax(c, q + r * d, k, h, from, until, weight);
      for (size_t j = from; j < until; j++)
        for (size_t i = h * channels; i < (h + 1) * channels; i++)
          mixed[r * d + i] += weight[j] * v[j * d + i];
    }
  linear(model, prefix, "attn.out", mixed, rows, d, d, z);
  free(q), free(k), free(v), free(mixed), free(weight);
}

static void mlp(const ario_model *model, const char *prefix, double *z, size_t rows) {
  const ario_config *c = ario_model_config(model);
  size_t d = c->channels, wide = d * c->mlp_widening;
  double *h = normed(model, prefix, "mlp.norm", z, rows), *up = numbers(rows * wide);
  linear(model, prefix, "mlp.up", h, rows, d, wide, up);
  for (size_t i = 0; i < rows * wide; i++)
    up[i] = c->activation == ARIO_GELU ? up[i] / 2 * (1 + erf(up[i] / sqrt(2))) : pow(fmax(up[i], 0), 2);
  linear(model, prefix, "mlp.down", up, rows, wide, d, z);
  free(h), free(up);
}

// x [count, D] of tokens
static double *embedded(const ario_model *model, const ario_token *tokens, size_t count) {
  const ario_config *c = ario_model_config(model);
  size_t d = c->channels;
  const float *embed = tensor(model, "embed", ".weight");
  double *x = numbers(count * d);
  for (size_t p = 0; p < count; p++)
    for (size_t i = 0; i < d; i++) {
      double turn = 2 * acos(-1) * (double)p / pow(2, (double)(i / 2 + 2));
      double wave = i / 2 < c->position_waves ? (i % 2 ? sin(turn) : cos(turn)) : 0;
      x[p * d + i] = embed[tokens[p] * d + i] + wave;
    }
  return x;
}

void reference_forward(const ario_model *model, const ario_token *tokens, size_t count, size_t latents,
                       const size_t *oldest, double *logits) {
  const ario_config *c = ario_model_config(model);
  size_t d = c->channels, first = count - latents;
  double *x = embedded(model, tokens, count), *z = numbers(latents * d);
  linear(model, "", "query", x + first * d, latents, d, d, z);
  double *hq = normed(model, "cross.", "norm_q", z, latents),
         *hkv = normed(model, "cross.", "norm_kv", x, count);
  attend(model, "cross.", hq, latents, first, hkv, count, 0, oldest, z);
  mlp(model, "cross.", z, latents);
  free(hq), free(hkv), free(x);
  for (size_t l = 0; l < c->layers; l++) {
    char prefix[32];
    snprintf(prefix, sizeof prefix, "layers.%zu.", l);
    double *h = normed(model, prefix, "norm", z, latents);
    attend(model, prefix, h, latents, first, h, latents, first, NULL, z);
    mlp(model, prefix, z, latents);
    free(h);
  }
  double *h = normed(model, "", "norm", z, latents);
  memset(logits, 0, latents * c->vocab_size * sizeof *logits);
  linear(model, "", "logits", h, latents, d, c->vocab_size, logits);
  free(h), free(z);
}

void reference_attention(const ario_model *model, const ario_token *tokens, size_t count, size_t position,
                         size_t oldest, double *weights) {
  const ario_config *c = ario_model_config(model);
  size_t d = c->channels;
  double *x = embedded(model, tokens, count), *z = numbers(d), *q = numbers(d), *k = numbers(count * d);
  linear(model, "", "query", x + position * d, 1, d, d, z);
  double *hq = normed(model, "cross.", "norm_q", z, 1), *hkv = normed(model, "cross.", "norm_kv", x, count);
  linear(model, "cross.", "attn.q", hq, 1, d, d, q);
  linear(model, "cross.", "attn.k", hkv, count, d, d, k);
  rotate(c, q, 1, position);
  rotate(c, k, count, 0);
  memset(weights, 0, c->heads * count * sizeof *weights);
  for (size_t h = 0; h < c->heads; h++) softmax(c, q, k, h, oldest, position + 1, weights + h * count);
  free(x), free(z), free(q), free(k), free(hq), free(hkv);
}

double reference_distance(const float *a, const double *b, size_t count) {
  double distance = 0, largest = 0;
  for (size_t i = 0; i < count; i++) {
    distance = fmax(distance, fabs(a[i] - b[i]));
    largest = fmax(largest, fabs(b[i]));
    if (!isfinite(a[i])) return INFINITY;
  }
  return distance / largest;
}
