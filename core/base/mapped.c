// SPDX-License-Identifier: MIT
//
// Maps files into memory.
#include "core/base/mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

ario_status ario__map_file(const char *path, size_t least, struct ario__mapped *out, ario_error *error) {
  *out = (struct ario__mapped){0};
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a pipe is refused, not waited for
  if (fd < 0)
    return ario_fail(error, errno == ENOENT ? ARIO_ERR_NOT_FOUND : ARIO_ERR_IO, "cannot be opened: %s",
                     strerror(errno));
  struct stat info;
  ario_status status = ARIO_OK;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    status = ario_fail(error, ARIO_ERR_IO, "is not a regular file");
  } else if ((uintmax_t)info.st_size < least) {
    status = ario_fail(error, ARIO_ERR_FORMAT, "has %jd bytes, fewer than the %zu of its header",
                       (intmax_t)info.st_size, least);
  } else {
    void *place = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (place == MAP_FAILED)
      status = ario_fail(error, ARIO_ERR_MEMORY, "cannot be mapped into memory: %s", strerror(errno));
    else
      *out = (struct ario__mapped){.bytes = place, .size = (size_t)info.st_size};
  }
  close(fd);
  return status;
}

void ario__unmap_file(struct ario__mapped *file) {
  if (file->bytes) munmap((void *)file->bytes, file->size);
  *file = (struct ario__mapped){0};
}
