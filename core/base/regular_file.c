// SPDX-License-Identifier: MIT
//
// Reads a regular file.
#include "core/base/regular_file.h"
#include "arioso/file.h"

#include <sys/stat.h>

ario_status ario__regular_file_read(const char *path, size_t limit, uint8_t **bytes, size_t *size,
                                    ario_error *error) {
  struct stat info;
  *bytes = NULL;
  *size = 0;
  if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
    return ario_fail(error, ARIO_ERR_IO, "%s: is not a regular file", path);
  return ario_file_read(path, limit, bytes, size, error); // which says what is wrong if there is none
}
