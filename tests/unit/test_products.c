// SPDX-License-Identifier: MIT
//
// Matrix products: the innermost loops of each instruction set against the plain ones, and the whole of each
// backend against a sum in double, at shapes that are odd.
#include "core/base/memory.h"
#include "core/base/rng.h"
#include "core/math/bf16.h"
#include "core/math/f16.h"
#include "core/math/gemm.h"
#include "core/math/micro.h"
#include "tests/support/test.h"

#include <math.h>

static struct ario__rng rng;

static float *random_floats(size_t count) {
  float *x = malloc((count + 1) * sizeof *x);
  for (size_t i = 0; i < count; i++) x[i] = (float)ario__rng_normal(&rng);
  return x;
}

static int whole(int most) { // -most .. most
  return (int)(ario__rng_uniform(&rng) * (2 * most + 1)) - most;
}

static const struct ario__micro *const micros[] = {
#ifdef ARIO_WITH_X86
    &ario__micro_avx512, &ario__micro_avx2,
#endif
    &ario__micro_plain};

// ---- Packing ----

static void packing_equals_plain(void **state) {
  (void)state;
  enum { ROOM = ARIO__STRIP * ARIO__STRIP_WIDTH * 4 };
  char *fast = malloc(ROOM), *plain = malloc(ROOM);
  const size_t counts[] = {1, 2, 3, 16, 17, 31, 33, 64, 65, 100};
  for (size_t m = 0; m < COUNT_OF(micros); m++)
    for (size_t round = 0; ario__micro_runs(micros[m]) && round < 200; round++) {
      const struct ario__micro *micro = micros[m], *twin = &ario__micro_plain;
      size_t count = counts[round % 10], width = round % 3 ? ARIO__PANEL : ARIO__STRIP_WIDTH, p = round % 2;
      size_t cols = 1 + round * 7 % width, ld = 140 + round % 3;
      float *x = random_floats(ld * 140);
      memset(fast, 1, ROOM), memset(plain, 1, ROOM);
      micro->columns[p](fast, width, x, ld, cols, count), twin->columns[p](plain, width, x, ld, cols, count);
      assert_memory_equal(fast, plain, ROOM);
      micro->across[p](fast, width, x, ld, cols, count), twin->across[p](plain, width, x, ld, cols, count);
      assert_memory_equal(fast, plain, ROOM);
      cols = 1 + round % ARIO__STRIP_ROWS;
      micro->strip[p](fast, x, ld, cols, count), twin->strip[p](plain, x, ld, cols, count);
      assert_memory_equal(fast, plain, ROOM);
      free(x);
    }
  free(fast), free(plain);
}

// ---- Multiplying ----

struct packed {
  char *a, *b;
  float *a_scale, *b_scale, *c; // c [rows, cols]
  size_t rows, cols, units, width;
};

static const char *const formats[] = {"fp32", "bf16", "int8", "f16"};

static void pack(struct packed *p, int format) {
  bool wide = format == ARIO_PRECISION_BF16 || format == ARIO_PRECISION_INT8;
  size_t panels = (p->cols + p->width - 1) / p->width, count = wide ? 2 * p->units : p->units;
  p->a = calloc(p->rows * ARIO__STRIP, 4), p->b = calloc(panels * p->units * p->width, 4);
  p->a_scale = random_floats(p->rows), p->b_scale = random_floats(p->cols);
  p->c = random_floats(p->rows * p->cols);
  float *x = random_floats(p->rows * count), *y = random_floats(p->cols * count);
  if (format == ARIO_PRECISION_INT8) {
    for (size_t i = 0; i < 2 * p->rows * ARIO__STRIP; i++)
      ((int16_t *)p->a)[i] = (int16_t)whole(ARIO__INT8_ACTIVATION);
    for (size_t i = 0; i < 2 * panels * p->units * p->width; i++) ((int8_t *)p->b)[i] = (int8_t)whole(127);
  } else if (format == ARIO__MICRO_F16) {
    ario__micro_plain.strip[ARIO_PRECISION_FP32](p->a, x, count, p->rows, count);
    for (size_t i = 0; i < panels * p->units * p->width; i++)
      ((uint16_t *)p->b)[i] = ario__f16((float)ario__rng_normal(&rng));
  } else {
    ario__micro_plain.strip[format](p->a, x, count, p->rows, count);
    for (size_t i = 0; i < panels; i++)
      ario__micro_plain.columns[format](
          p->b + i * p->units * p->width * 4, p->width, y + i * p->width * count, count,
          p->cols - i * p->width < p->width ? p->cols - i * p->width : p->width, count);
  }
  free(x), free(y);
}

