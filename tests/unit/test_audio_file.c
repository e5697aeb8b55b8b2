// SPDX-License-Identifier: MIT
//
// Files of audio codes of both versions: round trips, and damage of any kind is noticed. And sample rates: aligned, and the
// same in pieces.
#include "arioso/audio_file.h"
#include "arioso/codec.h"
#include "arioso/resample.h"
#include "core/base/rng.h"
#include "support/test.h"

#include <math.h>

enum { FRAMES = 200, LEVELS = 3 };

static const ario_codes head = {.levels = LEVELS, .codes = 16, .hop = 6, .sample_rate = 24000, .hash = 12345};

static void fill(uint16_t codes[FRAMES * LEVELS]) {
  for (size_t i = 0; i < FRAMES * LEVELS; i++) codes[i] = (uint16_t)(i * 7 % 16);
}

// A whole file's bytes; the caller frees them.
static uint8_t *write_file(size_t *size) {
  uint16_t codes[FRAMES * LEVELS];
  ario_tok tok;
  fill(codes);
  FILE *stream = tmpfile();
  assert_non_null(stream);
  assert_ok(ario_tok_write_head(&tok, stream, &head));
  for (size_t at = 0, step = 1; at < FRAMES;
       at += step, step = step * 2 < FRAMES - at ? step * 2 : FRAMES - at)
    assert_ok(ario_tok_write(&tok, codes + at * LEVELS, step < FRAMES - at ? step : FRAMES - at));
  assert_ok(ario_tok_write_end(&tok, FRAMES * 6 - 2));
  *size = (size_t)ftell(stream);
  rewind(stream);
  uint8_t *bytes = malloc(*size);
  assert_non_null(bytes);
  assert_int_equal(fread(bytes, 1, *size, stream), *size);
  fclose(stream);
  return bytes;
}

// Reads all of it in pieces of `room` frames; the status of the first call that fails.
static ario_status read_file(const uint8_t *bytes, size_t size, size_t room, ario_tok *tok,
                             uint16_t codes[FRAMES * LEVELS]) {
  FILE *stream = tmpfile();
  assert_non_null(stream);
  assert_int_equal(fwrite(bytes, 1, size, stream), size);
  rewind(stream);
  ario_error error = {""};
  ario_status status = ario_tok_read_head(tok, stream, &error);
  if (!status && tok->head.levels != LEVELS) status = ARIO_ERR_FORMAT; // its codes would not fit here
  for (size_t at = 0, frames; !status && !tok->ended; at += frames) {
    size_t left = FRAMES - at < room ? FRAMES - at : room;
    uint16_t beyond[LEVELS];
    status = ario_tok_read(tok, left ? codes + at * LEVELS : beyond, left ? left : 1, &frames, &error);
    if (!status && !left && frames) status = ARIO_ERR_FORMAT;
  }
  assert_true(!status || status == ARIO_ERR_FORMAT || status == ARIO_ERR_UNSUPPORTED);
  fclose(stream);
  return status;
}

static void codes_come_back(void **state) {
  (void)state;
  size_t size;
  uint8_t *bytes = write_file(&size);
  uint16_t wanted[FRAMES * LEVELS], codes[FRAMES * LEVELS];
  fill(wanted);
  for (size_t room = 1; room <= FRAMES; room += 37) {
    ario_tok tok;
    assert_ok(read_file(bytes, size, room, &tok, codes));
    assert_int_equal(tok.frames, FRAMES);
    assert_int_equal(tok.samples, FRAMES * 6 - 2);
    assert_int_equal(tok.head.hash, head.hash);
    assert_memory_equal(codes, wanted, sizeof codes);
  }
  free(bytes);
}

static void every_cut_and_every_bit_is_noticed(void **state) {
  (void)state;
  size_t size;
  uint8_t *bytes = write_file(&size);
  uint16_t codes[FRAMES * LEVELS];
  ario_tok tok;
  for (size_t cut = 0; cut < size; cut++) assert_true(read_file(bytes, cut, 50, &tok, codes) != ARIO_OK);
  for (size_t bit = 0; bit < 8 * size; bit += 3) {
    bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    assert_true(read_file(bytes, size, 50, &tok, codes) != ARIO_OK);
    bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
  }
  free(bytes);
}

// ---- Versions ----

static void put_number(uint8_t **at, uint64_t number, size_t size) {
  for (size_t i = 0; i < size; i++) *(*at)++ = (uint8_t)(number >> 8 * i);
}

