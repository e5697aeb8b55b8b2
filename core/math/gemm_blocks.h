// SPDX-License-Identifier: MIT
//
// What is common to backends that pack both factors before they multiply: walking over a product in blocks,
// and sharing the blocks among workers. The packed layout is
//
//   a   groups of `rows` rows, one after the other
//   b   panels of `panel` columns, one after the other
//
// each in parts of UNITS units (micro.h) of the sum; the last part may be shorter.
//
// A block of b, some panels of a part, stays in the second-level cache while groups of a pass by.
#ifndef ARIO_GEMM_BLOCKS_H
#define ARIO_GEMM_BLOCKS_H

#include "core/math/gemm.h"
#include "core/math/micro.h"

// A part of a product's sums: `count` numbers, from number `first` on.
struct ario__part {
  const struct ario__gemm *gemm;
  const struct ario__product *p;
  size_t first, count, units;
};

struct ario__blocks {
  size_t rows;    // of a group
  size_t columns; // of a block: whole panels
  size_t panel;   // columns of a panel
  size_t step;    // a part's units are a multiple of it; it divides UNITS
  size_t own;     // bytes of a worker's scratch for multiply alone: zero at first, touched by nobody else
  size_t group;   // most units of a group

  // Units of a group with this many units along the sum.
  size_t (*group_units)(ario__product_kind kind, size_t units);

  // Packs rows of a, at most a group's; and columns of b, starting at a panel.
  void (*pack_a)(const struct ario__part *part, size_t row, size_t rows, void *to, void *own);
  void (*pack_b)(const struct ario__part *part, size_t column, size_t columns, void *to, void *own);

  // Computes rows of c from `row` on, with the group a, and columns from `column` on, with the panels b: c =
  // alpha a b, added to c if beta is not 0 or this is not the first part.
  void (*multiply)(const struct ario__part *part, size_t row, size_t rows, const void *a, size_t column,
                   size_t columns, const void *b, void *own);
};

// Bytes of a worker's scratch: its own, then a block of b, then a group of a.
#define ARIO__BLOCKS_SCRATCH(OWN, COLUMNS, GROUP) ((OWN) + (COLUMNS)*ARIO__UNITS * 4 + (GROUP)*4)

// The multiply and run of such a backend.
void ario__blocks_multiply(const struct ario__gemm *gemm, const struct ario__product *product, void *scratch);
bool ario__blocks_run(const struct ario__gemm *gemm, struct ario__pool *pool,
                      const struct ario__product *products, size_t count);

#endif
