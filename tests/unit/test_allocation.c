// SPDX-License-Identifier: MIT
//
// Memory: nothing of ours is allocated per token, sizes are as announced, and every failed allocation on the
// way to an object is survived. The linker puts the counting functions below in the place of malloc and its
// kin in our objects (--wrap).
#include "arioso/audio.h"
#include "arioso/sampler.h"
#include "arioso/session.h"
#include "arioso/train.h"
#include "tests/support/test.h"

#include <stdatomic.h>

static atomic_size_t allocations, bytes_taken;
static long allowed = -1; // allocations that still succeed; negative: all

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

static bool may_allocate(size_t size) {
  allocations++;
  bytes_taken += size;
  if (allowed < 0) return true;
  return allowed-- > 0;
}

void *__wrap_malloc(size_t size) {
  return may_allocate(size) ? __real_malloc(size) : NULL;
}
void *__wrap_calloc(size_t count, size_t size) {
  return may_allocate(count * size) ? __real_calloc(count, size) : NULL;
}
void *__wrap_realloc(void *block, size_t size) {
  return may_allocate(size) ? __real_realloc(block, size) : NULL;
}
void *__wrap_aligned_alloc(size_t alignment, size_t size) {
  return may_allocate(size) ? __real_aligned_alloc(alignment, size) : NULL;
}

static ario_config config_of(size_t context, size_t latents) {
  ario_config config = ario_config_default();
  config.vocab_size = 20;
  config.channels = 16;
  config.heads = 2;
  config.layers = 2;
  config.max_context = context;
  config.max_latents = latents;
  return config;
}

static void a_token_allocates_nothing(void **state) {
  (void)state;
  ario_config config = config_of(300, 40);
  ario_model *model;
  ario_session *session;
  ario_sampler *sampler;
  ario_sampler_options sampling = ario_sampler_options_default();
  sampling.top_p = 0.9;
  assert_ok(ario_model_random(&config, 1, &model, NULL));
  ario_session_options options = {.threads = 2};
  assert_ok(ario_session_create(model, &options, &session, NULL));
  assert_ok(ario_sampler_create(20, &sampling, &sampler, NULL));
  assert_ok(ario_session_feed(session, (ario_token[]){1, 2, 3}, 3));
  size_t before = allocations;
  for (size_t i = 0; i < 1000; i++) { // across many refills and past the end of the ring
    const float *logits;
    ario_token token;
    assert_ok(ario_session_logits(session, &logits));
    assert_ok(ario_sampler_draw(sampler, logits, NULL, &token));
    assert_ok(ario_session_feed(session, &token, 1));
  }
  assert_int_equal(allocations - before, 0);
  assert_true(ario_session_refills(session) > 20);
  ario_sampler_free(sampler);
  ario_session_free(session);
  ario_model_free(model);
}

// Neither of sound to codes nor back, by either kind of decoder.
static void a_chunk_of_sound_allocates_nothing(void **state) {
  (void)state;
  static const char *const folders[] = {ARIO_TESTS "/parity/audio/reflect",
                                        ARIO_TESTS "/parity/audio/spectral"};
  const ario_audio_stream_options options = {.chunk = 3};
  for (size_t f = 0; f < COUNT_OF(folders); f++) {
    ario_audio_codec *codec;
    ario_audio_encoder *encoder;
    ario_audio_decoder *decoder;
    ario_error error = {""};
    if (ario_audio_codec_open(folders[f], &codec, &error)) fail_msg("%s", error.text);
    assert_ok(ario_audio_encoder_create(codec, &options, &encoder));
    assert_ok(ario_audio_decoder_create(codec, &options, &decoder));
    size_t levels = ario_audio_codec_config(codec)->levels, most = 3 * ario_audio_codec_hop(codec), made,
           frames;
    uint16_t *codes = calloc(ario_audio_encoder_room(encoder) * levels, sizeof *codes);
    float *samples = calloc(most, sizeof *samples);
    const float *sound;
    size_t before = allocations, heard = 0;
    for (size_t i = 0; i < 40; i++) { // through the end of a signal
      bool end = i % 20 == 19;
      assert_ok(ario_audio_encoder_push(encoder, samples, most - i % 2, end, codes, &frames));
      assert_ok(ario_audio_decoder_push(decoder, codes, frames < 3 ? frames : 3, end, &sound, &made));
      heard += made;
    }
    assert_int_equal(allocations - before, 0);
    assert_true(heard > 30 * most);
    free(codes), free(samples);
    ario_audio_encoder_free(encoder);
    ario_audio_decoder_free(decoder);
    ario_audio_codec_free(codec);
  }
}

