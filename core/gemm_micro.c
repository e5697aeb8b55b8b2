// SPDX-License-Identifier: MIT
//
// Matrix products by our own innermost loops, in fp32 and bf16. OpenBLAS of Debian 12 does not know the newer
// processors of AMD (half of oneDNN's speed there, measured), has no bf16 for them, and its sums depend on
// the shapes of its calls.
//
// One thread packs a block of b once, which stays in the second-level cache while strips of a pass by. Many
// that share a product would each pack what the others have packed, too: where the pool has been lent memory
// they first pack both factors together, each number once, and then multiply. The sums are the same.
#include "gemm.h"
#include "micro.h"
#include "sizes.h"

enum {
  PANEL = 32,                          // with STRIP_ROWS rows their sums fill the registers
  GROUP_ROWS = 8 * ARIO__STRIP_ROWS,   // of a that are packed at a time
  GROUP_WIDTH = 8 * ARIO__STRIP_WIDTH, // of them, turned
  COLUMNS = 2 * GROUP_ROWS,            // of a block of b: 448 KB with UNITS units, and whole panels
  PACK_COLUMNS = 128,                  // of b that are packed by one task
  ACROSS = 32,                         // rows that are packed into all panels before those below them
  B_BYTES = COLUMNS * ARIO__UNITS * 4,
  A_BYTES = GROUP_WIDTH * ARIO__STRIP * 4
};

// A part of a product's sums: `count` numbers from number `first` on.
struct part {
  const struct ario__product *p;
  const struct ario__micro *micro;
  ario_precision precision;
  size_t first, count, units;
};

static size_t ceiling(size_t a, size_t b) {
  return (a + b - 1) / b;
}

static struct part part_from(const struct ario__gemm *gemm, const struct ario__product *p, size_t first) {
  size_t most = ario__strip_numbers(gemm->precision);
  size_t count = ario__smaller(p->k - first, most);
  return (struct part){p, gemm->micro, gemm->precision, first, count, ario__units(gemm->precision, count)};
}

// ---- Packing ----

// Panels of `width`, `step` of whose columns are used, of x [t->count, columns].
static void pack_across(const struct part *t, char *to, size_t width, size_t step, const float *x, size_t ldx,
                        size_t columns) {
  for (size_t k = 0; k < t->count; k += ACROSS)
    for (size_t i = 0; i < columns; i += step)
      t->micro->across[t->precision](to + (i / step * t->units + ario__units(t->precision, k)) * width * 4,
                                     width, x + k * ldx + i, ldx, ario__smaller(columns - i, step),
                                     ario__smaller(t->count - k, ACROSS));
}

static void pack_b(const struct part *t, size_t column, size_t columns, char *to) {
  const struct ario__product *p = t->p;
  if (p->kind == ARIO__NT)
    for (size_t i = 0; i < columns; i += PANEL)
      t->micro->columns[t->precision](to + i * t->units * 4, PANEL, p->b + (column + i) * p->ldb + t->first,
                                      p->ldb, ario__smaller(columns - i, PANEL), t->count);
  else
    pack_across(t, to, PANEL, PANEL, p->b + t->first * p->ldb + column, p->ldb, columns);
}

static void pack_a(const struct part *t, size_t row, size_t rows, char *to) {
  const struct ario__product *p = t->p;
  if (p->kind == ARIO__TN)
    pack_across(t, to, ARIO__STRIP_WIDTH, ARIO__STRIP_ROWS, p->a + t->first * p->lda + row, p->lda, rows);
  else
    t->micro->strip[t->precision](to, p->a + row * p->lda + t->first, p->lda, rows, t->count);
}

// ---- Multiplying ----

