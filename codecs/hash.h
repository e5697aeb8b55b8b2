// SPDX-License-Identifier: MIT
//
// FNV-1a in 64 bits (Fowler, Noll, Vo): to notice damage and to tell codecs apart. It does not protect
// against intent.
#ifndef ARIO_HASH_H
#define ARIO_HASH_H

#include <stddef.h>
#include <stdint.h>

#define ARIO__HASH_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t ario__hash(uint64_t hash, const void *bytes, size_t size) {
  const uint8_t *at = bytes;
  for (size_t i = 0; i < size; i++) hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
  return hash;
}

#endif