// The end of a file of `bytes` up to `at`: no more blocks, the samples, the sum.
static size_t put_end(uint8_t *bytes, uint8_t *at, uint64_t samples) {
  uint64_t sum = 0xcbf29ce484222325; // FNV-1a
  put_number(&at, 0, 4);
  put_number(&at, samples, 8);
  for (const uint8_t *b = bytes; b < at; b++) sum = (sum ^ *b) * 0x100000001b3;
  put_number(&at, sum, 8);
  return (size_t)(at - bytes);
}

// A file of `levels` levels of `codes` codes, up to its first block.
static uint8_t *put_head(uint8_t *bytes, unsigned version, size_t levels, size_t codes) {
  const uint64_t numbers[] = {version, levels, codes, 6, 24000, 0};
  uint8_t *at = bytes + 8;
  memcpy(bytes, "ariotok\n", 8);
  for (size_t i = 0; i < COUNT_OF(numbers); i++) put_number(&at, numbers[i], 4);
  put_number(&at, 12345, 8);
  return at;
}

static void version_1_is_read(void **state) {
  (void)state;
  uint8_t bytes[2000], *at = put_head(bytes, 1, LEVELS, 16);
  uint16_t wanted[FRAMES * LEVELS], codes[FRAMES * LEVELS];
  ario_tok tok;
  fill(wanted);
  put_number(&at, FRAMES, 4);
  for (size_t i = 0; i < FRAMES * LEVELS; i++) put_number(&at, wanted[i], 2);
  size_t size = put_end(bytes, at, FRAMES * 6);
  for (size_t room = 1; room <= FRAMES; room += 66) {
    assert_ok(read_file(bytes, size, room, &tok, codes));
    assert_memory_equal(codes, wanted, sizeof codes);
    assert_int_equal(tok.version, 1);
    assert_int_equal(tok.bytes, size);
  }
  for (size_t cut = 0; cut < size; cut++) assert_true(read_file(bytes, cut, 50, &tok, codes) != ARIO_OK);
  at = put_head(bytes, 3, LEVELS, 16);
  assert_status(read_file(bytes, put_end(bytes, at, 0), 50, &tok, codes), ARIO_ERR_UNSUPPORTED);
}

// Codes of 12 take 4 bits, of which 12..15 are none; what fills up the last byte of a block is zero.
static void bits_that_are_no_codes_are_refused(void **state) {
  (void)state;
  const struct {
    uint8_t last;
    ario_status status;
  } bytes_of[] = {{0x0b, ARIO_OK}, {0x0c, ARIO_ERR_FORMAT}, {0x1b, ARIO_ERR_FORMAT}, {0x8b, ARIO_ERR_FORMAT}};
  for (size_t i = 0; i < COUNT_OF(bytes_of); i++) {
    uint8_t bytes[200], *at = put_head(bytes, 2, LEVELS, 12);
    uint16_t codes[FRAMES * LEVELS];
    ario_tok tok;
    put_number(&at, 1, 4);
    put_number(&at, 0x21, 1);
    put_number(&at, bytes_of[i].last, 1);
    assert_status(read_file(bytes, put_end(bytes, at, 6), 50, &tok, codes), bytes_of[i].status);
    if (!bytes_of[i].status) assert_true(codes[0] == 1 && codes[1] == 2 && codes[2] == 11);
  }
}

// Any number of codes, any number of levels, in blocks of any length: they come back, in as many bits as they take.
static void any_codes_come_back(void **state) {
  (void)state;
  struct ario__rng rng;
  ario__rng_seed(&rng, 4);
  for (size_t round = 0; round < 60; round++) {
    size_t bits = 1 + round % 16, levels = 1 + (size_t)(ario__rng_uniform(&rng) * 8), used = 0, frames = 1;
    size_t least = ((size_t)1 << (bits - 1)) + 1, count = 0, bytes = 0;
    ario_codes kind = head;
    kind.levels = levels;
    kind.codes = bits == 1 ? 2 : least + (size_t)(ario__rng_uniform(&rng) * (double)(least - 1));
    uint16_t codes[50 * 8], back[50 * 8];
    for (size_t i = 0; i < 50 * levels; i++)
      codes[i] = (uint16_t)(ario__rng_uniform(&rng) * (double)kind.codes);
    ario_tok tok;
    FILE *stream = tmpfile();
    assert_ok(ario_tok_write_head(&tok, stream, &kind));
    for (; count < 50; count += used) {
      used = 1 + (size_t)(ario__rng_uniform(&rng) * (double)(50 - count));
      bytes += 4 + (used * levels * bits + 7) / 8;
      assert_ok(ario_tok_write(&tok, codes + count * levels, used));
    }
    assert_ok(ario_tok_write_end(&tok, 50 * 6));
    assert_int_equal(ftell(stream), 40 + bytes + 20);
    assert_int_equal(tok.bytes, 40 + bytes + 20);
    rewind(stream);
    assert_ok(ario_tok_read_head(&tok, stream, NULL));
    for (count = 0; frames; count += frames)
      assert_ok(ario_tok_read(&tok, back + count * levels, count < 43 ? 7 : 50 - count + 1, &frames, NULL));
    assert_int_equal(count, 50);
    assert_memory_equal(back, codes, 50 * levels * sizeof *codes);
    fclose(stream);
  }
}

