// SPDX-License-Identifier: MIT
//
// The codec "raw": bytes and token files of any vocabulary, there and back, and what is refused.
#include "arioso/codec.h"
#include "arioso/raw.h"
#include "tests/support/test.h"

static const ario_codec *raw(void) {
  const ario_codec *codec = ario_codec_find("raw");
  if (!codec) fail_msg("there is no codec \"raw\"");
  return codec;
}

// Encodes and decodes: the tokens must be `want` [want_count], and the bytes the same again.
static void there_and_back(const uint8_t *bytes, size_t size, size_t vocab_size, const ario_token *want,
                           size_t want_count) {
  ario_token *tokens;
  uint8_t *again;
  size_t count, again_size;
  ario_error error = {""};
  if (raw()->encode(bytes, size, &(ario_config){.vocab_size = vocab_size}, &tokens, &count, &error))
    fail_msg("%s", error.text);
  assert_int_equal(count, want_count);
  assert_memory_equal(tokens, want, count * sizeof *tokens);
  if (raw()->decode(tokens, count, &(ario_config){.vocab_size = vocab_size}, &again, &again_size, &error))
    fail_msg("%s", error.text);
  assert_int_equal(again_size, size);
  assert_memory_equal(again, bytes, size);
  free(tokens);
  free(again);
}

static void encode_fails(const uint8_t *bytes, size_t size, size_t vocab_size, const char *part) {
  ario_token *tokens;
  size_t count;
  ario_error error = {""};
  assert_status(raw()->encode(bytes, size, &(ario_config){.vocab_size = vocab_size}, &tokens, &count, &error),
                ARIO_ERR_FORMAT);
  assert_contains(error.text, part);
  assert_null(tokens);
  assert_int_equal(count, 0);
}

static void decode_fails(const ario_token *tokens, size_t count, size_t vocab_size, const char *part) {
  uint8_t *bytes;
  size_t size;
  ario_error error = {""};
  assert_status(raw()->decode(tokens, count, &(ario_config){.vocab_size = vocab_size}, &bytes, &size, &error),
                ARIO_ERR_ARGUMENT);
  assert_contains(error.text, part);
  assert_null(bytes);
  assert_int_equal(size, 0);
}

static void every_byte_is_its_token(void **state) {
  (void)state;
  uint8_t bytes[256];
  ario_token tokens[256];
  for (size_t i = 0; i < 256; i++) tokens[i] = bytes[i] = (uint8_t)(255 - i);
  there_and_back(bytes, 256, ARIO_RAW_BYTES, tokens, 256);
  there_and_back(bytes, 1, ARIO_RAW_BYTES, tokens, 1); // an odd size is nothing special
}

static void other_vocabularies_are_two_bytes_a_token(void **state) {
  (void)state;
  const uint8_t bytes[] = {0x00, 0x00, 0x01, 0x02, 0x86, 0x01, 0x2b, 0x01};
  const ario_token tokens[] = {0, 513, 390, 299};
  there_and_back(bytes, sizeof bytes, 514, tokens, COUNT_OF(tokens));
  there_and_back(bytes, sizeof bytes, 65536, tokens, COUNT_OF(tokens));
  const uint8_t largest[] = {0xff, 0xff};
  there_and_back(largest, 2, 65536, (const ario_token[]){65535}, 1);
  there_and_back((const uint8_t[]){0, 0}, 2, 1, (const ario_token[]){0}, 1);
}

static void what_is_no_tokens_is_refused(void **state) {
  (void)state;
  const uint8_t bytes[] = {1, 0, 0x87, 0x01};
  encode_fails(bytes, 0, ARIO_RAW_BYTES, "empty");
  encode_fails(bytes, 0, 391, "0 bytes");
  encode_fails(bytes, 3, 391, "3 bytes");
  encode_fails(bytes, 4, 391, "byte 2: token 391, but the vocabulary has 391");
  const ario_token tokens[] = {7, 256, 391};
  decode_fails(tokens, 3, ARIO_RAW_BYTES, "token 1 is 256");
  decode_fails(tokens, 3, 391, "token 2 is 391");
}

static void the_table_leaves_the_vocabulary_to_the_model(void **state) {
  (void)state;
  char text[16];
  assert_int_equal(raw()->vocab_size, 0);
  assert_string_equal(raw()->suffix, "");
  raw()->describe(65535, &(ario_config){0}, text, sizeof text);
  assert_string_equal(text, "65535");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_byte_is_its_token),
                                     cmocka_unit_test(other_vocabularies_are_two_bytes_a_token),
                                     cmocka_unit_test(what_is_no_tokens_is_refused),
                                     cmocka_unit_test(the_table_leaves_the_vocabulary_to_the_model)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