static float *multiply(const struct packed *p, const struct ario__micro *micro, int format, bool add,
                       size_t first_row, size_t rows) {
  float *c = malloc(p->rows * p->cols * sizeof *c + 1);
  memcpy(c, p->c, p->rows * p->cols * sizeof *c);
  micro->multiply[format](&(struct ario__micro_job){.rows = rows,
                                                    .cols = p->cols,
                                                    .units = p->units,
                                                    .a = p->a + first_row * ARIO__STRIP * 4,
                                                    .b = p->b,
                                                    .width = p->width,
                                                    .panel_stride = p->units * p->width,
                                                    .alpha = 0.25f,
                                                    .add = add,
                                                    .c = c + first_row * p->cols,
                                                    .ldc = p->cols,
                                                    .a_scale = p->a_scale + first_row,
                                                    .b_scale = p->b_scale});
  return c;
}

// fp32 sums of k products differ by their order by some sqrt(k) * 6e-8 of the sum of magnitudes; 1e-6 * k is
// ample below k = 1000. Sums of whole numbers are exact: only their scaling rounds.
static void loops_equal_plain(void **state) {
  (void)state;
  const size_t sizes[] = {1, 3, 14, 15, 17, 33, 65};
  for (size_t m = 0; m < COUNT_OF(micros); m++)
    for (size_t round = 0; ario__micro_runs(micros[m]) && round < 49 * ARIO__MICRO_FORMATS; round++) {
      int format = (int)(round % ARIO__MICRO_FORMATS);
      size_t shape = round / ARIO__MICRO_FORMATS; // each of them in each format
      struct packed p = {.rows = sizes[shape % 7],
                         .cols = sizes[shape / 7],
                         .units = 1 + round * 5 % 300,
                         .width = shape % 2 ? ARIO__PANEL : 16 * (1 + shape % 3)};
      pack(&p, format);
      float *fast = multiply(&p, micros[m], format, shape & 1, 0, p.rows);
      float *plain = multiply(&p, &ario__micro_plain, format, shape & 1, 0, p.rows);
      for (size_t i = 0; i < p.rows * p.cols; i++) {
        double within =
            format == ARIO_PRECISION_INT8 ? 1e-6 * fabs(plain[i]) + 1e-6 : 1e-6 * (double)(2 * p.units + 10);
        if (!(fabs(fast[i] - plain[i]) <= within))
          fail_msg("%s, %s, %zu x %zu x %zu: [%zu] is %g, plain %g", micros[m]->name, formats[format], p.rows,
                   p.cols, p.units, i, fast[i], plain[i]);
      }
      free(fast), free(plain), free(p.a), free(p.b), free(p.a_scale), free(p.b_scale), free(p.c);
    }
}

// What a session rests on: a row's numbers do not depend on the rows that are computed with it.
static void rows_do_not_matter(void **state) {
  (void)state;
  for (size_t m = 0; m < COUNT_OF(micros); m++)
    for (size_t round = 0; ario__micro_runs(micros[m]) && round < 16; round++) {
      int format = (int)(round % ARIO__MICRO_FORMATS);
      struct packed p = {
          .rows = 31, .cols = 33 + 64 * (round / 4 % 2), .units = 70, .width = round < 8 ? ARIO__PANEL : 48};
      pack(&p, format);
      float *all = multiply(&p, micros[m], format, true, 0, p.rows);
      for (size_t row = 0; row < p.rows; row++) {
        float *one = multiply(&p, micros[m], format, true, row, 1);
        assert_memory_equal(one + row * p.cols, all + row * p.cols, p.cols * sizeof *one);
        free(one);
      }
      free(all), free(p.a), free(p.b), free(p.a_scale), free(p.b_scale), free(p.c);
    }
}

// ---- Whole products ----

static double factor(const struct ario__gemm *gemm, float x) {
  return gemm->precision == ARIO_PRECISION_BF16 ? ario__bf16_low(ario__bf16(x)) : x;
}

