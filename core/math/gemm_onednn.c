// SPDX-License-Identifier: MIT
//
// Matrix products by oneDNN. The only file that includes oneDNN, and OpenMP, with which oneDNN starts
// threads.
//
// oneDNN is fastest with dense factors that are packed as it likes it: a in rows, b in panels of 64 columns
// of pairs of numbers. Both are packed here from fp32, as for our own loops (gemm_blocks.h), and padded to
// multiples, so that few shapes occur: oneDNN compiles a function for each shape, which takes as long as some
// products. Sums go to a dense tile, and from there to c.
#include "core/base/memory.h"
#include "core/math/bf16.h"
#include "core/math/gemm_blocks.h"
#include "core/math/kernels.h"
#include "core/math/onednn.h"

#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdlib.h>
#include <string.h>

enum {
  ROWS = 128,
  COLUMNS = 256,
  PANEL = 64,
  ROW_STEP = 32, // of rows; AMX multiplies 16 at a time
  STEP = 16,     // of units: a panel is a row of blocks of this size
  GROUP = ROWS * ARIO__UNITS,
  WORK = 64 << 10 // bytes that oneDNN may use while it multiplies
};

// The arguments of a product, in this order.
enum { A, B, C, MEMORY, ARGUMENTS };

// The compiled product of one shape.
struct function {
  dnnl_primitive_t primitive;
  dnnl_memory_t arguments[ARGUMENTS];
};

// What each worker has.
struct tools {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  struct function functions[ROWS / ROW_STEP][COLUMNS / PANEL][ARIO__UNITS / STEP];
  _Alignas(ARIO__ALIGNMENT) float sums[ROWS * COLUMNS];
  _Alignas(ARIO__ALIGNMENT) uint32_t turned[ARIO__UNITS * ROWS];
  _Alignas(ARIO__ALIGNMENT) char work[WORK];
};

static size_t round_up(size_t x, size_t step) {
  return (x + step - 1) / step * step;
}

// ---- Packing ----

static size_t group_units(ario__product_kind kind, size_t units) {
  (void)kind;
  return ROWS * units;
}

// Packs a into [rows][units], the end of each row filled with zeros.
static void pack_rows(const struct ario__micro *micro, const struct ario__part *t, size_t row, size_t rows,
                      uint32_t *to) {
  size_t lda = t->p->lda, filled = ario__units(ARIO_PRECISION_BF16, t->count);
  const float *a = t->p->a + row * lda + t->first;
  for (size_t r = 0; r < rows; r++, a += lda, to += t->units) {
    micro->strip[ARIO_PRECISION_BF16](to, a, lda, 1, t->count);
    memset(to + filled, 0, (t->units - filled) * sizeof *to);
  }
}

// The same for a [k, m]: pairs are made across its rows, then rows and columns of units are exchanged; a unit
// has the size of an fp32 number.
static void pack_turned(const struct ario__micro *micro, const struct ario__part *t, size_t row, size_t rows,
                        uint32_t *to, struct tools *tools) {
  size_t lda = t->p->lda, filled = ario__units(ARIO_PRECISION_BF16, t->count);
  const float *a = t->p->a + t->first * lda + row;
  micro->across[ARIO_PRECISION_BF16](tools->turned, ROWS, a, lda, rows, t->count);
  micro->columns[ARIO_PRECISION_FP32](to, t->units, (const float *)tools->turned, ROWS, filled, rows);
}

static void pack_a(const struct ario__part *t, size_t row, size_t rows, void *to, void *own) {
  const struct ario__micro *micro = ario__micro_best();
  if (t->p->kind == ARIO__TN)
    pack_turned(micro, t, row, rows, to, own);
  else
    pack_rows(micro, t, row, rows, to);
}

static void pack_b(const struct ario__part *t, size_t column, size_t columns, void *to, void *own) {
  (void)own;
  const struct ario__micro *micro = ario__micro_best();
  const struct ario__product *p = t->p;
  size_t filled = ario__units(ARIO_PRECISION_BF16, t->count);
  uint32_t *panel = to;
  for (size_t i = 0; i < columns; i += PANEL, panel += PANEL * t->units) {
    size_t cols = columns - i < PANEL ? columns - i : PANEL;
    if (p->kind == ARIO__NT)
      micro->columns[ARIO_PRECISION_BF16](panel, PANEL, p->b + (column + i) * p->ldb + t->first, p->ldb, cols,
                                          t->count);
    else
      micro->across[ARIO_PRECISION_BF16](panel, PANEL, p->b + t->first * p->ldb + column + i, p->ldb, cols,
                                         t->count);
    memset(panel + filled * PANEL, 0, (t->units - filled) * PANEL * sizeof *panel);
  }
}

