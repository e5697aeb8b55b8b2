// SPDX-License-Identifier: MIT
//
// Renaming to a name that no file may have yet.
#ifndef ARIO_RENAME_NEW_H
#define ARIO_RENAME_NEW_H

#include <stdbool.h>

// Renames `from` to `to`, in one file system. A file that has the name `to`, also one that appears meanwhile,
// is left as it is. False, with errno set: EEXIST if there is such a file, else as rename().
bool ario__rename_new(const char *from, const char *to);

#endif
