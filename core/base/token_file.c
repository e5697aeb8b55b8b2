// SPDX-License-Identifier: MIT
//
// Token files: little-endian uint16, whatever the machine's own order.
#include "arioso/file.h"
#include "arioso/tokens.h"

#include <stdlib.h>

enum { MAX_TOKEN_FILE = 1 << 30 };

ario_status ario_tokens_parse(const uint8_t *bytes, size_t size, size_t vocab_size, ario_token **tokens,
                              size_t *count, ario_error *error) {
  *tokens = NULL;
  *count = 0;
  if (size == 0 || size % 2)
    return ario_fail(error, ARIO_ERR_FORMAT,
                     "%zu bytes; a token file holds two bytes for each token, and at least one token", size);
  ario_token *out = malloc(size);
  if (!out) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  for (size_t i = 0; i < size / 2; i++) {
    out[i] = (ario_token)(bytes[2 * i] | bytes[2 * i + 1] << 8);
    if (out[i] < vocab_size) continue;
    ario_fail(error, ARIO_ERR_FORMAT, "byte %zu: token %u, but the vocabulary has %zu", 2 * i, out[i],
              vocab_size);
    free(out);
    return ARIO_ERR_FORMAT;
  }
  *tokens = out;
  *count = size / 2;
  return ARIO_OK;
}

ario_status ario_tokens_read(const char *path, size_t vocab_size, ario_token **tokens, size_t *count,
                             ario_error *error) {
  *tokens = NULL;
  *count = 0;
  uint8_t *bytes;
  size_t size;
  ario_status status = ario_file_read(path, MAX_TOKEN_FILE, &bytes, &size, error);
  if (status) return status;
  ario_error detail = {""};
  status = ario_tokens_parse(bytes, size, vocab_size, tokens, count, &detail);
  free(bytes);
  return status ? ario_fail(error, status, "%s: %s", path, detail.text) : ARIO_OK;
}

ario_status ario_tokens_pack(const ario_token *tokens, size_t count, uint8_t **bytes, size_t *size,
                             ario_error *error) {
  *size = 0;
  *bytes = count <= MAX_TOKEN_FILE / 2 ? malloc(2 * count + 1) : NULL;
  if (!*bytes) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  for (size_t i = 0; i < count; i++) {
    (*bytes)[2 * i] = (uint8_t)(tokens[i] & 255);
    (*bytes)[2 * i + 1] = (uint8_t)(tokens[i] >> 8);
  }
  *size = 2 * count;
  return ARIO_OK;
}

ario_status ario_tokens_write(const char *path, const ario_token *tokens, size_t count, ario_error *error) {
  uint8_t *bytes;
  size_t size;
  ario_error detail = {""};
  ario_status status = ario_tokens_pack(tokens, count, &bytes, &size, &detail);
  if (status) return ario_fail(error, status, "%s: %s", path, detail.text);
  status = ario_file_write(path, true, bytes, size, error);
  free(bytes);
  return status;
}