// ---- oneDNN ----

// OpenMP keeps a number of threads for each calling thread; oneDNN reads it when it compiles and when it
// multiplies. Sets it to 1 and returns the number before.
static int alone(void) {
  int before = omp_get_max_threads();
  if (before != 1) omp_set_num_threads(1);
  return before;
}

static void not_alone(int before) {
  if (before != 1) omp_set_num_threads(before);
}

// Tells by the name of oneDNN's implementation: "brg..." are its products of blocks.
static bool is_fast(const_dnnl_primitive_desc_t made) {
  const char *name = NULL;
  return dnnl_primitive_desc_query(made, dnnl_query_impl_info_str, 0, &name) == dnnl_success && name &&
         strncmp(name, "brg", 3) == 0;
}

// Describes [m, n] = [m, k] [k, n] for numbers of a type. Working memory is passed with each call, so any
// number of threads can execute it.
static dnnl_status_t describe(dnnl_engine_t engine, dnnl_data_type_t type, dnnl_dim_t m, dnnl_dim_t n,
                              dnnl_dim_t k, dnnl_format_tag_t b_tag, dnnl_primitive_desc_t *out) {
  dnnl_memory_desc_t a, b, c;
  dnnl_matmul_desc_t product;
  dnnl_primitive_attr_t options = NULL;
  *out = NULL;
  dnnl_status_t status = dnnl_memory_desc_init_by_tag(&a, 2, (const dnnl_dims_t){m, k}, type, dnnl_ab);
  if (!status) status = dnnl_memory_desc_init_by_tag(&b, 2, (const dnnl_dims_t){k, n}, type, b_tag);
  if (!status) status = dnnl_memory_desc_init_by_tag(&c, 2, (const dnnl_dims_t){m, n}, dnnl_f32, dnnl_ab);
  if (!status) status = dnnl_matmul_desc_init(&product, &a, &b, NULL, &c);
  if (!status) status = dnnl_primitive_attr_create(&options);
  if (!status) status = dnnl_primitive_attr_set_scratchpad_mode(options, dnnl_scratchpad_mode_user);
  if (!status) status = dnnl_primitive_desc_create(out, &product, options, engine, NULL);
  dnnl_primitive_attr_destroy(options);
  return status;
}

static const dnnl_query_t queries[ARGUMENTS] = {
    [A] = dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md, dnnl_query_scratchpad_md};

static size_t bytes_of(const_dnnl_primitive_desc_t made, int argument) {
  return dnnl_memory_desc_get_size(dnnl_primitive_desc_query_md(made, queries[argument], 0));
}

static void forget(struct function *f) {
  for (int i = 0; i < ARGUMENTS; i++)
    if (f->arguments[i]) dnnl_memory_destroy(f->arguments[i]);
  if (f->primitive) dnnl_primitive_destroy(f->primitive);
  *f = (struct function){NULL};
}

// Compiles a description. `places` are the addresses of the arguments.
static bool compile(struct function *f, dnnl_engine_t engine, const_dnnl_primitive_desc_t described,
                    void *const places[ARGUMENTS]) {
  dnnl_status_t status = dnnl_primitive_create(&f->primitive, described);
  for (int i = 0; !status && i < ARGUMENTS; i++)
    status = dnnl_memory_create(&f->arguments[i], dnnl_primitive_desc_query_md(described, queries[i], 0),
                                engine, places[i]);
  if (status) forget(f);
  return !status;
}

static bool execute(const struct function *f, dnnl_stream_t stream) {
  const dnnl_exec_arg_t arguments[ARGUMENTS] = {{DNNL_ARG_SRC, f->arguments[A]},
                                                {DNNL_ARG_WEIGHTS, f->arguments[B]},
                                                {DNNL_ARG_DST, f->arguments[C]},
                                                {DNNL_ARG_SCRATCHPAD, f->arguments[MEMORY]}};
  return dnnl_primitive_execute(f->primitive, stream, ARGUMENTS, arguments) == dnnl_success;
}