// ---- What models and token caches say of codes ----

static void a_model_says_what_its_codes_are(void **state) {
  (void)state;
  ario_config model = ario_config_default();
  ario_codes codes = head;
  ario_error error = {""};
  assert_ok(ario_codes_of(&model, &codes, &error));
  assert_int_equal(codes.levels, 0); // "raw"
  ario_codes_set(&head, &model);
  assert_int_equal(model.vocab_size, ARIO_CODES_FIRST + LEVELS * 16);
  assert_ok(ario_config_check(&model, &error));
  assert_ok(ario_codes_of(&model, &codes, &error));
  assert_memory_equal(&codes, &head, sizeof head);
  model.vocab_size++;
  assert_status(ario_codes_of(&model, &codes, &error), ARIO_ERR_FORMAT);
  assert_contains(error.text, "vocab_size");
  static const struct {
    const char *json, *part;
  } wrong[] = {
      {"", "levels"},
      {"{\"name\":\"audio\",\"levels\":2.5,\"codes\":4,\"hop\":1,\"sample_rate\":1}", "levels"},
      {"{\"name\":\"audio\",\"levels\":2,\"codes\":4,\"hop\":1}", "sample_rate"},
      {"{\"name\":\"audio\",\"levels\":2,\"codes\":4,\"hop\":1,\"sample_rate\":1,\"hash\":\"12\"}", "hash"},
      {"{\"name\":\"audio\",\"levels\":33,\"codes\":4,\"hop\":1,\"sample_rate\":1,\"hash\":"
       "\"00000000000000ab\"}",
       "cannot be"}};
  for (size_t i = 0; i < COUNT_OF(wrong); i++) {
    snprintf(model.codec_json, sizeof model.codec_json, "%s", wrong[i].json);
    assert_status(ario_codes_of(&model, &codes, &error), ARIO_ERR_FORMAT);
    assert_contains(error.text, wrong[i].part);
  }
}

// The bytes are those of caches that were written before codecs wrote them.
static void a_cache_knows_its_codes(void **state) {
  (void)state;
  const ario_codec *codec = ario_codec_find("audio");
  ario_config model = ario_config_default();
  ario_error error = {""};
  uint8_t identity[ARIO_IDENTITY_BYTES];
  static const ario_codes codes = {
      .levels = 4, .codes = 1024, .hop = 480, .sample_rate = 24000, .hash = 0x0123456789abcdef};
  static const uint8_t wanted[ARIO_IDENTITY_BYTES] = {0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01,
                                                      4,    0,    0,    0,    0,    4,    0,    0,
                                                      0xe0, 1,    0,    0,    0xc0, 0x5d, 0,    0};
  ario_codes_set(&codes, &model);
  assert_ok(codec->identify(&model, identity, &error));
  assert_memory_equal(identity, wanted, sizeof wanted);
  assert_ok(codec->recognize(identity, &model, &error));
  for (size_t at = 0; at < 9; at++) { // another hash, other levels
    identity[at] ^= 1;
    assert_status(codec->recognize(identity, &model, &error), ARIO_ERR_FORMAT);
    assert_contains(error.text, "4 of 0123456789abcdef");
    identity[at] ^= 1;
  }
}

// ---- Rates ----

enum { LENGTH = 9600 };

// Resamples `wave` in pieces of `step`; returns how many samples came out.
static size_t resample(unsigned from, unsigned to, const float *wave, size_t step, float *out, size_t room) {
  ario_resampler *r;
  size_t used = 0;
  assert_ok(ario_resampler_create(from, to, LENGTH, &r));
  for (size_t at = 0; at < LENGTH; at += step) {
    const float *made;
    size_t count, part = LENGTH - at < step ? LENGTH - at : step;
    assert_ok(ario_resampler_push(r, wave + at, part, at + part == LENGTH, &made, &count));
    assert_true(used + count <= room);
    memcpy(out + used, made, count * sizeof *out);
    used += count;
  }
  ario_resampler_free(r);
  return used;
}

