// SPDX-License-Identifier: MIT
//
// The codec "raw" in the table of codecs: bytes, or token files of any vocabulary (arioso/raw.h).
#include "codecs/raw/raw_codec.h"
#include "arioso/raw.h"
#include "arioso/tokens.h"

#include <stdio.h>
#include <stdlib.h>

static ario_status bytes_to_tokens(const uint8_t *bytes, size_t size, ario_token **tokens, size_t *count,
                                   ario_error *error) {
  *tokens = NULL;
  *count = 0;
  if (!size) return ario_fail(error, ARIO_ERR_FORMAT, "is empty");
  ario_token *out = size <= SIZE_MAX / sizeof *out ? malloc(size * sizeof *out) : NULL;
  if (!out) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  for (size_t i = 0; i < size; i++) out[i] = bytes[i];
  *tokens = out;
  *count = size;
  return ARIO_OK;
}

static ario_status tokens_to_bytes(const ario_token *tokens, size_t count, uint8_t **bytes, size_t *size,
                                   ario_error *error) {
  *bytes = malloc(count + 1);
  if (!*bytes) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  for (size_t i = 0; i < count; i++) (*bytes)[i] = (uint8_t)tokens[i];
  *size = count;
  return ARIO_OK;
}

static ario_status encode(const uint8_t *bytes, size_t size, const ario_config *model, ario_token **tokens,
                          size_t *count, ario_error *error) {
  return model->vocab_size == ARIO_RAW_BYTES
             ? bytes_to_tokens(bytes, size, tokens, count, error)
             : ario_tokens_parse(bytes, size, model->vocab_size, tokens, count, error);
}

static ario_status decode(const ario_token *tokens, size_t count, const ario_config *model, uint8_t **bytes,
                          size_t *size, ario_error *error) {
  size_t vocab_size = model->vocab_size;
  *bytes = NULL;
  *size = 0;
  for (size_t i = 0; i < count; i++)
    if (tokens[i] >= vocab_size)
      return ario_fail(error, ARIO_ERR_ARGUMENT, "token %zu is %u, but the vocabulary has %zu", i, tokens[i],
                       vocab_size);
  return vocab_size == ARIO_RAW_BYTES ? tokens_to_bytes(tokens, count, bytes, size, error)
                                      : ario_tokens_pack(tokens, count, bytes, size, error);
}

static void describe(ario_token token, const ario_config *model, char *text, size_t size) {
  (void)model;
  snprintf(text, size, "%u", token);
}

const ario_codec ario__raw_codec = {.name = "raw",
                                    .about = "the bytes of any file",
                                    .medium = ARIO_RAW,
                                    .version = 1,
                                    .vocab_size = 0, // the model's
                                    .suffix = "",
                                    .encode = encode,
                                    .decode = decode,
                                    .describe = describe};
