// SPDX-License-Identifier: MIT
//
// Dropout (Srivastava et al. 2014) without masks in memory. Whether a number is dropped is a hash of the key,
// the site in the network, the row and the column. So the backward pass, or a forward pass that is computed
// again, drops the same numbers.
#ifndef ARIO_DROPOUT_H
#define ARIO_DROPOUT_H

#include <stddef.h>
#include <stdint.h>

struct ario__dropout {
  double share; // of the numbers that become 0, 0 <= share < 1; the others are scaled by 1 / (1 - share)
  uint64_t key;
};

// The sites: the embedded inputs (rows are positions), and what the attention and the MLP of a block add
// (rows are latents). Block 0 is the cross-attention's.
#define ARIO__SITE_EMBED            0
#define ARIO__SITE_ATTENTION(block) (1 + 2 * (block))
#define ARIO__SITE_MLP(block)       (2 + 2 * (block))

// Applies dropout to x [rows, cols], whose first row is number `row` of the site. Does nothing if dropout is
// NULL.
void ario__dropout_apply(const struct ario__dropout *dropout, size_t site, size_t row, float *x, size_t rows,
                         size_t cols);

#endif
