// SPDX-License-Identifier: MIT
//
// How many threads a command computes with.
#ifndef ARIO_APPS_THREADS_H
#define ARIO_APPS_THREADS_H

#include <stddef.h>

size_t ario__cores(void); // of the processor, at least 1

// The wanted number; for 0 that of the cores, at most 8: a token is too little work for more.
size_t ario__threads(size_t wanted);

#define ARIO__THREADS_OPTION(place)                                                                          \
  {                                                                                                          \
    .name = "threads", .kind = ARIO__SIZE, .value = (place), .argument = "N", .least = 1, .most = 64,        \
    .help = "compute with N threads; all cores (at most 8) by default. The result is the same"               \
  }

#endif
