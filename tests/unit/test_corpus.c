// SPDX-License-Identifier: MIT
//
// Corpora and token caches: what goes in comes out, the file is as documented, and a broken one is refused.
// And the file that a run is resumed from.
#include "arioso/corpus.h"
#include "arioso/file.h"
#include "arioso/train.h"
#include "tests/support/test.h"

#include <math.h>

static const uint8_t identity[ARIO_IDENTITY_BYTES] = "that of these tokens ..";

static ario_corpus *small_corpus(void) {
  ario_corpus *corpus;
  assert_ok(ario_corpus_create(300, "raw", 7, &corpus));
  ario_corpus_set_identity(corpus, identity);
  assert_ok(ario_corpus_add(corpus, ARIO_CORPUS_TRAIN, (ario_token[]){1, 2, 299}, 3));
  assert_ok(ario_corpus_add(corpus, ARIO_CORPUS_VALID, (ario_token[]){5, 6}, 2));
  return corpus;
}

static void a_corpus_keeps_what_it_is_given(void **state) {
  (void)state;
  ario_corpus *corpus = small_corpus();
  assert_status(ario_corpus_add(corpus, ARIO_CORPUS_TRAIN, (ario_token[]){1}, 1), ARIO_ERR_ARGUMENT);
  assert_status(ario_corpus_add(corpus, ARIO_CORPUS_TRAIN, (ario_token[]){1, 300}, 2), ARIO_ERR_ARGUMENT);
  assert_int_equal(ario_corpus_pieces(corpus), 2);
  assert_int_equal(ario_corpus_tokens(corpus, ARIO_CORPUS_TRAIN), 3);
  assert_int_equal(ario_corpus_tokens(corpus, ARIO_CORPUS_VALID), 2);
  ario_corpus_free(corpus);
  ario_corpus_free(NULL);
  assert_status(ario_corpus_create(0, "raw", 1, &corpus), ARIO_ERR_ARGUMENT);
  assert_null(corpus);
  assert_status(ario_corpus_create(65537, "raw", 1, &corpus), ARIO_ERR_ARGUMENT);
}

static void a_cache_is_as_documented(void **state) {
  (void)state;
  uint8_t expected[128 + 2 * 16 + 5 * 2] = "ARIOTOKS";
  uint8_t *bytes;
  size_t size;
  ario_corpus *corpus = small_corpus();
  expected[8] = 1, expected[12] = 7;
  memcpy(expected + 16, "raw", 3);
  expected[80] = 300 & 255, expected[81] = 300 >> 8, expected[88] = 2, expected[96] = 5;
  memcpy(expected + 104, identity, sizeof identity);
  expected[128] = 3, expected[144] = 2, expected[152] = 1;
  const uint8_t tokens[] = {1, 0, 2, 0, 299 & 255, 299 >> 8, 5, 0, 6, 0};
  memcpy(expected + 160, tokens, sizeof tokens);
  assert_ok(ario_corpus_save(corpus, scratch_path("cache"), NULL));
  assert_ok(ario_file_read(scratch_path("cache"), 1 << 20, &bytes, &size, NULL));
  assert_int_equal(size, sizeof expected);
  assert_memory_equal(bytes, expected, size);
  free(bytes);
  ario_corpus_free(corpus);
}

static void a_cache_comes_back(void **state) {
  (void)state;
  ario_corpus *corpus = small_corpus(), *opened;
  assert_ok(ario_corpus_save(corpus, scratch_path("cache"), NULL));
  assert_true(ario_corpus_is_cache(scratch_path("cache")));
  assert_ok(ario_corpus_open(scratch_path("cache"), &opened, NULL));
  assert_int_equal(ario_corpus_pieces(opened), 2);
  assert_int_equal(ario_corpus_vocab_size(opened), 300);
  assert_string_equal(ario_corpus_codec(opened), "raw");
  assert_int_equal(ario_corpus_codec_version(opened), 7);
  assert_memory_equal(ario_corpus_identity(opened), identity, sizeof identity);
  assert_true(ario_corpus_fingerprint(opened) == ario_corpus_fingerprint(corpus));
  for (size_t i = 0; i < 2; i++) {
    ario_piece a = ario_corpus_piece(corpus, i), b = ario_corpus_piece(opened, i);
    assert_true(a.count == b.count && a.part == b.part);
    assert_memory_equal(a.tokens, b.tokens, a.count * sizeof *a.tokens);
  }
  assert_status(ario_corpus_add(opened, ARIO_CORPUS_TRAIN, (ario_token[]){1, 2}, 2), ARIO_ERR_STATE);
  assert_ok(ario_corpus_add(corpus, ARIO_CORPUS_VALID, (ario_token[]){1, 2}, 2));
  assert_true(ario_corpus_fingerprint(opened) != ario_corpus_fingerprint(corpus));
  ario_corpus_free(opened);
  ario_corpus_free(corpus);
}

