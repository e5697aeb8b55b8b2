// SPDX-License-Identifier: MIT
//
// The inner loops with AVX2, FMA and F16C. bf16 numbers are widened to fp32 when they are read, which saves
// memory, not time.
#include "core/math/micro.h"

#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))
// A loop whose count is a constant once it is inlined.
#define UNROLLED(i, count) _Pragma("GCC unroll 8") for (size_t i = 0; i < (count); i++)

enum { ROWS = 6 }; // at a time: their sums fill 12 of 16 registers

// ---- Multiplying ----

// Adds one unit to a sum of fp32 numbers (int8: of integers): 8 columns of b times one unit of a.
INLINE __m256 multiply_add(int format, __m256i a, __m256i b, __m256 sum) {
  if (format == ARIO_PRECISION_FP32 || format == ARIO__MICRO_F16)
    return _mm256_fmadd_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), sum);
  if (format == ARIO_PRECISION_INT8)
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(sum), _mm256_madd_epi16(a, b)));
  const __m256i upper = _mm256_set1_epi32((int)0xffff0000);
  __m256i a_low = _mm256_slli_epi32(a, 16), b_low = _mm256_slli_epi32(b, 16);
  sum = _mm256_fmadd_ps(_mm256_castsi256_ps(a_low), _mm256_castsi256_ps(b_low), sum);
  __m256i a_high = _mm256_and_si256(a, upper), b_high = _mm256_and_si256(b, upper);
  return _mm256_fmadd_ps(_mm256_castsi256_ps(a_high), _mm256_castsi256_ps(b_high), sum);
}

// Loads 8 columns of a panel, after `at` units and columns.
INLINE __m256i load_b(int format, const char *b, size_t at) {
  if (format == ARIO_PRECISION_INT8)
    return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(b + 2 * at)));
  if (format == ARIO__MICRO_F16)
    return _mm256_castps_si256(_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(b + 2 * at))));
  return _mm256_loadu_si256((const __m256i *)(b + 4 * at));
}

static inline __m256i first_of(size_t count) {
  const __m256i numbers = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count < 8 ? (int)count : 8), numbers);
}

INLINE __m256 load_some(const float *x, size_t count) {
  return count < 8 ? _mm256_maskload_ps(x, first_of(count)) : _mm256_loadu_ps(x);
}

// On some processors a masked store takes as long as ten whole ones.
INLINE void store_some(float *x, size_t count, __m256 numbers) {
  if (count < 8)
    _mm256_maskstore_ps(x, first_of(count), numbers);
  else
    _mm256_storeu_ps(x, numbers);
}

INLINE void put(int format, const struct ario__micro_job *job, size_t row, size_t column, __m256 sum) {
  size_t rest = job->cols - column;
  float *c = job->c + row * job->ldc + column;
  if (format == ARIO_PRECISION_INT8) {
    __m256 scale = _mm256_set1_ps(job->a_scale[row]);
    if (job->b_scale) scale = _mm256_mul_ps(scale, load_some(job->b_scale + column, rest));
    sum = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_castps_si256(sum)), scale);
  }
  __m256 alpha = _mm256_set1_ps(job->alpha);
  const float *to = job->add ? c : job->bias ? job->bias + column : NULL;
  sum = to ? _mm256_fmadd_ps(alpha, sum, load_some(to, rest)) : _mm256_mul_ps(alpha, sum);
  store_some(c, rest, sum);
}

// `rows` rows from `row` on and `vectors` times 8 columns from `column` on; both counts are constants.
INLINE void multiply_block(int format, const struct ario__micro_job *job, size_t row, size_t rows,
                           size_t column, size_t vectors) {
  const size_t along_row = job->turned ? 1 : ARIO__STRIP, along_sum = job->turned ? ARIO__STRIP_WIDTH : 1;
  const int32_t *a = (const int32_t *)job->a + row * along_row;
  size_t first = column / job->width * job->panel_stride + column % job->width;
  __m256 sums[ROWS][8];
  UNROLLED (r, rows)
    UNROLLED (v, vectors) sums[r][v] = _mm256_setzero_ps();
  for (size_t k = 0; k < job->units; k++) {
    __m256i columns[8];
    UNROLLED (v, vectors) columns[v] = load_b(format, job->b, first + k * job->width + v * 8);
    UNROLLED (r, rows) {
      __m256i unit = _mm256_set1_epi32(a[r * along_row + k * along_sum]);
      UNROLLED (v, vectors) sums[r][v] = multiply_add(format, unit, columns[v], sums[r][v]);
    }
  }
  UNROLLED (r, rows)
    UNROLLED (v, vectors)
      if (column + v * 8 < job->cols) put(format, job, row + r, column + v * 8, sums[r][v]);
}

