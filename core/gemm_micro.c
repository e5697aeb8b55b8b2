// SPDX-License-Identifier: MIT
//
// Matrix products by our own innermost loops, in fp32 and bf16: a block of b is packed once and stays in the
// second-level cache while strips of a pass by. OpenBLAS of Debian 12 does not know the newer processors of
// AMD (half of oneDNN's speed there, measured), has no bf16 for them, and its sums depend on the shapes of
// its calls.
#include "gemm.h"
#include "micro.h"

enum {
  PANEL = 32,
  COLUMNS = 256, // of a block of b: 512 KB with UNITS units
  B_BYTES = COLUMNS * ARIO__UNITS * 4,
  A_BYTES = ARIO__STRIP_WIDTH * ARIO__STRIP * 4
};

struct block {
  const struct ario__product *p;
  const struct ario__micro *micro;
  ario_precision precision;
  size_t column, columns, first, count; // of c's columns, and along the sum
  char *a, *b;                          // packed
};

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

static void pack_b(const struct block *t) {
  const struct ario__product *p = t->p;
  size_t units = ario__units(t->precision, t->count);
  for (size_t i = 0; i < t->columns; i += PANEL) {
    size_t cols = smaller(t->columns - i, PANEL);
    char *to = t->b + i * units * 4;
    if (p->kind == ARIO__NT)
      t->micro->columns[t->precision](to, PANEL, p->b + (t->column + i) * p->ldb + t->first, p->ldb, cols,
                                      t->count);
    else
      t->micro->across[t->precision](to, PANEL, p->b + t->first * p->ldb + t->column + i, p->ldb, cols,
                                     t->count);
  }
}

static void multiply_block(const struct block *t) {
  const struct ario__product *p = t->p;
  size_t units = ario__units(t->precision, t->count);
  pack_b(t);
  for (size_t row = 0; row < p->m; row += ARIO__STRIP_ROWS) {
    size_t rows = smaller(p->m - row, ARIO__STRIP_ROWS);
    if (p->kind == ARIO__TN)
      t->micro->across[t->precision](t->a, ARIO__STRIP_WIDTH, p->a + t->first * p->lda + row, p->lda, rows,
                                     t->count);
    else
      t->micro->strip[t->precision](t->a, p->a + row * p->lda + t->first, p->lda, rows, t->count);
    t->micro->multiply[t->precision](&(struct ario__micro_job){.rows = rows,
                                                               .cols = t->columns,
                                                               .units = units,
                                                               .a = t->a,
                                                               .turned = p->kind == ARIO__TN,
                                                               .b = t->b,
                                                               .width = PANEL,
                                                               .panel_stride = units * PANEL,
                                                               .alpha = p->alpha,
                                                               .add = p->beta != 0 || t->first,
                                                               .c = p->c + row * p->ldc + t->column,
                                                               .ldc = p->ldc});
  }
}

static void multiply(const struct ario__gemm *gemm, const struct ario__product *p, void *scratch) {
  struct block t = {.p = p,
                    .micro = gemm->micro,
                    .precision = gemm->precision,
                    .a = (char *)scratch + B_BYTES,
                    .b = scratch};
  size_t most = gemm->precision == ARIO_PRECISION_BF16 ? 2 * ARIO__UNITS : ARIO__UNITS;
  for (t.column = 0; t.column < p->n; t.column += COLUMNS) {
    t.columns = smaller(p->n - t.column, COLUMNS);
    for (t.first = 0; t.first < p->k; t.first += most) {
      t.count = smaller(p->k - t.first, most);
      multiply_block(&t);
    }
  }
}

#define GEMM(MICRO, PRECISION, NAME)                                                                         \
  {                                                                                                          \
    .name = NAME, .precision = PRECISION, .scratch = B_BYTES + A_BYTES, .micro = &ario__micro_##MICRO,       \
    .multiply = multiply                                                                                     \
  }

static const struct ario__gemm plain_bf16 = GEMM(plain, ARIO_PRECISION_BF16, "plain bf16");
#ifdef ARIO_WITH_X86
static const struct ario__gemm avx2 = GEMM(avx2, ARIO_PRECISION_FP32, "AVX2");
static const struct ario__gemm avx512 = GEMM(avx512, ARIO_PRECISION_FP32, "AVX-512");
static const struct ario__gemm avx512_bf16 = GEMM(avx512, ARIO_PRECISION_BF16, "AVX-512 bf16");
#endif

size_t ario__gemm_list(const struct ario__gemm *list[ARIO__GEMMS]) {
  size_t count = 0;
#ifdef ARIO_WITH_X86
  if (ario__micro_runs(&ario__micro_avx512)) {
    list[count++] = &avx512;
    list[count++] = &avx512_bf16;
  }
  if (ario__micro_runs(&ario__micro_avx2)) list[count++] = &avx2;
#endif
  list[count++] = &ario__gemm_openblas;
  list[count++] = &ario__gemm_plain;
  list[count++] = &plain_bf16;
  return count;
}

const struct ario__gemm *ario__gemm_of(ario_kernels kernels, ario_precision precision) {
  const struct ario__gemm *list[ARIO__GEMMS];
  size_t count = ario__gemm_list(list);
  bool bf16 = precision == ARIO_PRECISION_BF16;
  if (kernels == ARIO_KERNELS_PLAIN) return bf16 ? &plain_bf16 : &ario__gemm_plain;
  for (size_t i = 0; i < count; i++)
    if (list[i]->precision == precision && list[i] != &plain_bf16) return list[i];
  return list[0]; // fp32
}
