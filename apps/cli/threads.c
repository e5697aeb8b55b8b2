// SPDX-License-Identifier: MIT
//
// The number of threads to use.
#include "apps/cli/threads.h"
#include "apps/cli/options.h"

#include <unistd.h>

enum { MOST_BY_ITSELF = 8 };

size_t ario__cores(void) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  return cores < 1 ? 1 : (size_t)cores;
}

size_t ario__threads(size_t wanted) {
  size_t cores = ario__cores();
  if (wanted > cores)
    ario__warn("--threads %zu: this machine has %zu core%s; more threads wait for each other", wanted, cores,
               cores == 1 ? "" : "s");
  if (wanted) return wanted;
  return cores > MOST_BY_ITSELF ? MOST_BY_ITSELF : cores;
}
