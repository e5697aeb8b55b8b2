// SPDX-License-Identifier: MIT
//
// The inner loops in plain C: the reference for those of each instruction set, and what runs on processors
// without any of these.
#include "core/math/bf16.h"
#include "core/math/f16.h"
#include "core/math/micro.h"

#include <string.h>

// Where a strip has unit k of a row, in units.
static inline size_t place(const struct ario__micro_job *job, size_t row, size_t unit) {
  return job->turned ? unit * ARIO__STRIP_WIDTH + row : row * ARIO__STRIP + unit;
}

static void put(const struct ario__micro_job *job, size_t row, size_t column,
                const float sums[ARIO__VECTOR]) {
  float *c = job->c + row * job->ldc + column;
  const float *to = job->add ? c : job->bias ? job->bias + column : NULL;
  for (size_t l = 0; l < ARIO__VECTOR && column + l < job->cols; l++)
    c[l] = to ? to[l] + job->alpha * sums[l] : job->alpha * sums[l];
}

// Number `at` of the panels.
static inline float number_of(const struct ario__micro_job *job, size_t at, bool f16) {
  return f16 ? ario__f16_float(((const uint16_t *)job->b)[at]) : ((const float *)job->b)[at];
}

// The sums of the columns of one vector run side by side, so that compilers can vectorise them.
static inline void multiply_numbers(const struct ario__micro_job *job, bool f16) {
  const float *a = job->a;
  for (size_t i = 0; i < job->cols; i += ARIO__VECTOR) {
    size_t first = i / job->width * job->panel_stride + i % job->width;
    for (size_t r = 0; r < job->rows; r++) {
      float sums[ARIO__VECTOR] = {0};
      for (size_t k = 0; k < job->units; k++)
        for (size_t l = 0; l < ARIO__VECTOR; l++)
          sums[l] += a[place(job, r, k)] * number_of(job, first + k * job->width + l, f16);
      put(job, r, i, sums);
    }
  }
}

static void multiply_fp32(const struct ario__micro_job *job) {
  multiply_numbers(job, false);
}

static void multiply_f16(const struct ario__micro_job *job) {
  multiply_numbers(job, true);
}

static void multiply_bf16(const struct ario__micro_job *job) {
  const uint32_t *a = job->a;
  for (size_t i = 0; i < job->cols; i += ARIO__VECTOR) {
    const uint32_t *b = (const uint32_t *)job->b + i / job->width * job->panel_stride + i % job->width;
    for (size_t r = 0; r < job->rows; r++) {
      float sums[ARIO__VECTOR] = {0};
      for (size_t k = 0; k < job->units; k++) {
        uint32_t x = a[place(job, r, k)];
        const uint32_t *y = b + k * job->width;
        for (size_t l = 0; l < ARIO__VECTOR; l++) sums[l] += ario__bf16_low(x) * ario__bf16_low(y[l]);
        for (size_t l = 0; l < ARIO__VECTOR; l++) sums[l] += ario__bf16_high(x) * ario__bf16_high(y[l]);
      }
      put(job, r, i, sums);
    }
  }
}

static void multiply_int8(const struct ario__micro_job *job) {
  const int16_t *a = job->a;
  for (size_t i = 0; i < job->cols; i += ARIO__VECTOR) {
    const int8_t *b = (const int8_t *)job->b + 2 * (i / job->width * job->panel_stride + i % job->width);
    for (size_t r = 0; r < job->rows; r++) {
      int32_t whole[ARIO__VECTOR] = {0};
      for (size_t k = 0; k < job->units; k++) {
        const int16_t *x = a + 2 * place(job, r, k);
        const int8_t *y = b + 2 * k * job->width;
        for (size_t l = 0; l < ARIO__VECTOR; l++) whole[l] += x[0] * y[2 * l] + x[1] * y[2 * l + 1];
      }
      float sums[ARIO__VECTOR];
      for (size_t l = 0; l < ARIO__VECTOR; l++) {
        float scale = job->a_scale[r];
        if (job->b_scale && i + l < job->cols) scale *= job->b_scale[i + l];
        sums[l] = (float)whole[l] * scale;
      }
      put(job, r, i, sums);
    }
  }
}

static void strip_fp32(void *to, const float *x, size_t ldx, size_t rows, size_t count) {
  for (size_t r = 0; r < rows; r++) memcpy((float *)to + r * ARIO__STRIP, x + r * ldx, count * sizeof *x);
}

static void strip_bf16(void *to, const float *x, size_t ldx, size_t rows, size_t count) {
  for (size_t r = 0; r < rows; r++) {
    uint32_t *row = (uint32_t *)to + r * ARIO__STRIP;
    const float *from = x + r * ldx;
    for (size_t k = 0; k < count; k += 2)
      row[k / 2] = ario__bf16_pair(from[k], k + 1 < count ? from[k + 1] : 0);
  }
}

static void columns_fp32(void *to, size_t width, const float *x, size_t ldx, size_t cols, size_t count) {
  float *out = to;
  for (size_t k = 0; k < count; k++)
    for (size_t i = 0; i < width; i++) out[k * width + i] = i < cols ? x[i * ldx + k] : 0;
}

static void columns_bf16(void *to, size_t width, const float *x, size_t ldx, size_t cols, size_t count) {
  uint32_t *out = to;
  for (size_t k = 0; k < count; k += 2)
    for (size_t i = 0; i < width; i++) {
      const float *from = x + i * ldx + k;
      out[k / 2 * width + i] = i < cols ? ario__bf16_pair(from[0], k + 1 < count ? from[1] : 0) : 0;
    }
}

static void across_fp32(void *to, size_t width, const float *x, size_t ldx, size_t cols, size_t count) {
  float *out = to;
  for (size_t k = 0; k < count; k++)
    for (size_t i = 0; i < width; i++) out[k * width + i] = i < cols ? x[k * ldx + i] : 0;
}

static void across_bf16(void *to, size_t width, const float *x, size_t ldx, size_t cols, size_t count) {
  uint32_t *out = to;
  for (size_t k = 0; k < count; k += 2)
    for (size_t i = 0; i < width; i++) {
      const float *from = x + k * ldx + i;
      out[k / 2 * width + i] = i < cols ? ario__bf16_pair(from[0], k + 1 < count ? from[ldx] : 0) : 0;
    }
}

const struct ario__micro ario__micro_plain = {
    .name = "plain C",
    .multiply = {multiply_fp32, multiply_bf16, multiply_int8, multiply_f16},
    .strip = {strip_fp32, strip_bf16},
    .columns = {columns_fp32, columns_bf16},
    .across = {across_fp32, across_bf16},
};
