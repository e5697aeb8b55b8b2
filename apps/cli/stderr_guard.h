// SPDX-License-Identifier: MIT
//
// Standard error, guarded: sound libraries of systems print notes for developers there. While the guard is
// up, what they print is dropped, and the program's own messages still come through. Not thread-safe.
#ifndef ARIO_APPS_STDERR_GUARD_H
#define ARIO_APPS_STDERR_GUARD_H

#include <stdbool.h>
#include <stdio.h>

FILE *ario__stderr(void);            // where the program prints its messages, guarded or not
bool ario__stderr_is_terminal(void); // a person reads it as it comes
void ario__stderr_guard(void);       // drops what is printed to stderr; not twice in a row
void ario__stderr_unguard(void);

#endif