// A corpus's fingerprint is of its tokens, where its pieces end, and what is held out.
static void all_of_it_is_in_the_fingerprint(void **state) {
  (void)state;
  const ario_token tokens[] = {1, 2, 3, 4, 5}, other[] = {1, 2, 3, 4, 6};
  const struct {
    const ario_token *tokens;
    size_t first; // tokens of the first piece
    ario_corpus_part part;
  } cases[] = {{tokens, 2, ARIO_CORPUS_TRAIN},
               {other, 2, ARIO_CORPUS_TRAIN},
               {tokens, 3, ARIO_CORPUS_TRAIN},
               {tokens, 2, ARIO_CORPUS_VALID}};
  uint64_t prints[COUNT_OF(cases)];
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    ario_corpus *corpus;
    assert_ok(ario_corpus_create(10, "raw", 1, &corpus));
    assert_ok(ario_corpus_add(corpus, cases[i].part, cases[i].tokens, cases[i].first));
    assert_ok(
        ario_corpus_add(corpus, ARIO_CORPUS_TRAIN, cases[i].tokens + cases[i].first, 5 - cases[i].first));
    prints[i] = ario_corpus_fingerprint(corpus);
    for (size_t k = 0; k < i; k++)
      if (prints[i] == prints[k]) fail_msg("cases %zu and %zu have one fingerprint", k, i);
    ario_corpus_free(corpus);
  }
}

static void refuse(const uint8_t *bytes, size_t size, const char *part) {
  ario_corpus *opened;
  ario_error error = {""};
  assert_ok(ario_file_write(scratch_path("broken"), true, bytes, size, NULL));
  ario_status status = ario_corpus_open(scratch_path("broken"), &opened, &error);
  if (status != ARIO_ERR_FORMAT && status != ARIO_ERR_UNSUPPORTED)
    fail_msg("\"%s\" was expected, not status %d: %s", part, (int)status, error.text);
  assert_null(opened);
  assert_contains(error.text, part);
  assert_contains(error.text, "broken");
}

static void a_broken_cache_is_refused(void **state) {
  (void)state;
  uint8_t *bytes, changed[512];
  size_t size;
  ario_corpus *corpus = small_corpus();
  assert_ok(ario_corpus_save(corpus, scratch_path("cache"), NULL));
  ario_corpus_free(corpus);
  assert_ok(ario_file_read(scratch_path("cache"), sizeof changed, &bytes, &size, NULL));
  for (size_t cut = 0; cut < size; cut++) refuse(bytes, cut, cut < 128 ? "fewer than the 128" : "cut short");
  const struct {
    size_t at;
    uint8_t value;
    const char *part;
  } damages[] = {{0, 'X', "ARIOTOKS"}, {8, 9, "version 9"},  {81, 200, "token"},     {80, 5, "token"},
                 {82, 2, "header"},    {88, 3, "cut short"}, {95, 255, "cut short"}, {96, 6, "cut short"},
                 {103, 128, "cut"},    {128, 2, "5 tokens"}, {128, 1, "record"},     {128, 9, "record"},
                 {135, 128, "record"}, {152, 2, "record"},   {165, 255, "token 2"}};
  for (size_t i = 0; i < COUNT_OF(damages); i++) {
    memcpy(changed, bytes, size);
    changed[damages[i].at] = damages[i].value;
    if (damages[i].at == 80 || damages[i].at == 81)
      changed[81] = 0, changed[80] = 5; // token 299 is too large
    refuse(changed, size, damages[i].part);
  }
  memset(changed, 'x', 64);
  memcpy(changed, bytes, 16);
  memcpy(changed + 80, bytes + 80, size - 80);
  memset(changed + 16, 'x', 64); // a name without its end
  refuse(changed, size, "header");
  free(bytes);
  ario_corpus *missing;
  assert_status(ario_corpus_open(scratch_path("nothing"), &missing, NULL), ARIO_ERR_NOT_FOUND);
  assert_false(ario_corpus_is_cache(scratch_path("nothing")));
}