static void rates_are_aligned_and_pieces_are_the_whole(void **state) {
  (void)state;
  static const unsigned rates[] = {8000, 24000, 44100, 192000};
  static float wave[LENGTH], whole[10 * LENGTH], pieces[10 * LENGTH];
  for (size_t i = 0; i < LENGTH; i++)
    wave[i] = expf(-powf(((float)i - 4800) / 60, 2)); // a bump in the middle
  for (size_t r = 0; r < COUNT_OF(rates); r++) {
    size_t count = resample(rates[r], 24000, wave, LENGTH, whole, COUNT_OF(whole)), peak = 0;
    double ratio = 24000.0 / rates[r];
    assert_true(fabs((double)count - LENGTH * ratio) <= 1);
    for (size_t i = 0; i < count; i++)
      if (whole[i] > whole[peak]) peak = i;
    assert_true(fabs((double)peak - 4800 * ratio) <= 1);
    assert_int_equal(resample(rates[r], 24000, wave, 700, pieces, COUNT_OF(pieces)), count);
    for (size_t i = 0; i < count; i++) assert_true(fabsf(pieces[i] - whole[i]) < 1e-6f);
  }
  ario_resampler *none;
  assert_int_equal(ario_resampler_create(8000, 0, 10, &none), ARIO_ERR_ARGUMENT);
  assert_int_equal(ario_resampler_create(10, 48000, 10, &none), ARIO_ERR_ARGUMENT);
  assert_null(none);
}

// A minute has its length to the sample, and what sounds in its last second is where it was.
static void a_minute_lasts_a_minute(void **state) {
  (void)state;
  enum { RATE = 4000, SECONDS = 60, COUNT = SECONDS * RATE, BUMP = 59 * RATE + 2000 };
  static const unsigned rates[] = {5512, 6000};
  float *wave = calloc(COUNT, sizeof *wave);
  assert_non_null(wave);
  for (int i = -400; i <= 400; i++) wave[BUMP + i] = expf(-powf((float)i / 60, 2));
  for (size_t k = 0; k < COUNT_OF(rates); k++) {
    ario_resampler *r;
    size_t total = 0;
    double sum = 0, moment = 0;
    assert_ok(ario_resampler_create(RATE, rates[k], RATE, &r));
    for (size_t at = 0; at < COUNT; at += RATE) {
      const float *made;
      size_t count;
      assert_ok(ario_resampler_push(r, wave + at, RATE, at + RATE == COUNT, &made, &count));
      for (size_t i = 0; i < count; i++) {
        sum += made[i];
        moment += made[i] * (double)(total + i);
      }
      total += count;
    }
    assert_true(total + 1 >= SECONDS * rates[k] && total <= SECONDS * rates[k] + 1); // rounded
    double wanted = (double)BUMP / RATE * rates[k], middle = moment / sum;
    if (!(fabs(middle - wanted) < 0.1))
      fail_msg("to %u Hz: the bump is at %.3f, not %.3f", rates[k], middle, wanted);
    ario_resampler_free(r);
  }
  free(wave);
}

// What the filter has kept back is more than one push makes: the buffer grows.
static void the_end_may_be_longer_than_a_push(void **state) {
  (void)state;
  enum { SECOND = 200, PUSH = 10 };
  ario_resampler *r;
  float constant[PUSH];
  size_t total = 0;
  for (size_t i = 0; i < PUSH; i++) constant[i] = 0.5f;
  assert_ok(ario_resampler_create(SECOND, 24000, PUSH, &r));
  for (size_t at = 0; at < SECOND; at += PUSH) {
    const float *made;
    size_t count;
    assert_ok(ario_resampler_push(r, constant, PUSH, at + PUSH == SECOND, &made, &count));
    for (size_t i = 0; i < count; i++) assert_true(fabsf(made[i]) < 0.7f);
    total += count;
  }
  assert_true(total >= 23999 && total <= 24001);
  ario_resampler_free(r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(codes_come_back),         cmocka_unit_test(every_cut_and_every_bit_is_noticed),
      cmocka_unit_test(version_1_is_read),       cmocka_unit_test(bits_that_are_no_codes_are_refused),
      cmocka_unit_test(any_codes_come_back),     cmocka_unit_test(a_model_says_what_its_codes_are),
      cmocka_unit_test(a_cache_knows_its_codes), cmocka_unit_test(rates_are_aligned_and_pieces_are_the_whole),
      cmocka_unit_test(a_minute_lasts_a_minute), cmocka_unit_test(the_end_may_be_longer_than_a_push)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
