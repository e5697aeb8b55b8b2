// SPDX-License-Identifier: MIT
//
// Token files: little-endian uint16 without a header, by custom named *.u16; and the same in memory. All
// functions: any thread.
#ifndef ARIOSO_TOKENS_H
#define ARIOSO_TOKENS_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

// Reads a token file. The caller frees *tokens [*count] with free(). Errors: ERR_FORMAT for an odd size, an
// empty file or a token >= vocab_size (the message names its place); those of ario_file_read.
ARIO_API ARIO_NODISCARD ario_status ario_tokens_read(const char *path, size_t vocab_size, ario_token **tokens,
                                                     size_t *count, ario_error *error);

// The same from bytes [size] in memory.
ARIO_API ARIO_NODISCARD ario_status ario_tokens_parse(const uint8_t *bytes, size_t size, size_t vocab_size,
                                                      ario_token **tokens, size_t *count, ario_error *error);

// Makes the bytes [*size] of a token file; the caller frees them with free(). Errors: ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_tokens_pack(const ario_token *tokens, size_t count, uint8_t **bytes,
                                                     size_t *size, ario_error *error);

// Writes a token file; an existing file is replaced. Errors: ERR_IO, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_tokens_write(const char *path, const ario_token *tokens,
                                                      size_t count, ario_error *error);

#ifdef __cplusplus
}
#endif

#endif
