// SPDX-License-Identifier: MIT
//
// The bytes of a sound file, as libsndfile asks for them: those of a file, of memory, or of a pipe.
#ifndef ARIO_SOUND_SOURCE_H
#define ARIO_SOUND_SOURCE_H

#include "arioso/status.h"

typedef struct ario__sound_source {
  int fd;               // -1: `bytes` are all there is
  bool own_fd, stream;  // close it; what it gives cannot be read again
  const uint8_t *bytes; // [size] from the beginning; of a stream those that are kept
  uint8_t *kept;        // the same, if they belong to the source
  size_t size;
  uint64_t length;    // of all; INT64_MAX for a stream
  uint64_t at, taken; // the place of the next read; the bytes that the stream has given
  uint64_t patch_at;  // where `patch` takes the place of four bytes; UINT64_MAX: nowhere
  uint8_t patch[4];
  uint64_t hidden; // bytes of samples that the header does not tell of, if `patch` does; of a stream 0
} ario__sound_source;

// Opens a path; "-" is standard input. Of a pipe, WAV and AU are read as they come; any other kind is read to its end
// first, since libsndfile wants to seek in it. A WAV file whose header says that it is empty, though samples follow (its
// writer did not come to its end), is patched. Errors: ERR_NOT_FOUND, ERR_IO, ERR_LIMIT (a pipe of more than 1 GiB),
// ERR_MEMORY.
ARIO_NODISCARD ario_status ario__sound_source_open(const char *path, ario__sound_source *source,
                                                   ario_error *error);
// The same for bytes, which must outlive the source.
void ario__sound_source_wrap(const uint8_t *bytes, size_t size, ario__sound_source *source);
void ario__sound_source_close(ario__sound_source *source); // safe on a zeroed one, and twice

// Reads up to `count` bytes at source->at, and moves it on; 0 at the end, and for what a stream has given already.
size_t ario__sound_source_read(ario__sound_source *source, void *bytes, size_t count);

#endif
