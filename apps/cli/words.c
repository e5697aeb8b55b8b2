// SPDX-License-Identifier: MIT
//
// The distance of words (optimal string alignment).
#include "apps/cli/words.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool same(char a, char b) {
  return tolower((unsigned char)a) == tolower((unsigned char)b);
}

size_t ario__word_distance(const char *a, const char *b) {
  size_t rows[3][ARIO__WORD_MOST + 1], length = strlen(b);
  if (length > ARIO__WORD_MOST || strlen(a) > ARIO__WORD_MOST) return SIZE_MAX;
  for (size_t j = 0; j <= length; j++) rows[0][j] = j;
  for (size_t i = 1; a[i - 1]; i++) {
    size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
    now[0] = i;
    for (size_t j = 1; j <= length; j++) {
      size_t cost = last[j - 1] + (!same(a[i - 1], b[j - 1]));
      if (last[j] + 1 < cost) cost = last[j] + 1;
      if (now[j - 1] + 1 < cost) cost = now[j - 1] + 1;
      bool swapped = i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]);
      if (swapped && before[j - 2] + 1 < cost) cost = before[j - 2] + 1;
      now[j] = cost;
    }
  }
  return rows[strlen(a) % 3][length];
}