// Rows of c from `row` on, the first of which is a's first, and columns from `column` on, likewise.
static void multiply_part(const struct part *t, size_t row, size_t rows, const char *a, size_t column,
                          size_t columns, const char *b) {
  const struct ario__product *p = t->p;
  bool turned = p->kind == ARIO__TN;
  for (size_t i = 0; i < rows; i += ARIO__STRIP_ROWS) {
    size_t units = turned ? i / ARIO__STRIP_ROWS * ARIO__STRIP_WIDTH * t->units : i * ARIO__STRIP;
    t->micro->multiply[t->precision](
        &(struct ario__micro_job){.rows = ario__smaller(rows - i, ARIO__STRIP_ROWS),
                                  .cols = columns,
                                  .units = t->units,
                                  .a = a + units * 4,
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

static void multiply(const struct ario__gemm *gemm, const struct ario__product *p, void *scratch) {
  char *b = scratch, *a = b + B_BYTES;
  struct part t;
  for (size_t column = 0; column < p->n; column += COLUMNS) {
    size_t columns = ario__smaller(p->n - column, COLUMNS);
    for (size_t first = 0; first < p->k; first += t.count) {
      t = part_from(gemm, p, first);
      pack_b(&t, column, columns, b);
      for (size_t row = 0; row < p->m; row += GROUP_ROWS) {
        size_t rows = ario__smaller(p->m - row, GROUP_ROWS);
        pack_a(&t, row, rows, a);
        multiply_part(&t, row, rows, a, column, columns, b);
      }
    }
  }
}

// ---- Sharing ----

// What products are packed into: parts of a, one after the other, each in groups of rows; and of b, in
// panels.
struct shared {
  const struct ario__gemm *gemm;
  const struct ario__product *products;
  char *memory;
};

static size_t groups(const struct ario__product *p) {
  return ceiling(p->m, GROUP_ROWS);
}

static size_t units_of_a(const struct ario__gemm *gemm, const struct ario__product *p) {
  size_t units = ario__units(gemm->precision, p->k);
  return p->kind == ARIO__TN ? groups(p) * GROUP_WIDTH * units
                             : groups(p) * GROUP_ROWS * ceiling(units, ARIO__UNITS) * ARIO__STRIP;
}

static size_t units_of_b(const struct ario__gemm *gemm, const struct ario__product *p) {
  return ceiling(p->n, PANEL) * PANEL * ario__units(gemm->precision, p->k);
}

static char *group_at(const struct part *t, char *a, size_t group) {
  size_t before = ario__units(t->precision, t->first);
  size_t units = t->p->kind == ARIO__TN
                     ? GROUP_WIDTH * (groups(t->p) * before + group * t->units)
                     : GROUP_ROWS * ARIO__STRIP * (groups(t->p) * (before / ARIO__UNITS) + group);
  return a + units * 4;
}

static char *panels_at(const struct part *t, char *b, size_t column) {
  size_t columns = ceiling(t->p->n, PANEL) * PANEL;
  return b + (columns * ario__units(t->precision, t->first) + column * t->units) * 4;
}

// The product that a task belongs to: takes from `task` those of the products before it. *a, *b: its factors.
static const struct ario__product *product_of(const struct shared *s, size_t *task,
                                              size_t (*tasks)(const struct ario__product *), char **a,
                                              char **b) {
  const struct ario__product *p = s->products;
  *a = s->memory;
  for (;; p++) {
    *b = *a + units_of_a(s->gemm, p) * 4;
    if (*task < tasks(p)) return p;
    *task -= tasks(p);
    *a = *b + units_of_b(s->gemm, p) * 4;
  }
}

static size_t pack_tasks(const struct ario__product *p) {
  return groups(p) + ceiling(p->n, PACK_COLUMNS);
}

static void pack(void *context, size_t task, size_t worker) {
  (void)worker;
  const struct shared *s = context;
  char *a, *b;
  const struct ario__product *p = product_of(s, &task, pack_tasks, &a, &b);
  size_t row = task * GROUP_ROWS, column = (task - groups(p)) * PACK_COLUMNS;
  struct part t;
  for (size_t first = 0; first < p->k; first += t.count) {
    t = part_from(s->gemm, p, first);
    if (task < groups(p))
      pack_a(&t, row, ario__smaller(p->m - row, GROUP_ROWS), group_at(&t, a, task));
    else
      pack_b(&t, column, ario__smaller(p->n - column, PACK_COLUMNS), panels_at(&t, b, column));
  }
  if (task < groups(p)) ario__product_add_a_sums(p, row, ario__smaller(p->m - row, GROUP_ROWS));
}

static size_t multiply_tasks(const struct ario__product *p) {
  return groups(p) * ceiling(p->n, COLUMNS);
}

// Tasks that follow each other have the same columns, whose block stays in the cache.
static void multiply_packed(void *context, size_t task, size_t worker) {
  (void)worker;
  const struct shared *s = context;
  char *a, *b;
  const struct ario__product *p = product_of(s, &task, multiply_tasks, &a, &b);
  size_t group = task % groups(p), row = group * GROUP_ROWS, rows = ario__smaller(p->m - row, GROUP_ROWS);
  size_t column = task / groups(p) * COLUMNS, columns = ario__smaller(p->n - column, COLUMNS);
  struct part t;
  if (p->symmetric && column >= row + rows) return;
  if (p->symmetric)
    columns = ario__smaller(columns, row + rows - column); // no further than the diagonal block
  ario__product_start(p, row, rows, column, columns);
  for (size_t first = 0; first < p->k; first += t.count) {
    t = part_from(s->gemm, p, first);
    multiply_part(&t, row, rows, group_at(&t, a, group), column, columns, panels_at(&t, b, column));
  }
  ario__product_mirror(p, row, rows, column, columns);
}

static bool run(const struct ario__gemm *gemm, struct ario__pool *pool, const struct ario__product *products,
                size_t count) {
  struct shared s = {gemm, products, NULL};
  size_t pack_count = 0, multiply_count = 0, units = 0, room;
  for (size_t i = 0; i < count; i++) {
    pack_count += pack_tasks(&products[i]);
    multiply_count += multiply_tasks(&products[i]);
    units += units_of_a(gemm, &products[i]) + units_of_b(gemm, &products[i]);
  }
  s.memory = ario__pool_lent(pool, &room);
  if (units * 4 > room) return false;
  ario__pool_run(pool, pack, &s, pack_count);
  ario__pool_run(pool, multiply_packed, &s, multiply_count);
  return true;
}

size_t ario__product_packed(const struct ario__gemm *gemm, size_t m, size_t n, size_t k) {
  if (!gemm->run) return 0;
  size_t rows = ceiling(m, GROUP_ROWS) * GROUP_WIDTH, columns = ceiling(n, PANEL) * PANEL;
  size_t units = ario__units(gemm->precision, k);
  return rows * ceiling(units, ARIO__UNITS) * ARIO__STRIP + columns * units;
}

#define GEMM(MICRO, PRECISION, NAME)                                                                         \
  {                                                                                                          \
    .name = NAME, .precision = PRECISION, .scratch = B_BYTES + A_BYTES, .micro = &ario__micro_##MICRO,       \
    .multiply = multiply, .run = run                                                                         \
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