static bool start(dnnl_engine_t *engine, dnnl_stream_t *stream) {
  return (*engine || dnnl_engine_create(engine, dnnl_cpu, 0) == dnnl_success) &&
         (*stream || dnnl_stream_create(stream, *engine, dnnl_stream_default_flags) == dnnl_success);
}

// ---- Multiplying ----

// The function for m, n and units; NULL if it cannot be made.
static struct function *function_of(struct tools *tools, size_t m, size_t n, size_t units, const void *a,
                                    const void *b) {
  struct function *f = &tools->functions[m / ROW_STEP - 1][n / PANEL - 1][units / STEP - 1];
  dnnl_primitive_desc_t described = NULL;
  if (f->primitive) return f;
  bool made = start(&tools->engine, &tools->stream) &&
              !describe(tools->engine, dnnl_bf16, (dnnl_dim_t)m, (dnnl_dim_t)n, (dnnl_dim_t)(2 * units),
                        dnnl_BA16a64b2a, &described) &&
              is_fast(described) && bytes_of(described, MEMORY) <= WORK &&
              compile(f, tools->engine, described,
                      (void *const[ARGUMENTS]){(void *)a, (void *)b, tools->sums, tools->work});
  if (described) dnnl_primitive_desc_destroy(described);
  return made ? f : NULL;
}

static bool sum_by_library(struct tools *tools, size_t m, size_t n, size_t units, const void *a,
                           const void *b) {
  int before = alone();
  struct function *f = function_of(tools, m, n, units, a, b);
  bool done = f && dnnl_memory_set_data_handle(f->arguments[A], (void *)a) == dnnl_success &&
              dnnl_memory_set_data_handle(f->arguments[B], (void *)b) == dnnl_success &&
              execute(f, tools->stream);
  not_alone(before);
  return done;
}

// The same sums [m, n] by plain loops.
static void sum_plainly(float *sums, size_t m, size_t n, size_t units, const uint32_t *a, const uint32_t *b) {
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      const uint32_t *panel = b + j / PANEL * PANEL * units + j % PANEL;
      float sum = 0;
      for (size_t k = 0; k < units; k++) {
        uint32_t x = a[i * units + k], y = panel[k * PANEL];
        sum += ario__bf16_low(x) * ario__bf16_low(y) + ario__bf16_high(x) * ario__bf16_high(y);
      }
      sums[i * n + j] = sum;
    }
}

ARIO__CLONES
static void put_row(float *restrict c, const float *restrict sums, float alpha, bool add, size_t columns) {
  if (add)
    for (size_t i = 0; i < columns; i++) c[i] += alpha * sums[i];
  else
    for (size_t i = 0; i < columns; i++) c[i] = alpha * sums[i];
}

// Rows of a beyond the last hold arbitrary numbers; their sums are not used.
static void multiply(const struct ario__part *t, size_t row, size_t rows, const void *a, size_t column,
                     size_t columns, const void *b, void *own) {
  struct tools *tools = own;
  const struct ario__product *p = t->p;
  size_t n = round_up(columns, PANEL);
  if (!sum_by_library(tools, round_up(rows, ROW_STEP), n, t->units, a, b))
    sum_plainly(tools->sums, rows, n, t->units, a, b);
  for (size_t r = 0; r < rows; r++)
    put_row(p->c + (row + r) * p->ldc + column, tools->sums + r * n, p->alpha, p->beta != 0 || t->first,
            columns);
}

static void release(void *scratch) {
  struct tools *tools = scratch;
  struct function *functions = &tools->functions[0][0][0];
  for (size_t i = 0; i < sizeof tools->functions / sizeof *functions; i++) forget(&functions[i]);
  if (tools->stream) dnnl_stream_destroy(tools->stream);
  if (tools->engine) dnnl_engine_destroy(tools->engine);
  tools->stream = NULL;
  tools->engine = NULL;
}

static const struct ario__blocks blocks = {.rows = ROWS,
                                           .columns = COLUMNS,
                                           .panel = PANEL,
                                           .step = STEP,
                                           .own = sizeof(struct tools),
                                           .group = GROUP,
                                           .group_units = group_units,
                                           .pack_a = pack_a,
                                           .pack_b = pack_b,
                                           .multiply = multiply};

