// SPDX-License-Identifier: MIT
//
// Memory for numbers.
#ifndef ARIO_NUMBERS_H
#define ARIO_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

// a times b zeros, to be freed. False: there is no memory for so many.
static inline bool ario__take(float **numbers, size_t a, size_t b) {
  if (b && a > SIZE_MAX / sizeof(float) / b) return false;
  size_t count = a * b;
  *numbers = calloc(count ? count : 1, sizeof **numbers);
  return *numbers;
}

#endif
