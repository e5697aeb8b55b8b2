// SPDX-License-Identifier: MIT
//
// Measures the machine.
#include "arioso/machine.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/math/gemm.h"
#include "core/math/kernels.h"
#ifdef ARIO_WITH_ONEDNN
#include "core/math/onednn.h"
#endif

#include <stdlib.h>

enum { SAMPLES = 7 };

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

// Runs one task for each worker.
static double run_once(struct ario__pool *pool, size_t threads, ario__task task, void *context) {
  double start = ario__clock_seconds();
  ario__pool_run(pool, task, context, threads);
  return ario__clock_seconds() - start;
}

static double median_seconds(struct ario__pool *pool, size_t threads, ario__task task, void *context) {
  double seconds[SAMPLES];
  for (size_t i = 0; i < SAMPLES; i++) seconds[i] = run_once(pool, threads, task, context);
  qsort(seconds, SAMPLES, sizeof *seconds, by_size);
  return seconds[SAMPLES / 2];
}

static bool is_count(size_t threads) {
  return threads >= 1 && threads <= ARIO__MAX_THREADS;
}

// ---- Products ----

enum { SIDE = 2048 };

struct multiplying {
  const struct ario__gemm *gemm;
  struct ario__pool *pool;
  size_t rows; // of one worker; the last one may have fewer
  const float *a, *b;
  float *c;
};

// NULL: the processor has no instructions for this precision, or OpenBLAS is not here.
static const struct ario__gemm *gemm_for(ario_precision precision) {
  if (precision == ARIO_PRECISION_FP32) return ario__openblas_runs() ? &ario__gemm_openblas : NULL;
  const struct ario__gemm *gemm = ario__gemm_of(ARIO_KERNELS_FAST, precision);
  return gemm->precision == precision ? gemm : NULL;
}

static void multiply_part(void *context, size_t task, size_t worker) {
  const struct multiplying *m = context;
  size_t first = task * m->rows, rows = first < SIDE ? SIDE - first : 0;
  if (rows > m->rows) rows = m->rows;
  if (rows)
    m->gemm->multiply(m->gemm,
                      &(struct ario__product){ARIO__NN, rows, SIDE, SIDE, 1, 0, m->a + first * SIDE, m->b,
                                              m->c + first * SIDE, SIDE, SIDE, SIDE},
                      ario__pool_scratch(m->pool, worker));
}

// Small numbers that differ, so that no product has special values.
static void fill(float *x, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] = (float)((i * 2654435761u >> 8) % 1024) / 1024 - 0.5f;
}

// FLOP/s of these tasks, one per worker.
static double flops_of(struct ario__pool *pool, size_t threads, ario__task task, void *context) {
  run_once(pool, threads, task, context);
  return 2.0 * SIDE * SIDE * SIDE / median_seconds(pool, threads, task, context);
}

static ario_status measure_gemm(const struct ario__gemm *gemm, size_t threads, double *flops) {
  struct ario__pool *pool;
  const size_t numbers = (size_t)SIDE * SIDE;
  float *block = ario__block(3 * numbers * sizeof *block);
  if (!block) return ARIO_ERR_MEMORY;
  ario_status status = ario__gemm_pool(gemm, threads, &pool);
  if (!status) {
    struct multiplying m = {
        gemm, pool, (SIDE + threads - 1) / threads, block, block + numbers, block + 2 * numbers};
    fill(block, 2 * numbers);
    *flops = flops_of(pool, threads, multiply_part, &m);
    ario__pool_free(pool);
  }
  free(block);
  return status;
}

#ifdef ARIO_WITH_ONEDNN
// *flops stays 0 if oneDNN has no fast implementation.
static ario_status measure_onednn(ario_precision precision, size_t threads, double *flops) {
  struct ario__onednn_yardstick *yardstick;
  struct ario__pool *pool;
  ario_status status = ario__onednn_yardstick_create(precision, SIDE, threads, &yardstick);
  if (status) return status == ARIO_ERR_UNSUPPORTED ? ARIO_OK : status;
  status = ario__pool_create(threads, 0, &pool);
  if (!status) {
    *flops = flops_of(pool, threads, ario__onednn_yardstick_run, yardstick);
    ario__pool_free(pool);
  }
  ario__onednn_yardstick_free(yardstick);
  return status;
}
#endif