// ---- What a run is resumed from ----

static ario_trainer *trainer_of(const ario_corpus *corpus, size_t channels, uint64_t seed) {
  ario_config config = ario_config_default();
  ario_train_options options = ario_train_options_default();
  ario_model *start;
  ario_trainer *trainer;
  config.vocab_size = 300;
  config.channels = channels;
  config.heads = 1;
  config.layers = 1;
  config.max_context = config.max_latents = 4;
  options.steps = 10;
  options.seed = seed;
  assert_ok(ario_model_initial(&config, 1, &start, NULL));
  assert_ok(ario_trainer_create(start, corpus, &options, &trainer, NULL));
  ario_model_free(start);
  return trainer;
}

static void only_its_own_run_is_resumed(void **state) {
  (void)state;
  ario_corpus *corpus = small_corpus(), *other = small_corpus();
  assert_ok(ario_corpus_add(other, ARIO_CORPUS_TRAIN, (ario_token[]){8, 9}, 2));
  ario_trainer *trainer = trainer_of(corpus, 4, 1), *wider = trainer_of(corpus, 8, 1);
  ario_trainer *reseeded = trainer_of(corpus, 4, 2), *elsewhere = trainer_of(other, 4, 1);
  ario_train_report report;
  ario_error error = {""};
  assert_ok(ario_trainer_step(trainer, &report, NULL));
  assert_ok(ario_trainer_save(trainer, scratch_path("run"), NULL));
  assert_status(ario_trainer_load(wider, scratch_path("run"), &error), ARIO_ERR_FORMAT);
  assert_contains(error.text, "another model");
  assert_status(ario_trainer_load(reseeded, scratch_path("run"), &error), ARIO_ERR_FORMAT);
  assert_contains(error.text, "seed");
  assert_status(ario_trainer_load(elsewhere, scratch_path("run"), &error), ARIO_ERR_FORMAT);
  assert_contains(error.text, "other data");
  assert_status(ario_trainer_load(trainer, scratch_path("nothing"), &error), ARIO_ERR_NOT_FOUND);
  assert_ok(ario_trainer_load(trainer, scratch_path("run"), NULL));
  ario_trainer_free(elsewhere);
  ario_trainer_free(reseeded);
  ario_trainer_free(wider);
  ario_trainer_free(trainer);
  ario_corpus_free(other);
  ario_corpus_free(corpus);
}

// The places of numbers in the header, and what the file of version 3 lacks (core/train/train_state.c).
enum {
  BLOCKS_AT = 8,
  STEPS_AT = 96,
  PATIENCE_AT = 136,
  SECONDS_AT = 144,
  BEST_AT = 152,
  HASH_AT = 160,
  HEADER = 168
};

static uint8_t *saved_run(const ario_trainer *trainer, size_t *size) {
  uint8_t *bytes;
  assert_ok(ario_trainer_save(trainer, scratch_path("run"), NULL));
  assert_ok(ario_file_read(scratch_path("run"), 1 << 20, &bytes, size, NULL));
  return bytes;
}

static void a_broken_run_is_refused(void **state) {
  (void)state;
  ario_corpus *corpus = small_corpus();
  ario_trainer *trainer = trainer_of(corpus, 4, 1);
  ario_train_report report;
  size_t size;
  ario_error error = {""};
  assert_ok(ario_trainer_step(trainer, &report, NULL));
  uint8_t *bytes = saved_run(trainer, &size);
  for (size_t cut = 0; cut < size; cut += cut < 200 ? 1 : 997) {
    assert_ok(ario_file_write(scratch_path("broken"), true, bytes, cut, NULL));
    assert_status(ario_trainer_load(trainer, scratch_path("broken"), &error), ARIO_ERR_FORMAT);
    assert_contains(error.text, "broken");
  }
  for (size_t at = 0; at < size; at += at < 200 ? 1 : 97) { // no byte may change
    bytes[at] ^= 1 << at % 8;
    assert_ok(ario_file_write(scratch_path("broken"), true, bytes, size, NULL));
    if (ario_trainer_load(trainer, scratch_path("broken"), &error) != ARIO_ERR_FORMAT)
      fail_msg("nobody sees that byte %zu has changed", at);
    bytes[at] ^= 1 << at % 8;
  }
  uint8_t *longer = calloc(1, size + 8); // one of a larger model, perhaps
  memcpy(longer, bytes, size);
  assert_ok(ario_file_write(scratch_path("broken"), true, longer, size + 8, NULL));
  assert_status(ario_trainer_load(trainer, scratch_path("broken"), &error), ARIO_ERR_FORMAT);
  assert_contains(error.text, "another model");
  free(longer);
  free(bytes);
  ario_trainer_free(trainer);
  ario_corpus_free(corpus);
}

