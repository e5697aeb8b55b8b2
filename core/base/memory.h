// SPDX-License-Identifier: MIT
//
// One block of memory per object. The same code lays it out twice: first to measure it, then to carve it.
#ifndef ARIO_MEMORY_H
#define ARIO_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

enum { ARIO__ALIGNMENT = 64 }; // a cache line, and the widest vector

struct ario__arena {
  char *base;    // NULL while measuring
  size_t used;   // bytes so far, a multiple of the alignment
  bool overflow; // the sizes do not fit a size_t; used is then meaningless
};

// The next `count` elements of `size` bytes each, aligned. NULL while measuring or after an overflow.
void *ario__carve(struct ario__arena *arena, size_t count, size_t size);

// A zeroed, aligned block; the caller frees it with free(). NULL without memory.
void *ario__block(size_t bytes);
void *ario__unset_block(size_t bytes); // the same, but not zeroed

// *product = a * b; false if that does not fit a size_t.
bool ario__multiply(size_t a, size_t b, size_t *product);

#endif