INLINE void multiply_rows(int format, const struct ario__micro_job *job, size_t row, size_t rows,
                          size_t column) {
  switch (rows) {
  case 1: multiply_block(format, job, row, 1, column, 2); break;
  case 2: multiply_block(format, job, row, 2, column, 2); break;
  case 3: multiply_block(format, job, row, 3, column, 2); break;
  case 4: multiply_block(format, job, row, 4, column, 2); break;
  case 5: multiply_block(format, job, row, 5, column, 2); break;
  default: multiply_block(format, job, row, ROWS, column, 2);
  }
}

INLINE void multiply(int format, const struct ario__micro_job *job) {
  for (size_t column = 0; column < job->cols;) {
    size_t rest = job->width - column % job->width;
    // A single row needs many sums at once, and a panel that is read as one stream.
    if (job->rows == 1 && rest >= 64) {
      multiply_block(format, job, 0, 1, column, 8);
      column += 64;
    } else if (job->rows == 1 && rest >= 32) {
      multiply_block(format, job, 0, 1, column, 4);
      column += 32;
    } else {
      for (size_t row = 0; row < job->rows; row += ROWS)
        multiply_rows(format, job, row, job->rows - row, column);
      column += 16;
    }
  }
}

static void multiply_fp32(const struct ario__micro_job *job) {
  multiply(ARIO_PRECISION_FP32, job);
}

static void multiply_bf16(const struct ario__micro_job *job) {
  multiply(ARIO_PRECISION_BF16, job);
}

static void multiply_int8(const struct ario__micro_job *job) {
  multiply(ARIO_PRECISION_INT8, job);
}

static void multiply_f16(const struct ario__micro_job *job) {
  multiply(ARIO__MICRO_F16, job);
}

// ---- Packing ----

// Transposes rows [8] of 8 numbers: pairs are swapped at distances of 1, 2 and 4.
INLINE void turn(__m256 rows[8]) {
  __m256 a[8], b[8];
  UNROLLED (i, 4) {
    a[2 * i] = _mm256_unpacklo_ps(rows[2 * i], rows[2 * i + 1]);
    a[2 * i + 1] = _mm256_unpackhi_ps(rows[2 * i], rows[2 * i + 1]);
  }
  UNROLLED (i, 2) {
    b[4 * i] = _mm256_shuffle_ps(a[4 * i], a[4 * i + 2], 0x44);
    b[4 * i + 1] = _mm256_shuffle_ps(a[4 * i], a[4 * i + 2], 0xee);
    b[4 * i + 2] = _mm256_shuffle_ps(a[4 * i + 1], a[4 * i + 3], 0x44);
    b[4 * i + 3] = _mm256_shuffle_ps(a[4 * i + 1], a[4 * i + 3], 0xee);
  }
  UNROLLED (i, 4) {
    rows[i] = _mm256_permute2f128_ps(b[i], b[4 + i], 0x20);
    rows[4 + i] = _mm256_permute2f128_ps(b[i], b[4 + i], 0x31);
  }
}

static void columns_fp32(void *to, size_t width, const float *x, size_t ldx, size_t cols, size_t count) {
  for (size_t i = 0; i < width; i += 8)
    for (size_t k = 0; k < count; k += 8) {
      __m256i mask = first_of(count - k);
      __m256 rows[8];
      for (size_t r = 0; r < 8; r++)
        rows[r] = i + r < cols ? _mm256_maskload_ps(x + (i + r) * ldx + k, mask) : _mm256_setzero_ps();
      turn(rows);
      for (size_t r = 0; r < 8 && k + r < count; r++)
        _mm256_storeu_ps((float *)to + (k + r) * width + i, rows[r]);
    }
}

static void across_fp32(void *to, size_t width, const float *x, size_t ldx, size_t cols, size_t count) {
  for (size_t k = 0; k < count; k++)
    for (size_t i = 0; i < width; i += 8)
      _mm256_storeu_ps((float *)to + k * width + i,
                       _mm256_maskload_ps(x + k * ldx + i, first_of(cols > i ? cols - i : 0)));
}

static void strip_bf16(void *to, const float *x, size_t ldx, size_t rows, size_t count) {
  ario__micro_plain.strip[ARIO_PRECISION_BF16](to, x, ldx, rows, count);
}

static void strip_fp32(void *to, const float *x, size_t ldx, size_t rows, size_t count) {
  ario__micro_plain.strip[ARIO_PRECISION_FP32](to, x, ldx, rows, count);
}

static void columns_bf16(void *to, size_t width, const float *x, size_t ldx, size_t cols, size_t count) {
  ario__micro_plain.columns[ARIO_PRECISION_BF16](to, width, x, ldx, cols, count);
}

static void across_bf16(void *to, size_t width, const float *x, size_t ldx, size_t cols, size_t count) {
  ario__micro_plain.across[ARIO_PRECISION_BF16](to, width, x, ldx, cols, count);
}

const struct ario__micro ario__micro_avx2 = {
    .name = "AVX2",
    .multiply = {multiply_fp32, multiply_bf16, multiply_int8, multiply_f16},
    .strip = {strip_fp32, strip_bf16},
    .columns = {columns_fp32, columns_bf16},
    .across = {across_fp32, across_bf16},
};
