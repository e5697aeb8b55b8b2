// SPDX-License-Identifier: MIT
//
// The smaller and the larger of two sizes.
#ifndef ARIO_SIZES_H
#define ARIO_SIZES_H

#include <stddef.h>

static inline size_t ario__smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

static inline size_t ario__larger(size_t a, size_t b) {
  return a > b ? a : b;
}

#endif
