// SPDX-License-Identifier: MIT
//
// The inner loops with AVX-512, for processors that also have its VNNI and BF16 parts (Intel from Sapphire
// Rapids on, AMD from Zen 4 on).
#include "core/math/micro.h"

#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))
// A loop whose count is a constant once it is inlined.
#define UNROLLED(i, count) _Pragma("GCC unroll 16") for (size_t i = 0; i < (count); i++)

enum { AHEAD = 8192 }; // bytes
// Rows at which the sums of this many vectors fill 24 or 28 registers; f16 is for few rows.
#define MOST_ROWS(format, vectors) ((vectors) == 4 || (format) == ARIO__MICRO_F16 ? 6 : ARIO__STRIP_ROWS)

// Whether a strip may be turned: see micro.h. A case that never occurs would still take its time to compile.
#define TURNS(format) ((format) == ARIO_PRECISION_FP32 || (format) == ARIO_PRECISION_BF16)

// ---- Multiplying ----

// Adds one unit to a sum of fp32 numbers (int8: of integers): 16 columns of b times one unit of a.
INLINE __m512 multiply_add(int format, __m512i a, __m512i b, __m512 sum) {
  if (format == ARIO_PRECISION_FP32 || format == ARIO__MICRO_F16)
    return _mm512_fmadd_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), sum);
  if (format == ARIO_PRECISION_BF16) return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
  return _mm512_castsi512_ps(_mm512_dpwssd_epi32(_mm512_castps_si512(sum), a, b));
}

// Loads 16 columns of a panel, after `at` units and columns.
INLINE __m512i load_b(int format, const char *b, size_t at) {
  if (format == ARIO_PRECISION_INT8)
    return _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(b + 2 * at)));
  if (format == ARIO__MICRO_F16)
    return _mm512_castps_si512(_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(b + 2 * at))));
  return _mm512_loadu_si512(b + 4 * at);
}

// Prefetches what comes later in a stream of 64 columns: the processor's own prefetching stops at pages.
INLINE void fetch_ahead(int format, const char *b, size_t at) {
  const size_t unit = format == ARIO_PRECISION_INT8 || format == ARIO__MICRO_F16 ? 2 : 4;
  const char *ahead = b + unit * at + AHEAD;
  _mm_prefetch(ahead, _MM_HINT_T0);
  _mm_prefetch(ahead + 64, _MM_HINT_T0);
  if (unit == 2) return;
  _mm_prefetch(ahead + 128, _MM_HINT_T0);
  _mm_prefetch(ahead + 192, _MM_HINT_T0);
}

static inline __mmask16 first_of(size_t count) {
  return count < 16 ? (__mmask16)((1u << count) - 1) : 0xffff;
}

// Writes the sums of 16 columns, `v` of each row. What depends on the job is decided once for all rows: a
// branch per sum would be thousands of them, and minutes of compile time.
INLINE void put(int format, const struct ario__micro_job *job, size_t row, size_t rows, size_t column,
                __m512 sums[][4], size_t v) {
  __mmask16 mask = first_of(job->cols - column), added = job->add || job->bias ? mask : 0;
  float *c = job->c + row * job->ldc + column;
  const float *to = job->bias ? job->bias + column : c;
  size_t ldto = job->bias ? 0 : job->ldc;
  __m512 alpha = _mm512_set1_ps(job->alpha), scales = _mm512_set1_ps(1.0f);
  if (job->b_scale) scales = _mm512_maskz_loadu_ps(mask, job->b_scale + column);
  UNROLLED (r, rows) {
    __m512 sum = sums[r][v];
    if (format == ARIO_PRECISION_INT8)
      sum = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_castps_si512(sum)),
                          _mm512_mul_ps(_mm512_set1_ps(job->a_scale[row + r]), scales));
    sum = _mm512_fmadd_ps(alpha, sum, _mm512_maskz_loadu_ps(added, to + r * ldto));
    _mm512_mask_storeu_ps(c + r * job->ldc, mask, sum);
  }
}

