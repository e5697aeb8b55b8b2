// SPDX-License-Identifier: MIT
//
// The number of threads to use.
#include "apps/threads.h"

#include <unistd.h>

enum { MOST_BY_ITSELF = 8 };

size_t ario__threads(size_t wanted) {
  if (wanted) return wanted;
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  return cores < 1 ? 1 : cores > MOST_BY_ITSELF ? MOST_BY_ITSELF : (size_t)cores;
}
