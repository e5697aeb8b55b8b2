// SPDX-License-Identifier: MIT
//
// FNV-1a (Fowler, Noll, Vo) in 64 bits, one step a number: it notices damage and change. It does not protect
// against intent.
#ifndef ARIO_NUMBER_HASH_H
#define ARIO_NUMBER_HASH_H

#include <stdint.h>

#define ARIO__NUMBER_HASH_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t ario__hash_number(uint64_t hash, uint64_t number) {
  return (hash ^ number) * UINT64_C(0x100000001b3);
}

#endif
