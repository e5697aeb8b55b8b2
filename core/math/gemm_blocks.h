// SPDX-License-Identifier: MIT
//
// What backends share that bring both factors into an order of their own ("pack" them) before they multiply:
// walking over a product in blocks, and sharing them among workers. Packed are
//
//   a in groups of `rows` rows, b in panels of `panel` columns, one after the other;
//   both in parts of UNITS units (micro.h) of the sum, the last of which may be shorter.
//
// A block of b, some panels of a part, stays in the second-level cache while groups of a pass by.
#ifndef ARIO_GEMM_BLOCKS_H
#define ARIO_GEMM_BLOCKS_H

#include "core/math/gemm.h"
#include "core/math/micro.h"

// A part of a product's sums: `count` numbers from number `first` on.
struct ario__part {
  const struct ario__gemm *gemm;
  const struct ario__product *p;
  size_t first, count, units;
};

struct ario__blocks {
  size_t rows;    // of a group
  size_t columns; // of a block, whole panels
  size_t panel;   // columns of a panel
  size_t step;    // the units of a part are a multiple of it, which divides UNITS
  size_t own; // bytes of a worker's scratch that are multiply's own: zero at first and not touched by others
  size_t group; // units that a group takes at most

  // Units that a group takes with this many along the sum.
  size_t (*group_units)(ario__product_kind kind, size_t units);

  // Pack rows of a, no more than a group's; and columns of b, from the first of a panel on.
  void (*pack_a)(const struct ario__part *part, size_t row, size_t rows, void *to, void *own);
  void (*pack_b)(const struct ario__part *part, size_t column, size_t columns, void *to, void *own);

  // Rows of c from `row` on, whose group is a, and columns from `column` on, whose panels are b: c = alpha a
  // b, added to c if beta is not 0 or the part is not the first.
  void (*multiply)(const struct ario__part *part, size_t row, size_t rows, const void *a, size_t column,
                   size_t columns, const void *b, void *own);
};

// Bytes of a worker's scratch: its own, then a block of b, then a group of a.
#define ARIO__BLOCKS_SCRATCH(OWN, COLUMNS, GROUP) ((OWN) + (COLUMNS)*ARIO__UNITS * 4 + (GROUP)*4)

// A gemm's multiply and run.
void ario__blocks_multiply(const struct ario__gemm *gemm, const struct ario__product *product, void *scratch);
bool ario__blocks_run(const struct ario__gemm *gemm, struct ario__pool *pool,
                      const struct ario__product *products, size_t count);

#endif
