// SPDX-License-Identifier: MIT
//
// xoshiro256++ seeded by splitmix64.
#include "core/base/rng.h"

#include <math.h>

static uint64_t splitmix64(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, int k) {
  return (x << k) | (x >> (64 - k));
}

static uint64_t next(struct ario__rng *rng) {
  uint64_t *s = rng->state;
  uint64_t result = rotate_left(s[0] + s[3], 23) + s[0];
  uint64_t shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = rotate_left(s[3], 45);
  return result;
}

void ario__rng_seed(struct ario__rng *rng, uint64_t seed) {
  for (int i = 0; i < 4; i++) rng->state[i] = splitmix64(&seed);
}

double ario__rng_uniform(struct ario__rng *rng) {
  return (double)(next(rng) >> 11) * 0x1p-53;
}

double ario__rng_normal(struct ario__rng *rng) {
  const double two_pi = 6.283185307179586;
  double radius = sqrt(-2.0 * log(1.0 - ario__rng_uniform(rng)));
  return radius * cos(two_pi * ario__rng_uniform(rng));
}
