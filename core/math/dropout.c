// SPDX-License-Identifier: MIT
//
// Dropout by a hash of each number's place.
#include "core/math/dropout.h"
#include "core/math/kernels.h"

// Mixes 64 bits: the finalizer of splitmix64 (Steele et al. 2014).
static uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// Mixes 32 bits in a few operations that compilers can vectorise (murmur3's finalizer; Appleby 2011).
static uint32_t mix_column(uint32_t z) {
  z = (z ^ (z >> 16)) * 0x85ebca6bu;
  z = (z ^ (z >> 13)) * 0xc2b2ae35u;
  return z ^ (z >> 16);
}

ARIO__CLONES
static void drop_row(float *x, size_t cols, uint32_t seed, uint32_t limit, float scale) {
  for (size_t i = 0; i < cols; i++)
    x[i] = mix_column(seed + (uint32_t)i * 0x9e3779b9u) < limit ? 0 : x[i] * scale;
}

void ario__dropout_apply(const struct ario__dropout *dropout, size_t site, size_t row, float *x, size_t rows,
                         size_t cols) {
  if (!dropout) return;
  uint32_t limit = (uint32_t)(dropout->share * 0x1p32);
  float scale = (float)(1 / (1 - dropout->share));
  for (size_t r = 0; r < rows; r++, x += cols)
    drop_row(x, cols, (uint32_t)mix(mix(dropout->key + site) + row + r), limit, scale);
}