static double expected(const struct ario__gemm *gemm, const struct ario__product *p, size_t i, size_t j) {
  double sum = 0;
  for (size_t k = 0; k < p->k; k++) {
    float a = p->kind == ARIO__TN ? p->a[k * p->lda + i] : p->a[i * p->lda + k];
    float b = p->kind == ARIO__NT ? p->b[j * p->ldb + k] : p->b[k * p->ldb + j];
    sum += factor(gemm, a) * factor(gemm, b);
  }
  return sum;
}

// Every backend, kind, alpha and beta, with leading dimensions beyond the widths and sums longer than a
// strip.
static void products_are_right(void **state) {
  (void)state;
  const size_t sizes[] = {1, 2, 3, 17, 65, 128, 300}, sums[] = {1, 2, 3, 17, 65, 600, 1100};
  const struct ario__gemm *list[ARIO__GEMMS];
  size_t count = ario__gemm_list(list);
  for (size_t g = 0; g < count; g++)
    for (size_t round = 0; round < 90; round++) {
      size_t m = sizes[round % 7], n = sizes[round / 7 % 7], k = sums[(round * 3 + 1) % 7];
      struct ario__product p = {.kind = (ario__product_kind)(round % 3),
                                .m = m,
                                .n = n,
                                .k = k,
                                .alpha = round % 4 ? 1.0f : 0.25f,
                                .beta = round % 2,
                                .ldc = n + round % 2};
      p.lda = (p.kind == ARIO__TN ? m : k) + round % 5, p.ldb = (p.kind == ARIO__NT ? k : n) + round % 3;
      float *a = random_floats((m + k) * p.lda), *b = random_floats((n + k) * p.ldb);
      float *before = random_floats(m * p.ldc), *c = malloc(m * p.ldc * sizeof *c);
      memcpy(c, before, m * p.ldc * sizeof *c);
      if (p.beta == 0) c[0] = NAN; // must not be read
      p.a = a, p.b = b, p.c = c;
      void *scratch = ario__block(list[g]->scratch);
      list[g]->multiply(list[g], &p, scratch);
      for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j += 1 + n / 20) {
          double right = p.alpha * expected(list[g], &p, i, j) + (p.beta != 0 ? before[i * p.ldc + j] : 0);
          if (!(fabs(c[i * p.ldc + j] - right) < 1e-6 * (double)(k + 10)))
            fail_msg("%s, kind %d, %zu x %zu x %zu: [%zu, %zu] is %g, not %g", list[g]->name, p.kind, m, n, k,
                     i, j, c[i * p.ldc + j], right);
        }
      if (list[g]->release) list[g]->release(scratch);
      free(a), free(b), free(before), free(c), free(scratch);
    }
}

// Two products in one round by 1 to 3 workers, tile by tile and with both factors packed first, against the
// plain product of the whole. The order of the sums may differ as above, but not with the number of workers
// or where the packed numbers are.
static void compare_products(size_t m, size_t n, size_t k, struct ario__pool *pool, float *c, float *d,
                             float *sums, const struct ario__gemm *gemm) {
  float *a = random_floats(k * m), *b = random_floats(k * n), *bias = random_floats(n);
  float *from = random_floats(m * n), *plain = malloc(m * n * sizeof *plain);
  for (size_t i = 0; i < m; i++) sums[i] = 1;
  const struct ario__product products[] = {
      {ARIO__TN, m, n, k, 1, 0, a, b, c, m, n, n, .a_sums = sums},
      {ARIO__NT, m, n, k, 1, 1, a, b, d, k, k, n, bias, from},
  };
  ario__products_run(gemm, pool, products, 2);
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      assert_below(fabs(c[i * n + j] - expected(gemm, &products[0], i, j)), 1e-6f * (float)(k + 10));
      double right = expected(gemm, &products[1], i, j) + from[i * n + j] + bias[j];
      assert_below(fabs(d[i * n + j] - right), 1e-6f * (float)(k + 10));
    }
  for (size_t i = 0; i < m; i++) {
    double sum = 1;
    for (size_t r = 0; r < k; r++) sum += a[r * m + i];
    assert_below(fabs(sums[i] - sum), 1e-6 * (double)(k + 10));
  }
  free(a), free(b), free(bias), free(from), free(plain);
}

