// SPDX-License-Identifier: MIT
//
// How many threads a command computes with.
#ifndef ARIO_APPS_THREADS_H
#define ARIO_APPS_THREADS_H

#include <stddef.h>

size_t ario__cores(void); // of the processor, at least 1

// The number wanted, or for 0 the processor's cores, 8 at most: beyond that a token is too little work to
// share.
size_t ario__threads(size_t wanted);

#define ARIO__THREADS_OPTION(place)                                                                          \
  {                                                                                                          \
    .name = "threads", .kind = ARIO__SIZE, .value = (place), .argument = "N", .least = 1, .most = 64,        \
    .help = "compute with N threads; all cores by default. The music does not depend on it"                  \
  }

#endif
