// SPDX-License-Identifier: MIT
//
// The audio codec against its network in PyTorch (float64): the small codecs of tests/parity/audio, or those
// of the folders that are named. And: chunk by chunk is what the whole is, and comes no later than announced.
#include "arioso/audio.h"
#include "arioso/file.h"
#include "support/test.h"

#include <math.h>

enum { FOLDERS = 3 };
static const char *folders[FOLDERS] = {ARIO_TESTS "/parity/audio/zero", ARIO_TESTS "/parity/audio/reflect",
                                       ARIO_TESTS "/parity/audio/spectral"};

// Against float64; and for chunks that the fast kernels multiply in other tiles.
static const double tolerance = 1e-4, chunk_tolerance = 1e-6;
static const float tie = 1e-6f; // two vectors of a codebook are as near as makes no difference in fp32

typedef struct vectors {
  ario_audio_codec *codec;
  float *wave, *decoded; // [frames hop]
  float *margins;        // [frames, levels]
  uint16_t *codes;       // [frames, levels]
  size_t frames, hop, levels;
} vectors;

static void *read_part(const char *folder, const char *name, size_t *size) {
  char path[512];
  uint8_t *bytes;
  ario_error error = {""};
  snprintf(path, sizeof path, "%s/%s", folder, name);
  if (ario_file_read(path, 1 << 28, &bytes, size, &error)) fail_msg("%s", error.text);
  return bytes;
}

static vectors open_vectors(const char *folder) {
  vectors v;
  ario_error error = {""};
  size_t size, other;
  if (ario_audio_codec_open(folder, &v.codec, &error)) fail_msg("%s", error.text);
  v.hop = ario_audio_codec_hop(v.codec);
  v.levels = ario_audio_codec_config(v.codec)->levels;
  v.wave = read_part(folder, "wave.f32", &size);
  v.frames = size / sizeof *v.wave / v.hop;
  v.decoded = read_part(folder, "decoded.f32", &other);
  assert_int_equal(size, other);
  v.margins = read_part(folder, "margins.f32", &other);
  assert_int_equal(other, v.frames * v.levels * sizeof *v.margins);
  v.codes = read_part(folder, "codes.u16", &other);
  assert_int_equal(other, v.frames * v.levels * sizeof *v.codes);
  return v;
}

static void close_vectors(vectors *v) {
  ario_audio_codec_free(v->codec);
  free(v->wave);
  free(v->decoded);
  free(v->codes);
  free(v->margins);
}

// Codes of a wave that is put in by `step` samples; 0: at once. To be freed.
static uint16_t *encode(const vectors *v, ario_kernels kernels, size_t step, size_t samples, size_t *frames) {
  ario_audio_encoder *encoder;
  const ario_audio_stream_options options = {.chunk = v->frames + 1, .kernels = kernels};
  assert_ok(ario_audio_encoder_create(v->codec, &options, &encoder));
  uint16_t *codes = malloc((v->frames + ario_audio_encoder_room(encoder)) * v->levels * sizeof *codes);
  assert_non_null(codes);
  *frames = 0;
  for (size_t at = 0, made; at < samples || at == 0; at += step) {
    if (!step) step = samples ? samples : 1;
    size_t count = samples - at < step ? samples - at : step;
    assert_ok(ario_audio_encoder_push(encoder, v->wave + at, count, at + count == samples,
                                      codes + *frames * v->levels, &made));
    *frames += made;
  }
  ario_audio_encoder_free(encoder);
  return codes;
}

static float *decode(const vectors *v, ario_kernels kernels, size_t step) {
  ario_audio_decoder *decoder;
  const ario_audio_stream_options options = {.chunk = v->frames, .kernels = kernels};
  assert_ok(ario_audio_decoder_create(v->codec, &options, &decoder));
  float *wave = malloc(v->frames * v->hop * sizeof *wave);
  assert_non_null(wave);
  size_t used = 0, latency = ario_audio_codec_latency(v->codec);
  bool mirrored = ario_audio_codec_config(v->codec)->reflect; // begins late, and then with all at once
  if (!step) step = v->frames;
  for (size_t at = 0; at < v->frames; at += step) {
    const float *samples;
    size_t made, count = v->frames - at < step ? v->frames - at : step;
    assert_ok(ario_audio_decoder_push(decoder, v->codes + at * v->levels, count, at + count == v->frames,
                                      &samples, &made));
    assert_true(used + made <= v->frames * v->hop);
    memcpy(wave + used, samples, made * sizeof *wave);
    used += made;
    if (!mirrored) assert_true(used + latency >= (at + count) * v->hop);
  }
  assert_int_equal(used, v->frames * v->hop);
  ario_audio_decoder_free(decoder);
  return wave;
}