// `rows` rows from `row` on and `vectors` times 16 columns from `column` on; both counts are constants.
INLINE void multiply_block(int format, const struct ario__micro_job *job, size_t row, size_t rows,
                           size_t column, size_t vectors, bool turned) {
  const int32_t *a = (const int32_t *)job->a + row * (turned ? 1 : ARIO__STRIP);
  const size_t along_row = turned ? 1 : ARIO__STRIP, along_sum = turned ? ARIO__STRIP_WIDTH : 1;
  const char *b = job->b;
  size_t first = column / job->width * job->panel_stride + column % job->width;
  __m512 sums[ARIO__STRIP_ROWS][4];
  UNROLLED (r, rows)
    UNROLLED (v, vectors) sums[r][v] = _mm512_setzero_ps();
  // Prefetch c while the sums are made.
  UNROLLED (r, rows)
    UNROLLED (v, vectors) _mm_prefetch(job->c + (row + r) * job->ldc + column + v * 16, _MM_HINT_T0);
  for (size_t k = 0; k < job->units; k++) {
    __m512i columns[4];
    if (vectors == 4 && row == 0) fetch_ahead(format, b, first + k * job->width);
    UNROLLED (v, vectors) columns[v] = load_b(format, b, first + k * job->width + v * 16);
    UNROLLED (r, rows) {
      __m512i unit = _mm512_set1_epi32(a[r * along_row + k * along_sum]);
      UNROLLED (v, vectors) sums[r][v] = multiply_add(format, unit, columns[v], sums[r][v]);
    }
  }
  UNROLLED (v, vectors)
    if (column + v * 16 < job->cols) put(format, job, row, rows, column + v * 16, sums, v);
}

// `vectors` is a constant.
INLINE void multiply_rows(int format, const struct ario__micro_job *job, size_t row, size_t rows,
                          size_t column, size_t vectors, bool turned) {
#define CASE(ROWS)                                                                                           \
  case ROWS:                                                                                                 \
    if (ROWS <= MOST_ROWS(format, vectors)) multiply_block(format, job, row, ROWS, column, vectors, turned); \
    break
  switch (rows) {
    CASE(1);
    CASE(2);
    CASE(3);
    CASE(4);
    CASE(5);
    CASE(6);
    CASE(7);
    CASE(8);
    CASE(9);
    CASE(10);
    CASE(11);
    CASE(12);
    CASE(13);
    CASE(14);
  }
#undef CASE
}

INLINE void multiply_columns(int format, const struct ario__micro_job *job, size_t column, size_t vectors) {
  size_t most = MOST_ROWS(format, vectors), parts = (job->rows + most - 1) / most;
  // Parts are as equal as possible: a part of few rows is slow for its size.
  for (size_t part = 0, row = 0; part < parts; part++) {
    size_t rows = (job->rows - row) / (parts - part);
    if (vectors == 2 && TURNS(format) && job->turned)
      multiply_rows(format, job, row, rows, column, vectors, true);
    else
      multiply_rows(format, job, row, rows, column, vectors, false);
    row += rows;
  }
}