ario_status ario_machine_products(ario_precision precision, size_t threads, double *flops) {
  *flops = 0;
  if (!is_count(threads)) return ARIO_ERR_ARGUMENT;
#ifdef ARIO_WITH_ONEDNN
  if (precision == ARIO_PRECISION_FP32 || (precision == ARIO_PRECISION_BF16 && ario__onednn_runs())) {
    ario_status status = measure_onednn(precision, threads, flops);
    if (status) return status;
  }
  if (precision == ARIO_PRECISION_BF16 && *flops > 0) return ARIO_OK;
#endif
  const struct ario__gemm *gemm = gemm_for(precision);
  double others = 0;
  ario_status status = gemm ? measure_gemm(gemm, threads, &others) : ARIO_OK;
  if (others > *flops) *flops = others;
  return status;
}

// ---- Memory ----

enum { STREAMS = 4, LANES = 16, APART = ARIO__ALIGNMENT / sizeof(uint64_t) };

struct reading {
  uint64_t *numbers; // [workers, part], written before: memory that was never written is one page of zeros
  size_t part;       // a multiple of STREAMS * LANES
  size_t passes;
  uint64_t *sums; // [workers, APART]: each in a cache line of its own
};

// The sum of x [count], read from four places at once, which uses more of the memory's bandwidth than one.
// Each lane is a register.
ARIO__CLONES
static uint64_t sum_of(const uint64_t *x, size_t count) {
  uint64_t lanes[STREAMS * LANES] = {0}, sum = 0;
  size_t stream = count / STREAMS;
  for (size_t i = 0; i < stream; i += LANES)
    for (size_t s = 0; s < STREAMS; s++)
      for (size_t l = 0; l < LANES; l++) lanes[s * LANES + l] += x[s * stream + i + l];
  for (size_t l = 0; l < STREAMS * LANES; l++) sum += lanes[l];
  return sum;
}

static void read_part(void *context, size_t task, size_t worker) {
  (void)worker;
  const struct reading *r = context;
  for (size_t pass = 0; pass < r->passes; pass++)
    r->sums[task * APART] += sum_of(r->numbers + task * r->part, r->part);
}

// Chooses so many passes that waking the workers does not count.
static void settle_passes(struct ario__pool *pool, size_t threads, struct reading *r) {
  const double enough = 0.02, most = 1e6;
  r->passes = 1;
  run_once(pool, threads, read_part, r);
  double wanted = enough / (run_once(pool, threads, read_part, r) + 1e-9);
  r->passes = wanted < 1 ? 1 : (size_t)(wanted < most ? wanted : most);
  run_once(pool, threads, read_part, r);
}

ario_status ario_machine_bandwidth(size_t bytes, size_t threads, double *bytes_per_s) {
  *bytes_per_s = 0;
  if (!is_count(threads) || !bytes) return ARIO_ERR_ARGUMENT;
  struct ario__arena arena = {0};
  struct ario__pool *pool;
  const size_t unit = STREAMS * LANES * sizeof(uint64_t);
  size_t units = bytes / threads / unit + (bytes / threads % unit != 0);
  struct reading r = {.part = (units ? units : 1) * (unit / sizeof(uint64_t))};
  for (int pass = 0; pass < 2; pass++) {
    arena.used = 0;
    r.sums = ario__carve(&arena, threads, ARIO__ALIGNMENT);
    r.numbers = ario__carve(&arena, r.part, threads * sizeof *r.numbers);
    if (arena.overflow) return ARIO_ERR_LIMIT;
    if (!arena.base && !(arena.base = ario__block(arena.used))) return ARIO_ERR_MEMORY;
  }
  ario_status status = ario__pool_create(threads, 0, &pool);
  if (!status) {
    settle_passes(pool, threads, &r);
    double seconds = median_seconds(pool, threads, read_part, &r);
    *bytes_per_s = (double)r.part * sizeof *r.numbers * (double)threads * (double)r.passes / seconds;
    ario__pool_free(pool);
  }
  free(arena.base);
  return status;
}