// Writes a run as version 3, which has no hash.
static void write_old(const uint8_t *bytes, size_t size) {
  uint8_t *old = malloc(size);
  memcpy(old, bytes, HASH_AT);
  old[7] = '3';
  memcpy(old + HASH_AT, bytes + HEADER, size - HEADER);
  assert_ok(ario_file_write(scratch_path("old"), true, old, size - (HEADER - HASH_AT), NULL));
  free(old);
}

static void a_run_of_version_3_is_resumed(void **state) {
  (void)state;
  ario_corpus *corpus = small_corpus();
  ario_trainer *trainer = trainer_of(corpus, 4, 1), *other = trainer_of(corpus, 4, 1);
  ario_train_report report;
  for (size_t i = 0; i < 3; i++) assert_ok(ario_trainer_step(trainer, &report, NULL));
  size_t size, again;
  uint8_t *bytes = saved_run(trainer, &size);
  write_old(bytes, size);
  assert_ok(ario_trainer_load(other, scratch_path("old"), NULL));
  uint8_t *same = saved_run(other, &again);
  assert_int_equal(size, again);
  assert_memory_equal(bytes, same, size);
  free(bytes), free(same);
  ario_trainer_free(trainer);
  ario_trainer_free(other);
  ario_corpus_free(corpus);
}

// Without a hash the numbers themselves tell what no run has saved, such as a best model of a run that keeps
// none.
static void a_run_that_cannot_be_is_refused(void **state) {
  (void)state;
  const double negative = -1, nothing = NAN, some = 2.5;
  const float minus = -1, infinite = INFINITY;
  const uint64_t five = 5;
  ario_corpus *corpus = small_corpus();
  ario_trainer *trainer = trainer_of(corpus, 4, 1);
  ario_train_report report;
  assert_ok(ario_trainer_step(trainer, &report, NULL));
  size_t size;
  uint8_t *bytes = saved_run(trainer, &size);
  uint64_t counts[3];
  memcpy(counts, bytes + BLOCKS_AT, sizeof counts);
  const struct {
    size_t at, bytes;
    const void *value;
    const char *part;
  } damages[] = {{STEPS_AT, 8, &five, "steps"},
                 {PATIENCE_AT, 8, &five, "patience"},
                 {SECONDS_AT, 8, &negative, "seconds"},
                 {SECONDS_AT, 8, &nothing, "seconds"},
                 {BEST_AT, 8, &some, "patience"},
                 {BEST_AT, 8, &nothing, "best NLL"},
                 {HEADER + 12, 4, &infinite, "weights"},
                 {HEADER + 4 * (counts[0] + 3), 4, &infinite, "moments"},
                 {HEADER + 4 * (counts[0] + counts[1] + 3), 4, &minus, "second moments"}};
  for (size_t i = 0; i < COUNT_OF(damages); i++) {
    uint8_t kept[8];
    ario_error error = {""};
    memcpy(kept, bytes + damages[i].at, damages[i].bytes);
    memcpy(bytes + damages[i].at, damages[i].value, damages[i].bytes);
    write_old(bytes, size);
    assert_status(ario_trainer_load(trainer, scratch_path("old"), &error), ARIO_ERR_FORMAT);
    assert_contains(error.text, damages[i].part);
    memcpy(bytes + damages[i].at, kept, damages[i].bytes);
  }
  write_old(bytes, size);
  assert_ok(ario_trainer_load(trainer, scratch_path("old"), NULL));
  free(bytes);
  ario_trainer_free(trainer);
  ario_corpus_free(corpus);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_corpus_keeps_what_it_is_given),
      cmocka_unit_test(a_cache_is_as_documented),
      cmocka_unit_test(a_cache_comes_back),
      cmocka_unit_test(all_of_it_is_in_the_fingerprint),
      cmocka_unit_test(a_broken_cache_is_refused),
      cmocka_unit_test(only_its_own_run_is_resumed),
      cmocka_unit_test(a_broken_run_is_refused),
      cmocka_unit_test(a_run_of_version_3_is_resumed),
      cmocka_unit_test(a_run_that_cannot_be_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