// Takes whole panels of 64 columns at once, so that each is read as one stream, and a few rows have enough
// sums in flight.
INLINE void multiply(int format, const struct ario__micro_job *job) {
  for (size_t panel = 0; panel < job->cols; panel += job->width) {
    size_t end = job->width, column = 0;
    for (; column + 64 <= end; column += 64) multiply_columns(format, job, panel + column, 4);
    for (; column + 32 <= end; column += 32) multiply_columns(format, job, panel + column, 2);
    if (column < end) multiply_columns(format, job, panel + column, 1);
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

// Loads 16 units of consecutive numbers, `count` of which exist.
INLINE __m512i load_units(ario_precision precision, const float *x, size_t count) {
  __m512 low = _mm512_maskz_loadu_ps(first_of(count), x);
  if (precision == ARIO_PRECISION_FP32) return _mm512_castps_si512(low);
  __m512 high = count > 16 ? _mm512_maskz_loadu_ps(first_of(count - 16), x + 16) : _mm512_setzero_ps();
  return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

INLINE void strip(ario_precision precision, int32_t *to, const float *x, size_t ldx, size_t rows,
                  size_t count) {
  size_t numbers = precision == ARIO_PRECISION_FP32 ? 16 : 32, units = ario__units(precision, count);
  for (size_t r = 0; r < rows; r++, x += ldx, to += ARIO__STRIP)
    for (size_t k = 0; k < units; k += 16)
      _mm512_mask_storeu_epi32(to + k, first_of(units - k),
                               load_units(precision, x + k / 16 * numbers, count - k / 16 * numbers));
}

static void strip_fp32(void *to, const float *x, size_t ldx, size_t rows, size_t count) {
  strip(ARIO_PRECISION_FP32, to, x, ldx, rows, count);
}

static void strip_bf16(void *to, const float *x, size_t ldx, size_t rows, size_t count) {
  strip(ARIO_PRECISION_BF16, to, x, ldx, rows, count);
}

// Transposes rows [16] of 16 units: pairs are swapped at distances of 1, 2, 4 and 8.
INLINE void turn(__m512i rows[16]) {
  __m512i a[16], b[16];
  UNROLLED (i, 8) {
    a[2 * i] = _mm512_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
    a[2 * i + 1] = _mm512_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
  }
  UNROLLED (i, 4) {
    b[4 * i] = _mm512_unpacklo_epi64(a[4 * i], a[4 * i + 2]);
    b[4 * i + 1] = _mm512_unpackhi_epi64(a[4 * i], a[4 * i + 2]);
    b[4 * i + 2] = _mm512_unpacklo_epi64(a[4 * i + 1], a[4 * i + 3]);
    b[4 * i + 3] = _mm512_unpackhi_epi64(a[4 * i + 1], a[4 * i + 3]);
  }
  UNROLLED (i, 4) {
    a[i] = _mm512_shuffle_i32x4(b[i], b[4 + i], 0x88);
    a[4 + i] = _mm512_shuffle_i32x4(b[i], b[4 + i], 0xdd);
    a[8 + i] = _mm512_shuffle_i32x4(b[8 + i], b[12 + i], 0x88);
    a[12 + i] = _mm512_shuffle_i32x4(b[8 + i], b[12 + i], 0xdd);
  }
  UNROLLED (i, 4) {
    rows[i] = _mm512_shuffle_i32x4(a[i], a[8 + i], 0x88);
    rows[8 + i] = _mm512_shuffle_i32x4(a[i], a[8 + i], 0xdd);
    rows[4 + i] = _mm512_shuffle_i32x4(a[4 + i], a[12 + i], 0x88);
    rows[12 + i] = _mm512_shuffle_i32x4(a[4 + i], a[12 + i], 0xdd);
  }
}

INLINE void columns(ario_precision precision, int32_t *to, size_t width, const float *x, size_t ldx,
                    size_t cols, size_t count) {
  size_t numbers = precision == ARIO_PRECISION_FP32 ? 16 : 32, units = ario__units(precision, count);
  for (size_t i = 0; i < width; i += 16)
    for (size_t k = 0; k < units; k += 16) {
      const float *from = x + i * ldx + k / 16 * numbers;
      size_t rest = units - k < 16 ? units - k : 16;
      __m512i rows[16];
      UNROLLED (r, 16)
        rows[r] = i + r < cols ? load_units(precision, from + r * ldx, count - k / 16 * numbers)
                               : _mm512_setzero_si512();
      turn(rows);
      if (rest == 16) {
        UNROLLED (r, 16) _mm512_storeu_si512(to + (k + r) * width + i, rows[r]);
      } else {
        for (size_t r = 0; r < rest; r++) _mm512_storeu_si512(to + (k + r) * width + i, rows[r]);
      }
    }
}

static void columns_fp32(void *to, size_t width, const float *x, size_t ldx, size_t cols, size_t count) {
  columns(ARIO_PRECISION_FP32, to, width, x, ldx, cols, count);
}

static void columns_bf16(void *to, size_t width, const float *x, size_t ldx, size_t cols, size_t count) {
  columns(ARIO_PRECISION_BF16, to, width, x, ldx, cols, count);
}

static void across_fp32(void *to, size_t width, const float *x, size_t ldx, size_t cols, size_t count) {
  for (size_t k = 0; k < count; k++)
    for (size_t i = 0; i < width; i += 16)
      _mm512_storeu_ps((float *)to + k * width + i,
                       _mm512_maskz_loadu_ps(first_of(cols > i ? cols - i : 0), x + k * ldx + i));
}

static void across_bf16(void *to, size_t width, const float *x, size_t ldx, size_t cols, size_t count) {
  // Interleaves two rows of 16 numbers: pairs of one above the other.
  const __m512i pairs = _mm512_or_si512(
      _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
      _mm512_slli_epi32(_mm512_setr_epi32(16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31),
                        16));
  for (size_t k = 0; k < count; k += 2)
    for (size_t i = 0; i < width; i += 16) {
      const float *from = x + k * ldx + i;
      __mmask16 mask = first_of(cols > i ? cols - i : 0), both = k + 1 < count ? mask : 0;
      __m512 low = _mm512_maskz_loadu_ps(mask, from), high = _mm512_maskz_loadu_ps(both, from + ldx);
      _mm512_storeu_si512((int32_t *)to + k / 2 * width + i,
                          _mm512_permutexvar_epi16(pairs, (__m512i)_mm512_cvtne2ps_pbh(high, low)));
    }
}

const struct ario__micro ario__micro_avx512 = {
    .name = "AVX-512",
    .multiply = {multiply_fp32, multiply_bf16, multiply_int8, multiply_f16},
    .strip = {strip_fp32, strip_bf16},
    .columns = {columns_fp32, columns_bf16},
    .across = {across_fp32, across_bf16},
};
