// SPDX-License-Identifier: MIT
//
// A seeded generator: xoshiro256++ (Blackman and Vigna 2021, arXiv 1805.01407), seeded by splitmix64. Our
// own, because the generators of C libraries differ between systems, and a seed should give the same music
// everywhere.
#ifndef ARIO_RNG_H
#define ARIO_RNG_H

#include <stdint.h>

struct ario__rng {
  uint64_t state[4];
};

void ario__rng_seed(struct ario__rng *rng, uint64_t seed);
double ario__rng_uniform(struct ario__rng *rng); // [0, 1)
double ario__rng_normal(struct ario__rng *rng);  // mean 0, variance 1

#endif
