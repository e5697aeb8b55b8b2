// SPDX-License-Identifier: MIT
//
// Aligned blocks and carving them with checked sizes.
#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

void *ario__block(size_t bytes) {
  if (bytes > SIZE_MAX - ARIO__ALIGNMENT) return NULL;
  size_t whole = (bytes / ARIO__ALIGNMENT + 1) * ARIO__ALIGNMENT;
  void *block = aligned_alloc(ARIO__ALIGNMENT, whole);
  if (block) memset(block, 0, whole);
  return block;
}
