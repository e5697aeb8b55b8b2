// SPDX-License-Identifier: MIT
//
// A folder for one process at a time: a file in it that is locked, and says which process has it.
#ifndef ARIO_APPS_FOLDER_LOCK_H
#define ARIO_APPS_FOLDER_LOCK_H

#include "apps/cli/paths.h"
#include "arioso/status.h"

typedef struct ario__folder_lock {
  int fd; // -1: not locked
  char path[ARIO__PATH_MOST];
} ario__folder_lock;

// Locks the folder by the file `name` in it. The lock ends with the process, however that ends; the file of one
// that was killed is taken over. Where the file system has no locks, nothing is locked. Errors: ERR_STATE if
// another process has the folder, which the message names; ERR_IO, ERR_LIMIT.
ARIO_NODISCARD ario_status ario__folder_lock_take(ario__folder_lock *lock, const char *folder,
                                                  const char *name, ario_error *error);
void ario__folder_lock_free(ario__folder_lock *lock); // removes the file

#endif
