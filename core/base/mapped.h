// SPDX-License-Identifier: MIT
//
// Files mapped into memory for reading.
#ifndef ARIO_MAPPED_H
#define ARIO_MAPPED_H

#include "arioso/status.h"

struct ario__mapped {
  const uint8_t *bytes; // [size]; NULL: nothing mapped
  size_t size;
};

// A mapped file that another program cuts short raises SIGBUS where it is read, so only what is too large to
// be read is mapped.
//
// Maps a regular file of at least `least` bytes (>= 1), the size of its format's header. Error texts do not
// name the file. Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT for a shorter file, ERR_MEMORY.
ario_status ario__map_file(const char *path, size_t least, struct ario__mapped *out, ario_error *error);
void ario__unmap_file(struct ario__mapped *file); // safe on a zero one

#endif
