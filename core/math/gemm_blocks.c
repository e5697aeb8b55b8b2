// SPDX-License-Identifier: MIT
//
// Products by blocks. One thread packs a block of b once, and then one group of a after another. Workers that
// share a product would each pack what the others pack, too. So if the pool has been lent memory, they first
// pack both factors together, each number once, and then multiply.
#include "core/math/gemm_blocks.h"
#include "core/base/sizes.h"

enum { PACK_COLUMNS = 128 }; // columns of b that one task packs: whole panels

static size_t ceiling(size_t a, size_t b) {
  return (a + b - 1) / b;
}

static struct ario__part part_from(const struct ario__gemm *gemm, const struct ario__product *p,
                                   size_t first) {
  size_t count = ario__smaller(p->k - first, ario__strip_numbers(gemm->precision)), step = gemm->blocks->step;
  return (struct ario__part){gemm, p, first, count,
                             ceiling(ario__units(gemm->precision, count), step) * step};
}

void ario__blocks_multiply(const struct ario__gemm *gemm, const struct ario__product *p, void *scratch) {
  const struct ario__blocks *blocks = gemm->blocks;
  char *own = scratch, *b = own + blocks->own, *a = b + blocks->columns * ARIO__UNITS * 4;
  struct ario__part t;
  for (size_t column = 0; column < p->n; column += blocks->columns) {
    size_t columns = ario__smaller(p->n - column, blocks->columns);
    for (size_t first = 0; first < p->k; first += t.count) {
      t = part_from(gemm, p, first);
      blocks->pack_b(&t, column, columns, b, own);
      for (size_t row = 0; row < p->m; row += blocks->rows) {
        size_t rows = ario__smaller(p->m - row, blocks->rows);
        blocks->pack_a(&t, row, rows, a, own);
        blocks->multiply(&t, row, rows, a, column, columns, b, own);
      }
    }
  }
}

// ---- Sharing ----

// Where products are packed, one product after the other: the parts of a, then those of b unless it is kept
// elsewhere.
struct shared {
  const struct ario__gemm *gemm;
  struct ario__pool *pool;
  const struct ario__product *products;
  char *memory;
};

static size_t groups(const struct ario__gemm *gemm, const struct ario__product *p) {
  return ceiling(p->m, gemm->blocks->rows);
}

static size_t padded_columns(const struct ario__gemm *gemm, const struct ario__product *p) {
  return ceiling(p->n, gemm->blocks->panel) * gemm->blocks->panel;
}

// The place of a group's part, and of a column's, in units from the beginning. All parts before are full.
static size_t group_at(const struct ario__part *t, size_t group) {
  const struct ario__blocks *blocks = t->gemm->blocks;
  size_t whole = groups(t->gemm, t->p) * blocks->group_units(t->p->kind, ARIO__UNITS);
  return t->first / ario__strip_numbers(t->gemm->precision) * whole +
         group * blocks->group_units(t->p->kind, t->units);
}

static size_t panels_at(const struct ario__part *t, size_t column) {
  return padded_columns(t->gemm, t->p) * (t->first / ario__strip_numbers(t->gemm->precision)) * ARIO__UNITS +
         column * t->units;
}

static struct ario__part last_part(const struct ario__gemm *gemm, const struct ario__product *p) {
  return part_from(
      gemm, p,
      p->k ? (p->k - 1) / ario__strip_numbers(gemm->precision) * ario__strip_numbers(gemm->precision) : 0);
}

static size_t units_of_a(const struct ario__gemm *gemm, const struct ario__product *p) {
  struct ario__part last = last_part(gemm, p);
  return group_at(&last, groups(gemm, p));
}

static size_t units_of_b(const struct ario__gemm *gemm, const struct ario__product *p) {
  struct ario__part last = last_part(gemm, p);
  return panels_at(&last, padded_columns(gemm, p));
}

typedef size_t (*count_tasks)(const struct ario__gemm *gemm, const struct ario__product *p);

static bool is_packed(const struct ario__product *p) {
  return p->b_kept && p->b_kept->filled;
}

// The product that a task belongs to, with its packed factors *a and *b. *task becomes the number within the
// product.
static const struct ario__product *product_of(const struct shared *s, size_t *task, count_tasks tasks,
                                              char **a, char **b) {
  const struct ario__product *p = s->products;
  *a = s->memory;
  for (;; p++) {
    char *after = *a + units_of_a(s->gemm, p) * 4;
    *b = p->b_kept ? p->b_kept->data : after;
    if (*task < tasks(s->gemm, p)) return p;
    *task -= tasks(s->gemm, p);
    *a = p->b_kept ? after : after + units_of_b(s->gemm, p) * 4;
  }
}