static ario_corpus *corpus_of(size_t pieces) {
  ario_corpus *corpus;
  ario_token tokens[700];
  for (size_t i = 0; i < COUNT_OF(tokens); i++) tokens[i] = (ario_token)(i * i % 20);
  assert_ok(ario_corpus_create(20, "raw", 1, &corpus));
  for (size_t i = 0; i < pieces; i++)
    assert_ok(
        ario_corpus_add(corpus, i % 2 ? ARIO_CORPUS_VALID : ARIO_CORPUS_TRAIN, tokens, COUNT_OF(tokens) - i));
  return corpus;
}

static void a_step_allocates_nothing(void **state) {
  (void)state;
  ario_config config = config_of(300, 40);
  ario_corpus *corpus = corpus_of(4);
  ario_model *start;
  assert_ok(ario_model_initial(&config, 1, &start, NULL));
  for (int recompute = 0; recompute < 2; recompute++) {
    ario_train_options options = ario_train_options_default();
    ario_trainer *trainer;
    ario_train_report report;
    double nll;
    size_t count, announced, taken = bytes_taken;
    bool recomputed;
    options.steps = 100;
    options.threads = 2;
    options.prefix_dropout = 0.5;
    options.memory = recompute ? 1 : 0;
    options.precision = recompute ? ARIO_PRECISION_BF16 : ARIO_PRECISION_FP32;
    assert_ok(ario_train_bytes(&config, &options, &announced, &recomputed, NULL));
    assert_int_equal(recomputed, recompute);
    taken = bytes_taken;
    assert_ok(ario_trainer_create(start, corpus, &options, &trainer, NULL));
    taken = bytes_taken - taken;
    // The pool, the crops and the names of tensors are in it, too.
    if (taken < announced || taken > announced + 65536)
      fail_msg("%zu bytes announced, %zu taken", announced, taken);
    size_t before = allocations;
    for (size_t i = 0; i < 50; i++) { // several epochs
      assert_ok(ario_trainer_step(trainer, &report, NULL));
      if (i % 10 == 0) assert_ok(ario_trainer_validate(trainer, 0, &nll, &count));
    }
    assert_int_equal(allocations - before, 0);
    assert_true(ario_trainer_progress(trainer).epochs > 2);
    ario_trainer_free(trainer);
  }
  ario_model_free(start);
  ario_corpus_free(corpus);
}

static void sizes_are_as_announced(void **state) {
  (void)state;
  ario_config config = config_of(1000, 100);
  ario_model *model;
  assert_ok(ario_model_random(&config, 1, &model, NULL));
  const ario_session_options options[] = {
      {0}, {.context = 10}, {.latents = 3}, {.context = 500, .latents = 60}};
  size_t last = 0;
  ario_session *other; // has had the weights packed, which all sessions of a model share
  assert_ok(ario_session_create(model, NULL, &other, NULL));
  for (size_t i = 0; i < COUNT_OF(options); i++) {
    ario_session *session;
    size_t announced, before = bytes_taken;
    assert_ok(ario_session_bytes(model, &options[i], &announced, NULL));
    assert_ok(ario_session_create(model, &options[i], &session, NULL));
    size_t taken = bytes_taken - before; // the pool's few kilobytes are in it, too
    assert_true(taken >= announced && taken < announced + 16384);
    assert_int_not_equal(announced, last);
    last = announced;
    ario_session_free(session);
  }
  ario_session_free(other);
  ario_model_free(model);
}