static void tiles_for_any_workers(const struct ario__gemm *gemm, size_t m, size_t n, size_t k) {
  size_t bytes = m * n * sizeof(float);
  float *c = malloc(2 * bytes), *d = malloc(2 * bytes), *sums = malloc(2 * m * sizeof *sums);
  struct ario__rng before = rng;
  size_t room = 2 * ario__product_packed(gemm, m, n, k) * sizeof(float);
  void *lent = malloc(room);
  for (size_t round = 0; round < 6; round++) {
    struct ario__pool *pool;
    size_t at = round > 0;
    rng = before;
    assert_ok(ario__gemm_pool(gemm, 1 + round % 3, &pool));
    if (round >= 3) ario__pool_lend(pool, lent, room);
    compare_products(m, n, k, pool, c + at * m * n, d + at * m * n, sums + at * m, gemm);
    ario__pool_free(pool);
    if (!at) continue;
    assert_memory_equal(c, c + m * n, bytes);
    assert_memory_equal(d, d + m * n, bytes);
    assert_memory_equal(sums, sums + m, m * sizeof *sums);
  }
  free(c), free(d), free(sums), free(lent);
}

// A symmetric product against a sum in double, in all of it, also what is mirrored; and what it starts
// from, times beta.
static void symmetric_products(void **state) {
  (void)state;
  const size_t shapes[][2] = {{1, 3}, {65, 17}, {113, 1100}, {300, 70}, {449, 40}};
  const struct ario__gemm *list[ARIO__GEMMS];
  size_t count = ario__gemm_list(list);
  for (size_t g = 0; g < count; g++)
    for (size_t round = 0; round < 2 * COUNT_OF(shapes); round++) {
      size_t m = shapes[round / 2][0], k = shapes[round / 2][1];
      size_t room = ario__product_packed(list[g], m, m, k) * sizeof(float);
      float *a = random_floats(m * k), *from = random_floats(m * m), *c = random_floats(m * m);
      void *lent = malloc(room);
      struct ario__pool *pool;
      assert_ok(ario__gemm_pool(list[g], 2, &pool));
      if (round % 2) ario__pool_lend(pool, lent, room);
      for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < i; j++) from[j * m + i] = from[i * m + j];
      struct ario__product p = {ARIO__NT, m, m, k, 0.5f, -3,           a,
                                a,        c, k, k, m,    .from = from, .symmetric = true};
      ario__product_run(list[g], pool, &p);
      for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < m; j++) {
          double right = 0.5 * expected(list[g], &p, i, j) - 3.0 * from[i * m + j];
          assert_below(fabs(c[i * m + j] - right), 3e-6f * (float)(k + 10)); // squares add up to more
          assert_true(c[i * m + j] == c[j * m + i]);
        }
      ario__pool_free(pool);
      free(a), free(from), free(c), free(lent);
    }
}

static void products_in_tiles(void **state) {
  (void)state;
  const size_t shapes[][3] = {{1, 300, 20},  {33, 257, 5},  {300, 129, 70},
                              {128, 256, 3}, {257, 700, 9}, {230, 65, 1100}};
  const struct ario__gemm *list[ARIO__GEMMS];
  size_t count = ario__gemm_list(list);
  for (size_t g = 0; g < count; g++)
    for (size_t i = 0; i < COUNT_OF(shapes); i++)
      tiles_for_any_workers(list[g], shapes[i][0], shapes[i][1], shapes[i][2]);
}

// It is loaded by its name, and needed to build: where it is not found, nothing here tests it.
static void openblas_is_found(void **state) {
  (void)state;
  assert_true(ario__openblas_runs());
}

int main(void) {
  ario__rng_seed(&rng, 1);
  for (size_t m = 0; m < COUNT_OF(micros); m++)
    if (!ario__micro_runs(micros[m])) print_message("SKIP: this processor cannot run %s\n", micros[m]->name);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(packing_equals_plain), cmocka_unit_test(loops_equal_plain),
      cmocka_unit_test(rows_do_not_matter),   cmocka_unit_test(products_are_right),
      cmocka_unit_test(products_in_tiles),    cmocka_unit_test(symmetric_products),
      cmocka_unit_test(openblas_is_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