static double apart(const float *a, const float *b, size_t count) {
  double most = 0;
  for (size_t i = 0; i < count; i++)
    if (!(fabs((double)a[i] - b[i]) <= most)) most = fabs((double)a[i] - b[i]);
  return most;
}

// How many frames differ from a tie on; a difference that begins without one is a failure. What comes after a
// tie cannot be compared, in its frame, or with a predictor at all; of all codes most must have been.
static size_t compare_codes(const vectors *v, const uint16_t *codes) {
  size_t ties = 0, compared = 0, most_ties = ario_audio_codec_config(v->codec)->predictor ? 1 : v->frames;
  for (size_t t = 0; t < v->frames && ties < most_ties; t++)
    for (size_t i = t * v->levels; i < (t + 1) * v->levels; i++) {
      compared++;
      if (codes[i] == v->codes[i]) continue;
      if (v->margins[i] > tie)
        fail_msg("frame %zu, level %zu: code %u, expected %u", t, i % v->levels, codes[i], v->codes[i]);
      ties++;
      break;
    }
  assert_true(compared > v->frames * v->levels * 3 / 4);
  return ties;
}

static void agrees_with_pytorch(void **state) {
  (void)state;
  for (size_t f = 0; f < FOLDERS; f++) {
    vectors v = open_vectors(folders[f]);
    for (int kernels = ARIO_KERNELS_FAST; kernels <= ARIO_KERNELS_PLAIN; kernels++) {
      size_t frames;
      uint16_t *codes = encode(&v, (ario_kernels)kernels, 0, v.frames * v.hop, &frames);
      assert_int_equal(frames, v.frames);
      float *wave = decode(&v, (ario_kernels)kernels, 0);
      double worst = apart(wave, v.decoded, v.frames * v.hop);
      print_message("%s, %s: %zu of %zu frames differ after a tie, samples by %.1e\n", folders[f],
                    ario_kernels_name((ario_kernels)kernels), compare_codes(&v, codes), frames, worst);
      assert_true(worst <= tolerance);
      free(codes);
      free(wave);
    }
    close_vectors(&v);
  }
}

static void chunks_are_the_whole(void **state) {
  (void)state;
  static const size_t steps[] = {1, 3, 7, 50};
  for (size_t f = 0; f < FOLDERS; f++) {
    vectors v = open_vectors(folders[f]);
    for (int kernels = ARIO_KERNELS_FAST; kernels <= ARIO_KERNELS_PLAIN; kernels++) {
      size_t frames, some;
      uint16_t *codes = encode(&v, (ario_kernels)kernels, 0, v.frames * v.hop, &frames);
      float *wave = decode(&v, (ario_kernels)kernels, 0);
      for (size_t i = 0; i < COUNT_OF(steps); i++) {
        uint16_t *chunked =
            encode(&v, (ario_kernels)kernels, steps[i] * (i ? v.hop / 2 + 1 : 1), v.frames * v.hop, &some);
        assert_int_equal(some, frames);
        assert_memory_equal(chunked, codes, frames * v.levels * sizeof *codes);
        float *pieces = decode(&v, (ario_kernels)kernels, steps[i]);
        double worst = apart(pieces, wave, v.frames * v.hop);
        assert_true(worst <= (kernels == ARIO_KERNELS_PLAIN ? 0 : chunk_tolerance));
        free(chunked);
        free(pieces);
      }
      free(codes);
      free(wave);
    }
    close_vectors(&v);
  }
}