static size_t pack_tasks(const struct ario__gemm *gemm, const struct ario__product *p) {
  return groups(gemm, p) + (is_packed(p) ? 0 : ceiling(p->n, PACK_COLUMNS));
}

static void pack(void *context, size_t task, size_t worker) {
  const struct shared *s = context;
  const struct ario__blocks *blocks = s->gemm->blocks;
  char *a, *b, *own = ario__pool_scratch(s->pool, worker);
  const struct ario__product *p = product_of(s, &task, pack_tasks, &a, &b);
  size_t row = task * blocks->rows, rows = ario__smaller(p->m - row, blocks->rows);
  size_t column = (task - groups(s->gemm, p)) * PACK_COLUMNS;
  bool is_a = task < groups(s->gemm, p);
  struct ario__part t;
  for (size_t first = 0; first < p->k; first += t.count) {
    t = part_from(s->gemm, p, first);
    if (is_a)
      blocks->pack_a(&t, row, rows, a + group_at(&t, task) * 4, own);
    else
      blocks->pack_b(&t, column, ario__smaller(p->n - column, PACK_COLUMNS), b + panels_at(&t, column) * 4,
                     own);
  }
  if (is_a) ario__product_add_a_sums(p, row, rows);
}

static size_t multiply_tasks(const struct ario__gemm *gemm, const struct ario__product *p) {
  return groups(gemm, p) * ceiling(p->n, gemm->blocks->columns);
}

// Consecutive tasks have the same columns, whose block stays in the cache.
static void multiply_packed(void *context, size_t task, size_t worker) {
  const struct shared *s = context;
  const struct ario__blocks *blocks = s->gemm->blocks;
  char *a, *b;
  const struct ario__product *p = product_of(s, &task, multiply_tasks, &a, &b);
  size_t group = task % groups(s->gemm, p), row = group * blocks->rows;
  size_t rows = ario__smaller(p->m - row, blocks->rows);
  size_t column = task / groups(s->gemm, p) * blocks->columns;
  size_t columns = ario__smaller(p->n - column, blocks->columns);
  struct ario__part t;
  if (p->symmetric && column >= row + rows) return;
  if (p->symmetric)
    columns = ario__smaller(columns, row + rows - column); // no further than the diagonal block
  ario__product_start(p, row, rows, column, columns);
  for (size_t first = 0; first < p->k; first += t.count) {
    t = part_from(s->gemm, p, first);
    blocks->multiply(&t, row, rows, a + group_at(&t, group) * 4, column, columns,
                     b + panels_at(&t, column) * 4, ario__pool_scratch(s->pool, worker));
  }
  ario__product_mirror(p, row, rows, column, columns);
}

bool ario__blocks_run(const struct ario__gemm *gemm, struct ario__pool *pool,
                      const struct ario__product *products, size_t count) {
  struct shared s = {gemm, pool, products, NULL};
  size_t pack_count = 0, multiply_count = 0, units = 0, room;
  for (size_t i = 0; i < count; i++) {
    pack_count += pack_tasks(gemm, &products[i]);
    multiply_count += multiply_tasks(gemm, &products[i]);
    units += units_of_a(gemm, &products[i]) + (products[i].b_kept ? 0 : units_of_b(gemm, &products[i]));
  }
  s.memory = ario__pool_lent(pool, &room);
  if (units * 4 > room) return false;
  ario__pool_run(pool, pack, &s, pack_count);
  for (size_t i = 0; i < count; i++)
    if (products[i].b_kept) products[i].b_kept->filled = true;
  ario__pool_run(pool, multiply_packed, &s, multiply_count);
  return true;
}

size_t ario__product_kept(const struct ario__gemm *gemm, size_t n, size_t k) {
  const struct ario__product product = {.n = n, .k = k};
  return gemm->blocks ? units_of_b(gemm, &product) * 4 : 0;
}

size_t ario__product_packed(const struct ario__gemm *gemm, size_t m, size_t n, size_t k) {
  const struct ario__blocks *blocks = gemm->blocks;
  if (!blocks) return 0;
  size_t columns = ceiling(n, blocks->panel) * blocks->panel, units = ario__units(gemm->precision, k);
  return ceiling(m, blocks->rows) * blocks->group * ceiling(units, ARIO__UNITS) +
         columns * ceiling(units, blocks->step) * blocks->step;
}
