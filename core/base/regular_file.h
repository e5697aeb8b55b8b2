// SPDX-License-Identifier: MIT
//
// Files of a folder that somebody else may have made: a pipe or a device in the place of one is refused, not
// waited for.
#ifndef ARIO_REGULAR_FILE_H
#define ARIO_REGULAR_FILE_H

#include "arioso/status.h"

// ario_file_read of a regular file.
ario_status ario__regular_file_read(const char *path, size_t limit, uint8_t **bytes, size_t *size,
                                    ario_error *error);

#endif
