// SPDX-License-Identifier: MIT
//
// Products by oneDNN, beside what test_products.c has for every backend: they stay on their thread, compile a
// shape once, and are right also when nothing can be compiled. The linker puts the function below in the
// place of oneDNN's in our objects (--wrap).
#include "core/math/gemm.h"
#include "tests/support/test.h"

#ifdef ARIO_WITH_ONEDNN
#include "core/math/onednn.h"

#include <dirent.h>
#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdatomic.h>

static atomic_int compiled;
static atomic_bool refuse;

dnnl_status_t __real_dnnl_primitive_create(dnnl_primitive_t *primitive,
                                           const_dnnl_primitive_desc_t described);
dnnl_status_t __wrap_dnnl_primitive_create(dnnl_primitive_t *primitive,
                                           const_dnnl_primitive_desc_t described);

dnnl_status_t __wrap_dnnl_primitive_create(dnnl_primitive_t *primitive,
                                           const_dnnl_primitive_desc_t described) {
  if (refuse) return dnnl_out_of_memory;
  compiled++;
  return __real_dnnl_primitive_create(primitive, described);
}

static size_t threads_of_process(void) {
  size_t count = 0;
  DIR *folder = opendir("/proc/self/task");
  while (folder && readdir(folder)) count++;
  if (folder) closedir(folder);
  return count;
}

enum { SIDE = 300 };

// c [SIDE, SIDE] of factors that are whole and small: the sums are exact in any order. 2,048 along the sum.
static void multiply(struct ario__pool *pool, float *c) {
  enum { SUM = 2048 };
  float *a = malloc(SIDE * SUM * sizeof *a), *b = malloc(SIDE * SUM * sizeof *b);
  for (size_t i = 0; i < SIDE * SUM; i++) a[i] = (float)(i % 7) - 3, b[i] = (float)(i % 11) - 5;
  const struct ario__product product = {ARIO__NT, SIDE, SIDE, SUM, 0.5f, 0, a, b, c, SUM, SUM, SIDE};
  ario__product_run(&ario__gemm_onednn, pool, &product);
  free(a), free(b);
}

static void products_stay_on_their_threads(void **state) {
  (void)state;
  struct ario__pool *pool;
  float *c = malloc(SIDE * SIDE * sizeof *c);
  omp_set_num_threads(5); // of the program's own
  assert_ok(ario__gemm_pool(&ario__gemm_onednn, 3, &pool));
  size_t before = threads_of_process();
  for (size_t i = 0; i < 10; i++) multiply(pool, c);
  assert_int_equal(threads_of_process(), before);
  assert_int_equal(omp_get_max_threads(), 5);
  ario__pool_free(pool);
  free(c);
}

static void a_shape_is_compiled_once(void **state) {
  (void)state;
  struct ario__pool *pool;
  float *c = malloc(SIDE * SIDE * sizeof *c);
  assert_ok(ario__gemm_pool(&ario__gemm_onednn, 1, &pool));
  multiply(pool, c);
  int before = compiled;
  assert_true(before > 0);
  for (size_t i = 0; i < 10; i++) multiply(pool, c);
  assert_int_equal(compiled, before);
  ario__pool_free(pool);
  free(c);
}

static void plain_loops_stand_in(void **state) {
  (void)state;
  float *with = malloc(SIDE * SIDE * sizeof *with), *without = malloc(SIDE * SIDE * sizeof *without);
  struct ario__pool *pool;
  assert_ok(ario__gemm_pool(&ario__gemm_onednn, 2, &pool));
  refuse = true;
  multiply(pool, without);
  refuse = false;
  int before = compiled;
  multiply(pool, with);
  assert_true(compiled > before); // it is tried again
  assert_memory_equal(with, without, SIDE * SIDE * sizeof *with);
  ario__pool_free(pool);
  free(with), free(without);
}

static void the_yardstick_measures(void **state) {
  (void)state;
  struct ario__onednn_yardstick *yardstick;
  struct ario__pool *pool;
  assert_ok(ario__pool_create(3, 0, &pool));
  for (int p = ARIO_PRECISION_FP32; p <= ARIO_PRECISION_BF16; p++) {
    assert_ok(ario__onednn_yardstick_create((ario_precision)p, 200, 3, &yardstick));
    size_t before = threads_of_process();
    ario__pool_run(pool, ario__onednn_yardstick_run, yardstick, 3);
    assert_int_equal(threads_of_process(), before);
    ario__onednn_yardstick_free(yardstick);
  }
  refuse = true;
  assert_status(ario__onednn_yardstick_create(ARIO_PRECISION_BF16, 200, 3, &yardstick), ARIO_ERR_MEMORY);
  assert_null(yardstick);
  refuse = false;
  ario__pool_free(pool);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(products_stay_on_their_threads),
      cmocka_unit_test(a_shape_is_compiled_once),
      cmocka_unit_test(plain_loops_stand_in),
      cmocka_unit_test(the_yardstick_measures),
  };
  if (ario__onednn_runs()) return cmocka_run_group_tests(tests, NULL, NULL);
  printf("SKIP: this processor has no instructions for bf16\n");
  return 77;
}
#else
int main(void) {
  printf("SKIP: built without oneDNN\n");
  return 77;
}
#endif
