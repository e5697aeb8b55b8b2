// SPDX-License-Identifier: MIT
//
// flock() on a file that holds the number of the process.
#include "apps/cli/folder_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// The process that has the lock; 0: not known. It writes its number just after it has locked.
static long holder(int fd) {
  char digits[24] = "";
  for (int tries = 0; tries < 20 && !strchr(digits, '\n'); tries++) {
    if (tries) nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    ssize_t n = pread(fd, digits, sizeof digits - 1, 0);
    digits[n > 0 ? n : 0] = 0;
  }
  return strtol(digits, NULL, 10);
}

static ario_status refuse(int fd, const char *folder, ario_error *error) {
  long process = holder(fd);
  if (process <= 0) return ario_fail(error, ARIO_ERR_STATE, "%s: in use by another process", folder);
  return ario_fail(error, ARIO_ERR_STATE, "%s: in use by process %ld", folder, process);
}

// Locks the file. `gone`: the process that had it has removed it meanwhile, so that the lock is worth nothing.
static ario_status lock_file(int fd, const char *folder, bool *gone, ario_error *error) {
  struct stat info;
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) // another errno: there are no locks here
    return errno == EWOULDBLOCK ? refuse(fd, folder, error) : ARIO_OK;
  *gone = fstat(fd, &info) == 0 && info.st_nlink == 0;
  if (!*gone && ftruncate(fd, 0) == 0) dprintf(fd, "%ld\n", (long)getpid()); // on a full disk: not known
  return ARIO_OK;
}

ario_status ario__folder_lock_take(ario__folder_lock *lock, const char *folder, const char *name,
                                   ario_error *error) {
  lock->fd = -1;
  if (snprintf(lock->path, sizeof lock->path, "%s/%s", folder, name) >= (int)sizeof lock->path)
    return ario_fail(error, ARIO_ERR_LIMIT, "%.60s...: the name is too long", folder);
  bool gone = true;
  while (gone) {
    int fd = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
      return ario_fail(error, ARIO_ERR_IO, "%s: cannot be written: %s", lock->path, strerror(errno));
    gone = false;
    ario_status status = lock_file(fd, folder, &gone, error);
    if (!status && !gone) lock->fd = fd;
    if (lock->fd < 0) close(fd);
    if (status) return status;
  }
  return ARIO_OK;
}

void ario__folder_lock_free(ario__folder_lock *lock) {
  if (lock->fd < 0) return;
  unlink(lock->path);
  close(lock->fd);
  lock->fd = -1;
}
