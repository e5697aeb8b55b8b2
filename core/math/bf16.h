// SPDX-License-Identifier: MIT
//
// bf16: 16-bit numbers that are the upper half of an fp32 number. A pair is two of them in 32 bits, the first
// in the lower half.
#ifndef ARIO_BF16_H
#define ARIO_BF16_H

#include <stdint.h>
#include <string.h>

// Rounds to nearest, ties to even; a NaN stays a NaN.
static inline uint16_t ario__bf16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  if (x != x) return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static inline uint32_t ario__bf16_pair(float low, float high) {
  return (uint32_t)ario__bf16(high) << 16 | ario__bf16(low);
}

static inline float ario__bf16_low(uint32_t pair) {
  uint32_t bits = pair << 16;
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static inline float ario__bf16_high(uint32_t pair) {
  uint32_t bits = pair & 0xffff0000;
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

#endif
