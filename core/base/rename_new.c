// SPDX-License-Identifier: MIT
//
// Renaming to a free name, on every kind of file system. link() would do on most, but FAT and many network
// file systems have no hard links.
#define _GNU_SOURCE // renameat2
#include "core/base/rename_new.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

// Claims the name with an empty file of its own, which the rename then replaces.
static bool rename_claimed(const char *from, const char *to) {
  int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  close(fd);
  if (rename(from, to) == 0) return true;
  int number = errno;
  unlink(to);
  errno = number;
  return false;
}

bool ario__rename_new(const char *from, const char *to) {
#ifdef RENAME_NOREPLACE
  if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return true;
  // Older kernels and some file systems do not know the flag; they say so in several ways.
  if (errno == EEXIST || errno == ENOENT) return false;
#endif
  return rename_claimed(from, to);
}
