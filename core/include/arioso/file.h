// SPDX-License-Identifier: MIT
//
// Reading and writing whole files. A file that is written appears under its name complete or not at all: it
// is written to a temporary name in the same directory (.arioso-*.tmp, locked with flock), synced, and renamed. What a
// process left there when it was killed is removed by the next one that writes into the directory. All functions: any
// thread; an ario_file_output belongs to one thread at a time.
#ifndef ARIOSO_FILE_H
#define ARIOSO_FILE_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

// Reads a regular file or a pipe of at most `limit` bytes; "-" is standard input. The caller frees *bytes with free(). An empty file
// gives a non-NULL *bytes and *size 0. Errors: ERR_NOT_FOUND, ERR_IO, ERR_LIMIT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_file_read(const char *path, size_t limit, uint8_t **bytes,
                                                   size_t *size, ario_error *error);

// Writes a whole file. With `replace` an existing file is replaced and its permissions are kept. Without, an
// existing file is left as it is and the result is ERR_STATE. A symbolic link is followed. A character device, such as
// /dev/null, is written to as it is. Errors: ERR_IO,
// ERR_STATE, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_file_write(const char *path, bool replace, const void *bytes,
                                                    size_t size, ario_error *error);

// For libraries that write to a path of their own (audio, pictures): let them write to
// ario_file_output_path(), then commit. An object that is freed without a commit leaves nothing behind.
typedef struct ario_file_output ario_file_output;

// Creates the temporary file, empty, beside `path`: a place that cannot be written to is found before any
// work is done. Without `replace` an existing file is ERR_STATE, here and when the output is committed.
// Errors: ERR_IO (also for a directory or a pipe), ERR_STATE, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_file_output_create(const char *path, bool replace,
                                                            ario_file_output **out, ario_error *error);
// The temporary name; valid as long as the output.
ARIO_API const char *ario_file_output_path(const ario_file_output *output);
// Syncs and renames. The caller frees the object afterwards, whatever the result. Errors: ERR_IO, ERR_STATE.
ARIO_API ARIO_NODISCARD ario_status ario_file_output_commit(ario_file_output *output, ario_error *error);
ARIO_API void ario_file_output_free(ario_file_output *output); // safe on NULL

#ifdef __cplusplus
}
#endif

#endif
