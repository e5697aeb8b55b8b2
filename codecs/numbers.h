// SPDX-License-Identifier: MIT
//
// Memory for arrays of floats.
#ifndef ARIO_NUMBERS_H
#define ARIO_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

// Allocates a times b zeros; the caller frees them with free(). False without memory.
static inline bool ario__take(float **numbers, size_t a, size_t b) {
  if (b && a > SIZE_MAX / sizeof(float) / b) return false;
  size_t count = a * b;
  *numbers = calloc(count ? count : 1, sizeof **numbers);
  return *numbers;
}

#endif
