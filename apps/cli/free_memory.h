// SPDX-License-Identifier: MIT
//
// What the machine has.
#ifndef ARIO_APPS_FREE_MEMORY_H
#define ARIO_APPS_FREE_MEMORY_H

#include <stddef.h>

// Bytes of memory that a program can take without others being pushed out; a container's limit counts, too.
size_t ario__memory_available(void);

#endif
