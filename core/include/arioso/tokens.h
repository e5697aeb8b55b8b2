// SPDX-License-Identifier: MIT
//
// Tokens on disk: a headerless file of little-endian uint16, by custom named *.u16; and the same in memory.
#ifndef ARIOSO_TOKENS_H
#define ARIOSO_TOKENS_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

// Reads a token file; *tokens [*count] is to be freed with free(). Errors: ERR_FORMAT for an odd size, an
// empty file or a token >= vocab_size (the message names its place); those of ario_file_read.
ARIO_API ARIO_NODISCARD ario_status ario_tokens_read(const char *path, size_t vocab_size, ario_token **tokens,
                                                     size_t *count, ario_error *error);

// The same of bytes [size] in memory.
ARIO_API ARIO_NODISCARD ario_status ario_tokens_parse(const uint8_t *bytes, size_t size, size_t vocab_size,
                                                      ario_token **tokens, size_t *count, ario_error *error);

// The bytes [*size] of a token file, to be freed with free(). Errors: ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_tokens_pack(const ario_token *tokens, size_t count, uint8_t **bytes,
                                                     size_t *size, ario_error *error);

// Writes one, replacing a file that is there. Errors: ERR_IO, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_tokens_write(const char *path, const ario_token *tokens,
                                                      size_t count, ario_error *error);

#ifdef __cplusplus
}
#endif

#endif
