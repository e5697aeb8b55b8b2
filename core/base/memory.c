// SPDX-License-Identifier: MIT
//
// Aligned blocks, and carving them with checked sizes.
#include "core/base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LARGE_PAGE = 2 << 20 };

bool ario__multiply(size_t a, size_t b, size_t *product) {
  if (a && b > SIZE_MAX / a) return false;
  *product = a * b;
  return true;
}

void *ario__carve(struct ario__arena *arena, size_t count, size_t size) {
  size_t bytes;
  if (arena->overflow || !ario__multiply(count, size, &bytes) ||
      bytes > SIZE_MAX - arena->used - ARIO__ALIGNMENT) {
    arena->overflow = true;
    return NULL;
  }
  void *place = arena->base ? arena->base + arena->used : NULL;
  arena->used += (bytes + ARIO__ALIGNMENT - 1) / ARIO__ALIGNMENT * ARIO__ALIGNMENT;
  return place;
}

// Large blocks ask for huge pages: weights are read in streams, which would stop at the end of each small
// page. *whole is what is allocated.
static void *allocate(size_t bytes, size_t *whole) {
  size_t alignment = bytes < 2 * LARGE_PAGE ? ARIO__ALIGNMENT : LARGE_PAGE;
  if (bytes > SIZE_MAX - alignment) return NULL;
  *whole = (bytes / alignment + 1) * alignment;
  void *block = aligned_alloc(alignment, *whole);
#ifdef MADV_HUGEPAGE
  if (block && alignment == LARGE_PAGE) madvise(block, *whole, MADV_HUGEPAGE); // best effort
#endif
  return block;
}

void *ario__unset_block(size_t bytes) {
  size_t whole;
  return allocate(bytes, &whole);
}

void *ario__block(size_t bytes) {
  size_t whole;
  void *block = allocate(bytes, &whole);
  if (block) memset(block, 0, whole);
  return block;
}