// Signals of any length: as many frames as it takes, however short.
static void any_length_is_encoded(void **state) {
  (void)state;
  for (size_t f = 0; f < FOLDERS; f++) {
    vectors v = open_vectors(folders[f]);
    for (size_t samples = 0; samples < 5 * v.hop; samples += samples < 4 ? 1 : v.hop - 1) {
      size_t frames, other;
      uint16_t *codes = encode(&v, ARIO_KERNELS_PLAIN, 0, samples, &frames);
      uint16_t *single = encode(&v, ARIO_KERNELS_PLAIN, 1, samples, &other);
      assert_int_equal(frames, (samples + v.hop - 1) / v.hop);
      assert_int_equal(other, frames);
      assert_memory_equal(codes, single, frames * v.levels * sizeof *codes);
      free(codes);
      free(single);
    }
    close_vectors(&v);
  }
}

// Of the codec without a predictor; of the one that has one its hash says that they are not.
static void fewer_levels_are_the_first(void **state) {
  (void)state;
  vectors v = open_vectors(folders[0]);
  assert_true(ario_audio_codec_codes(v.codec, 1).hash != ario_audio_codec_codes(v.codec, v.levels).hash);
  close_vectors(&v);
  v = open_vectors(folders[1]);
  assert_true(ario_audio_codec_codes(v.codec, 1).hash == ario_audio_codec_codes(v.codec, v.levels).hash);
  ario_audio_encoder *encoder;
  const ario_audio_stream_options options = {.chunk = v.frames, .levels = 1};
  assert_ok(ario_audio_encoder_create(v.codec, &options, &encoder));
  uint16_t *codes = malloc(ario_audio_encoder_room(encoder) * sizeof *codes);
  size_t frames;
  assert_non_null(codes);
  assert_ok(ario_audio_encoder_push(encoder, v.wave, v.frames * v.hop, true, codes, &frames));
  assert_int_equal(frames, v.frames);
  for (size_t t = 0; t < frames; t++) assert_int_equal(codes[t], v.codes[t * v.levels]);
  free(codes);
  ario_audio_encoder_free(encoder);
  close_vectors(&v);
}

static void what_cannot_be_is_refused(void **state) {
  (void)state;
  vectors v = open_vectors(folders[0]);
  ario_audio_stream_options options = {.levels = v.levels + 1};
  ario_audio_encoder *encoder;
  ario_audio_decoder *decoder;
  assert_int_equal(ario_audio_encoder_create(v.codec, &options, &encoder), ARIO_ERR_ARGUMENT);
  assert_null(encoder);
  assert_int_equal(ario_audio_decoder_create(v.codec, &options, &decoder), ARIO_ERR_ARGUMENT);
  options = (ario_audio_stream_options){.chunk = 2};
  assert_ok(ario_audio_encoder_create(v.codec, &options, &encoder));
  assert_ok(ario_audio_decoder_create(v.codec, &options, &decoder));
  uint16_t codes[512];
  const float *samples;
  size_t count;
  assert_int_equal(ario_audio_encoder_push(encoder, v.wave, 2 * v.hop + 1, false, codes, &count),
                   ARIO_ERR_ARGUMENT);
  const float bad[] = {0, NAN};
  assert_int_equal(ario_audio_encoder_push(encoder, bad, 2, false, codes, &count), ARIO_ERR_NUMBER);
  const uint16_t none[] = {65535, 65535, 65535};
  assert_int_equal(ario_audio_decoder_push(decoder, none, 1, false, &samples, &count), ARIO_ERR_ARGUMENT);
  ario_audio_encoder_free(encoder);
  ario_audio_decoder_free(decoder);
  close_vectors(&v);
  ario_audio_codec *codec;
  ario_error error = {""};
  assert_int_equal(ario_audio_codec_open(ARIO_TESTS "/parity", &codec, &error), ARIO_ERR_NOT_FOUND);
  assert_null(codec);
}

int main(int argc, char **argv) {
  if (argc > FOLDERS) {
    for (size_t f = 0; f < FOLDERS; f++) folders[f] = argv[f + 1];
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_pytorch)};
    return cmocka_run_group_tests(tests, NULL, NULL);
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_pytorch), cmocka_unit_test(chunks_are_the_whole),
      cmocka_unit_test(any_length_is_encoded), cmocka_unit_test(fewer_levels_are_the_first),
      cmocka_unit_test(what_cannot_be_is_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