const struct ario__gemm ario__gemm_onednn = {.name = "oneDNN bf16",
                                             .precision = ARIO_PRECISION_BF16,
                                             .scratch =
                                                 ARIO__BLOCKS_SCRATCH(sizeof(struct tools), COLUMNS, GROUP),
                                             .blocks = &blocks,
                                             .multiply = ario__blocks_multiply,
                                             .release = release,
                                             .run = ario__blocks_run};

static bool has(dnnl_cpu_isa_t instructions) {
  return (dnnl_get_effective_cpu_isa() & instructions) == instructions;
}

bool ario__onednn_runs(void) {
  return has(dnnl_cpu_isa_avx512_core_bf16);
}

bool ario__onednn_has_amx(void) {
  return has(dnnl_cpu_isa_avx512_core_amx);
}

// ---- The yardstick ----

struct ario__onednn_yardstick {
  dnnl_engine_t engine;
  size_t threads;
  char *block; // memory of all arguments
  struct part {
    dnnl_stream_t stream;
    struct function function;
  } parts[ARIO__MAX_THREADS];
};

void ario__onednn_yardstick_free(struct ario__onednn_yardstick *y) {
  if (!y) return;
  for (size_t i = 0; i < y->threads; i++) {
    forget(&y->parts[i].function);
    if (y->parts[i].stream) dnnl_stream_destroy(y->parts[i].stream);
  }
  if (y->engine) dnnl_engine_destroy(y->engine);
  free(y->block);
  free(y);
}

// All parts share b. The numbers are near 1: zeros and other special values could be faster.
static bool make_parts(struct ario__onednn_yardstick *y, const_dnnl_primitive_desc_t described) {
  size_t bytes[ARGUMENTS], part = 0;
  for (int i = 0; i < ARGUMENTS; i++) {
    bytes[i] = round_up(bytes_of(described, i), ARIO__ALIGNMENT);
    part += i == B ? 0 : bytes[i];
  }
  y->block = ario__block(bytes[B] + y->threads * part);
  if (!y->block) return false;
  memset(y->block, 0x3f, bytes[B] + y->threads * part);
  for (size_t i = 0; i < y->threads; i++) {
    char *a = y->block + bytes[B] + i * part, *c = a + bytes[A], *work = c + bytes[C];
    struct part *p = &y->parts[i];
    if (!start(&y->engine, &p->stream) ||
        !compile(&p->function, y->engine, described, (void *const[ARGUMENTS]){a, y->block, c, work}))
      return false;
  }
  return true;
}

ario_status ario__onednn_yardstick_create(ario_precision precision, size_t side, size_t threads,
                                          struct ario__onednn_yardstick **out) {
  dnnl_primitive_desc_t described = NULL;
  struct ario__onednn_yardstick *y = *out = calloc(1, sizeof *y);
  if (!y) return ARIO_ERR_MEMORY;
  y->threads = threads;
  int before = alone();
  dnnl_dim_t rows = (dnnl_dim_t)((side + threads - 1) / threads), n = (dnnl_dim_t)side;
  dnnl_data_type_t type = precision == ARIO_PRECISION_BF16 ? dnnl_bf16 : dnnl_f32;
  ario_status status = ARIO_OK;
  if (dnnl_engine_create(&y->engine, dnnl_cpu, 0) ||
      describe(y->engine, type, rows, n, n, dnnl_format_tag_any, &described))
    status = ARIO_ERR_MEMORY;
  else if (!is_fast(described))
    status = ARIO_ERR_UNSUPPORTED;
  else if (!make_parts(y, described))
    status = ARIO_ERR_MEMORY;
  if (described) dnnl_primitive_desc_destroy(described);
  not_alone(before);
  if (status) {
    ario__onednn_yardstick_free(y);
    *out = NULL;
  }
  return status;
}

void ario__onednn_yardstick_run(void *yardstick, size_t task, size_t worker) {
  (void)worker;
  const struct part *part = &((struct ario__onednn_yardstick *)yardstick)->parts[task];
  int before = alone();
  execute(&part->function, part->stream);
  not_alone(before);
}
