// SPDX-License-Identifier: MIT
//
// f16: 16-bit numbers of IEEE 754, with 11 significant bits, from 2^-24 to 65504.
#ifndef ARIO_F16_H
#define ARIO_F16_H

#include <stdint.h>
#include <string.h>

// f16 -> fp32. Exact, also for infinities and NaNs.
static inline float ario__f16_float(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 1023;
  float tiny = (float)fraction * 0x1p-24f, x; // subnormal, or zero
  if (!exponent) return sign ? -tiny : tiny;
  uint32_t bits = sign | (exponent == 31 ? 0x7f800000 : (exponent + 112) << 23) | fraction << 13;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// fp32 -> f16. Rounds to nearest, ties to even; a NaN stays a NaN.
static inline uint16_t ario__f16(float x) {
  uint32_t bits, magnitude;
  memcpy(&bits, &x, sizeof bits);
  uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
  magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // rounds to 65536 or more: infinity
  if (magnitude >= 0x38800000)
    return (uint16_t)(sign | (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13);
  // Subnormal: adding 0.5 leaves the wanted digits, rounded by the processor, at the end of the sum.
  memcpy(&x, &magnitude, sizeof x);
  x += 0.5f;
  memcpy(&bits, &x, sizeof bits);
  return (uint16_t)(sign | (bits - 0x3f000000));
}

#endif
