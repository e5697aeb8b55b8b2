// SPDX-License-Identifier: MIT
//
// FNV-1a in 64 bits (Fowler, Noll, Vo): it notices damage and change, and tells things apart. It does not protect
// against intent.
#ifndef ARIOSO_HASH_H
#define ARIOSO_HASH_H

#include <stddef.h>
#include <stdint.h>

#define ARIO_HASH_START UINT64_C(0xcbf29ce484222325)

// One step: the hash of what `hash` is of, and a number behind it.
static inline uint64_t ario_hash_number(uint64_t hash, uint64_t number) {
  return (hash ^ number) * UINT64_C(0x100000001b3);
}

// FNV-1a as it is published: a step for each of bytes [size].
static inline uint64_t ario_hash_bytes(uint64_t hash, const void *bytes, size_t size) {
  const uint8_t *at = (const uint8_t *)bytes;
  for (size_t i = 0; i < size; i++) hash = ario_hash_number(hash, at[i]);
  return hash;
}

#endif
