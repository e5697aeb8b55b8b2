// SPDX-License-Identifier: MIT
//
// Matrix products by our own inner loops, in fp32 and bf16. OpenBLAS of Debian 12 does not know the newer AMD
// processors (there it has half of oneDNN's speed, measured), has no bf16 for them, and its sums depend on
// the shapes of its calls. Ours do not.
#include "core/base/sizes.h"
#include "core/math/gemm_blocks.h"

enum {
  PANEL = 32,                    // with STRIP_ROWS rows its sums fill the registers
  ROWS = 8 * ARIO__STRIP_ROWS,   // of a group
  WIDTH = 8 * ARIO__STRIP_WIDTH, // of a group that is turned
  GROUP = WIDTH * ARIO__STRIP,   // most units of a group
  COLUMNS = 2 * ROWS,            // of a block of b: whole panels, 448 KB with UNITS units
  ACROSS = 32,                   // rows that are packed into all panels before the rows below
};

// ---- Packing ----

static size_t group_units(ario__product_kind kind, size_t units) {
  return kind == ARIO__TN ? WIDTH * units : (size_t)ROWS * ARIO__STRIP;
}

// Packs x [t->count, columns] into panels of `width`, of which `step` columns are used.
static void pack_across(const struct ario__part *t, char *to, size_t width, size_t step, const float *x,
                        size_t ldx, size_t columns) {
  ario_precision precision = t->gemm->precision;
  for (size_t k = 0; k < t->count; k += ACROSS)
    for (size_t i = 0; i < columns; i += step)
      t->gemm->micro->across[precision](to + (i / step * t->units + ario__units(precision, k)) * width * 4,
                                        width, x + k * ldx + i, ldx, ario__smaller(columns - i, step),
                                        ario__smaller(t->count - k, ACROSS));
}

static void pack_b(const struct ario__part *t, size_t column, size_t columns, void *to, void *own) {
  (void)own;
  const struct ario__product *p = t->p;
  if (p->kind == ARIO__NT)
    for (size_t i = 0; i < columns; i += PANEL)
      t->gemm->micro->columns[t->gemm->precision]((char *)to + i * t->units * 4, PANEL,
                                                  p->b + (column + i) * p->ldb + t->first, p->ldb,
                                                  ario__smaller(columns - i, PANEL), t->count);
  else
    pack_across(t, to, PANEL, PANEL, p->b + t->first * p->ldb + column, p->ldb, columns);
}

static void pack_a(const struct ario__part *t, size_t row, size_t rows, void *to, void *own) {
  (void)own;
  const struct ario__product *p = t->p;
  if (p->kind == ARIO__TN)
    pack_across(t, to, ARIO__STRIP_WIDTH, ARIO__STRIP_ROWS, p->a + t->first * p->lda + row, p->lda, rows);
  else
    t->gemm->micro->strip[t->gemm->precision](to, p->a + row * p->lda + t->first, p->lda, rows, t->count);
}

// ---- Multiplying ----

static void multiply(const struct ario__part *t, size_t row, size_t rows, const void *a, size_t column,
                     size_t columns, const void *b, void *own) {
  (void)own;
  const struct ario__product *p = t->p;
  bool turned = p->kind == ARIO__TN;
  for (size_t i = 0; i < rows; i += ARIO__STRIP_ROWS) {
    size_t units = turned ? i / ARIO__STRIP_ROWS * ARIO__STRIP_WIDTH * t->units : i * ARIO__STRIP;
    t->gemm->micro->multiply[t->gemm->precision](
        &(struct ario__micro_job){.rows = ario__smaller(rows - i, ARIO__STRIP_ROWS),
                                  .cols = columns,
                                  .units = t->units,
                                  .a = (const char *)a + units * 4,
                                  .turned = turned,
                                  .b = b,
                                  .width = PANEL,
                                  .panel_stride = t->units * PANEL,
                                  .alpha = p->alpha,
                                  .add = p->beta != 0 || t->first,
                                  .c = p->c + (row + i) * p->ldc + column,
                                  .ldc = p->ldc});
  }
}

static const struct ario__blocks blocks = {.rows = ROWS,
                                           .columns = COLUMNS,
                                           .panel = PANEL,
                                           .step = 1,
                                           .group = GROUP,
                                           .group_units = group_units,
                                           .pack_a = pack_a,
                                           .pack_b = pack_b,
                                           .multiply = multiply};

#define GEMM(MICRO, PRECISION, NAME)                                                                         \
  {                                                                                                          \
    .name = NAME, .precision = PRECISION, .scratch = ARIO__BLOCKS_SCRATCH(0, COLUMNS, GROUP),                \
    .micro = &ario__micro_##MICRO, .blocks = &blocks, .multiply = ario__blocks_multiply,                     \
    .run = ario__blocks_run                                                                                  \
  }
const struct ario__gemm ario__gemm_plain_bf16 = GEMM(plain, ARIO_PRECISION_BF16, "plain C, bf16");
#ifdef ARIO_WITH_X86
const struct ario__gemm ario__gemm_avx2 = GEMM(avx2, ARIO_PRECISION_FP32, "AVX2");
const struct ario__gemm ario__gemm_avx512 = GEMM(avx512, ARIO_PRECISION_FP32, "AVX-512");
const struct ario__gemm ario__gemm_avx512_bf16 = GEMM(avx512, ARIO_PRECISION_BF16, "AVX-512 bf16");
#endif