static void survives_failed_allocations(ario_dtype dtype) {
  ario_config config = config_of(30, 10);
  ario_model *model = NULL, *made;
  assert_ok(ario_model_random(&config, 1, &model, NULL));
  assert_ok(ario_model_save(model, scratch_path("model"), dtype, NULL));
  long failures = 0;
  for (bool done = false; !done; failures++) {
    ario_session *session = NULL, *clone = NULL;
    ario_sampler *sampler = NULL;
    ario_error error = {""};
    allowed = failures;
    ario_status status = ario_model_open(scratch_path("model"), &made, &error);
    if (!status) status = ario_session_create(made, NULL, &session, &error);
    if (!status) status = ario_session_clone(session, &clone);
    if (!status) status = ario_sampler_create(20, NULL, &sampler, &error);
    if (!status) status = ario_model_save(made, scratch_path("model"), dtype, &error);
    done = !status;
    if (!done && status != ARIO_ERR_MEMORY) fail_msg("after %ld allocations: %s", failures, error.text);
    allowed = -1;
    ario_sampler_free(sampler);
    ario_session_free(clone);
    ario_session_free(session);
    ario_model_free(made);
    assert_true(failures < 1000);
  }
  print_message("%ld allocations failed in turn\n", failures - 1);
  assert_true(failures > 15);
  ario_model_free(model);
}

static void every_failed_allocation_is_survived(void **state) {
  (void)state;
  survives_failed_allocations(ARIO_F32);
  survives_failed_allocations(ARIO_I8);
}

// Making a trainer, saving and loading it, and the same of a corpus.
static void training_survives_failed_allocations(void **state) {
  (void)state;
  ario_config config = config_of(30, 10);
  ario_model *start;
  ario_corpus *corpus = corpus_of(2);
  ario_train_options options = ario_train_options_default();
  options.steps = 3;
  assert_ok(ario_model_initial(&config, 1, &start, NULL));
  long failures = 0;
  for (bool done = false; !done; failures++) {
    ario_trainer *trainer = NULL;
    ario_corpus *opened = NULL;
    ario_error error = {""};
    allowed = failures;
    ario_status status = ario_corpus_save(corpus, scratch_path("tokens"), &error);
    if (!status) status = ario_corpus_open(scratch_path("tokens"), &opened, &error);
    if (!status) status = ario_trainer_create(start, opened, &options, &trainer, &error);
    if (!status) status = ario_trainer_save(trainer, scratch_path("run"), &error);
    if (!status) status = ario_trainer_load(trainer, scratch_path("run"), &error);
    done = !status;
    if (!done && status != ARIO_ERR_MEMORY && status != ARIO_ERR_IO) // fopen has failed
      fail_msg("after %ld allocations: %s", failures, error.text);
    allowed = -1;
    ario_trainer_free(trainer);
    ario_corpus_free(opened);
    assert_true(failures < 1000);
  }
  print_message("%ld allocations failed in turn\n", failures - 1);
  assert_true(failures > 20);
  ario_model_free(start);
  ario_corpus_free(corpus);
}

// Opening audio codecs, whose tensors are read one by one, a decoder of spectra, and inspecting a model.
static void opening_survives_failed_allocations(void **state) {
  (void)state;
  ario_config config = config_of(30, 10);
  ario_model *model = NULL, *inspected;
  assert_ok(ario_model_random(&config, 1, &model, NULL));
  assert_ok(ario_model_save(model, scratch_path("model"), ARIO_I8, NULL));
  long failures = 0;
  for (bool done = false; !done; failures++) {
    ario_audio_codec *codec = NULL, *spectral = NULL;
    ario_audio_decoder *decoder = NULL;
    ario_error error = {""};
    allowed = failures;
    ario_status status = ario_model_inspect(scratch_path("model"), &inspected, &error);
    if (!status) status = ario_audio_codec_open(ARIO_TESTS "/parity/audio/reflect", &codec, &error);
    if (!status) status = ario_audio_codec_open(ARIO_TESTS "/parity/audio/spectral", &spectral, &error);
    if (!status) status = ario_audio_decoder_create(spectral, NULL, &decoder);
    done = !status;
    if (!done && status != ARIO_ERR_MEMORY) fail_msg("after %ld allocations: %s", failures, error.text);
    allowed = -1;
    ario_audio_decoder_free(decoder);
    ario_audio_codec_free(spectral);
    ario_audio_codec_free(codec);
    ario_model_free(inspected);
    assert_true(failures < 1000);
  }
  print_message("%ld allocations failed in turn\n", failures - 1);
  assert_true(failures > 60);
  ario_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_token_allocates_nothing),
      cmocka_unit_test(sizes_are_as_announced),
      cmocka_unit_test(every_failed_allocation_is_survived),
      cmocka_unit_test(a_chunk_of_sound_allocates_nothing),
      cmocka_unit_test(a_step_allocates_nothing),
      cmocka_unit_test(training_survives_failed_allocations),
      cmocka_unit_test(opening_survives_failed_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
