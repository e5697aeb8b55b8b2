// SPDX-License-Identifier: MIT
//
// Token files: little-endian uint16, whatever the machine's own order.
#include "arioso/tokens.h"
#include "arioso/file.h"

#include <stdlib.h>

enum { MAX_TOKEN_FILE = 1 << 30 };

ario_status ario_tokens_read(const char *path, size_t vocab_size, ario_token **tokens, size_t *count,
                             ario_error *error) {
  *tokens = NULL;
  *count = 0;
  uint8_t *bytes;
  size_t size;
  ario_status status = ario_file_read(path, MAX_TOKEN_FILE, &bytes, &size, error);
  if (status) return status;
  if (size == 0 || size % 2) {
    free(bytes);
    return ario_fail(error, ARIO_ERR_FORMAT,
                     "%s: %zu bytes; a token file holds two bytes for each token, and at least one token",
                     path, size);
  }
  ario_token *out = malloc(size);
  if (!out) {
    free(bytes);
    return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", path, ario_strerror(ARIO_ERR_MEMORY));
  }
  for (size_t i = 0; i < size / 2; i++) {
    out[i] = (ario_token)(bytes[2 * i] | bytes[2 * i + 1] << 8);
    if (out[i] >= vocab_size) {
      status = ario_fail(error, ARIO_ERR_FORMAT, "%s: byte %zu: token %u, but the vocabulary has %zu", path,
                         2 * i, out[i], vocab_size);
      free(out);
      free(bytes);
      return status;
    }
  }
  free(bytes);
  *tokens = out;
  *count = size / 2;
  return ARIO_OK;
}

ario_status ario_tokens_write(const char *path, const ario_token *tokens, size_t count, ario_error *error) {
  uint8_t *bytes = count <= MAX_TOKEN_FILE / 2 ? malloc(2 * count + 1) : NULL;
  if (!bytes) return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", path, ario_strerror(ARIO_ERR_MEMORY));
  for (size_t i = 0; i < count; i++) {
    bytes[2 * i] = (uint8_t)(tokens[i] & 255);
    bytes[2 * i + 1] = (uint8_t)(tokens[i] >> 8);
  }
  ario_status status = ario_file_write(path, true, bytes, 2 * count, error);
  free(bytes);
  return status;
}
