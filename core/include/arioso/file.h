// SPDX-License-Identifier: MIT
//
// Whole files, in and out. What is written appears under its name complete or not at all: it goes to a
// temporary name in the same directory, is synced, and is renamed.
#ifndef ARIOSO_FILE_H
#define ARIOSO_FILE_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

// Reads a regular file (or pipe) of at most `limit` bytes. *bytes is to be freed with free(); an empty file
// gives a non-NULL *bytes and *size 0. Errors: ERR_NOT_FOUND, ERR_IO, ERR_LIMIT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_file_read(const char *path, size_t limit, uint8_t **bytes,
                                                   size_t *size, ario_error *error);

// Writes a whole file. With `replace` one that is there is replaced (its permissions are kept); without, it
// is left and the result is ERR_STATE. Errors: ERR_IO, ERR_STATE, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_file_write(const char *path, bool replace, const void *bytes,
                                                    size_t size, ario_error *error);

// For writers that want a path of their own (audio and picture libraries): write to
// ario_file_output_path(), then commit. An object that is freed without a commit leaves nothing behind.
typedef struct ario_file_output ario_file_output;

// Creates the (empty) temporary file beside `path`; so an unwritable place is found before any work is
// done. With `replace` false the commit fails with ERR_STATE if `path` exists by then.
// Errors: ERR_IO, ERR_STATE, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_file_output_create(const char *path, bool replace,
                                                            ario_file_output **out, ario_error *error);
ARIO_API const char *
ario_file_output_path(const ario_file_output *output); // the temporary name; valid until it is freed
// Syncs and renames. The object is to be freed afterwards, as always.
ARIO_API ARIO_NODISCARD ario_status ario_file_output_commit(ario_file_output *output, ario_error *error);
ARIO_API void ario_file_output_free(ario_file_output *output); // safe on NULL

#ifdef __cplusplus
}
#endif

#endif
