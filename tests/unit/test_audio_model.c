// SPDX-License-Identifier: MIT
//
// Folders of audio codecs: weights that are damaged, or from which nothing finite can be computed, are
// refused. And whatever a codec's weights are, its codes are codes.
#define _GNU_SOURCE // memmem
#include "arioso/audio.h"
#include "arioso/file.h"
#include "support/test.h"

#include <float.h>
#include <math.h>
#include <sys/stat.h>

static const char folder[] = ARIO_TESTS "/parity/audio/reflect";

// A codec's file in memory, with room for more.
struct file {
  char header[16384];
  float data[32768]; // [count]
  size_t count;
  unsigned predictor; // in config.json
};

static void read_codec(struct file *file) {
  uint8_t *bytes;
  size_t size;
  char path[512];
  snprintf(path, sizeof path, "%s/model.safetensors", folder);
  assert_ok(ario_file_read(path, 1 << 20, &bytes, &size, NULL));
  size_t header = bytes[0] + 256 * (size_t)bytes[1];
  assert_true(header < sizeof file->header && size - 8 - header < sizeof file->data);
  memcpy(file->header, bytes + 8, header);
  file->header[header] = 0;
  memcpy(file->data, bytes + 8 + header, size - 8 - header);
  file->predictor = 0;
  file->count = (size - 8 - header) / sizeof *file->data;
  free(bytes);
}

static void write_codec(const struct file *file) {
  mkdir(scratch_path("codec"), 0777);
  uint8_t *bytes;
  char path[512];
  size_t size, header = strlen(file->header), data = file->count * sizeof *file->data;
  snprintf(path, sizeof path, "%s/config.json", folder);
  assert_ok(ario_file_read(path, 1 << 20, &bytes, &size, NULL));
  char *predictor = memmem(bytes, size, "\"predictor\": 0", strlen("\"predictor\": 0"));
  assert_non_null(predictor);
  predictor[strlen("\"predictor\": ")] = (char)('0' + file->predictor);
  assert_ok(ario_file_write(scratch_path("codec/config.json"), true, bytes, size, NULL));
  free(bytes);
  bytes = calloc(1, 8 + header + data);
  bytes[0] = header & 255, bytes[1] = (uint8_t)(header >> 8);
  memcpy(bytes + 8, file->header, header);
  memcpy(bytes + 8 + header, file->data, data);
  assert_ok(ario_file_write(scratch_path("codec/model.safetensors"), true, bytes, 8 + header + data, NULL));
  free(bytes);
}

// The numbers of a tensor.
static float *numbers(struct file *file, const char *name) {
  char quoted[128];
  snprintf(quoted, sizeof quoted, "\"%s\"", name);
  const char *entry = strstr(file->header, quoted), *offsets = entry ? strstr(entry, "offsets\": [") : NULL;
  assert_non_null(offsets);
  return file->data + strtoul(offsets + strlen("offsets\": ["), NULL, 10) / sizeof *file->data;
}

static void expect_opened(const struct file *file) {
  ario_audio_codec *codec;
  ario_error error = {""};
  write_codec(file);
  if (ario_audio_codec_open(scratch_path("codec"), &codec, &error)) fail_msg("%s", error.text);
  ario_audio_codec_free(codec);
}

static void expect_refusal(const struct file *file, const char *part) {
  ario_audio_codec *codec;
  ario_error error = {""};
  write_codec(file);
  assert_status(ario_audio_codec_open(scratch_path("codec"), &codec, &error), ARIO_ERR_FORMAT);
  assert_null(codec);
  assert_contains(error.text, part);
  assert_contains(error.text, "finite");
}

static void weights_that_are_not_finite_are_refused(void **state) {
  (void)state;
  static const char *const names[] = {"encoder.first.weight", "decoder.last.bias",
                                      "quantizer.levels.2.codebook", "encoder.lstm.weight_hh_l1"};
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  struct file *file = malloc(sizeof *file);
  read_codec(file);
  expect_opened(file);
  for (size_t i = 0; i < COUNT_OF(names); i++)
    for (size_t k = 0; k < COUNT_OF(bad); k++) {
      float *number = numbers(file, names[i]), kept = *number;
      *number = bad[k];
      expect_refusal(file, names[i]);
      *number = kept;
    }
  free(file);
}

// Finite weights whose sums and squares are not.
static void what_is_computed_from_weights_is_finite(void **state) {
  (void)state;
  struct file *file = malloc(sizeof *file);
  read_codec(file);
  numbers(file, "quantizer.levels.1.codebook")[5] = 1e30f;
  expect_refusal(file, "codebook");
  read_codec(file);
  numbers(file, "encoder.stages.0.units.0.conv2.bias")[1] = FLT_MAX;
  numbers(file, "encoder.stages.0.units.0.shortcut.bias")[1] = FLT_MAX;
  expect_refusal(file, "encoder.stages.0.units.0.shortcut");
  read_codec(file);
  numbers(file, "encoder.lstm.bias_ih_l0")[3] = -FLT_MAX;
  numbers(file, "encoder.lstm.bias_hh_l0")[3] = -FLT_MAX;
  expect_refusal(file, "lstm.bias");
  free(file);
}

// encoder.first.weight [4, 1, 7] as directions, with norms behind all other data.
static void normalise(struct file *file) {
  char *place = strstr(file->header, "\"encoder.first.weight\""), rest[sizeof file->header];
  size_t at = file->count * sizeof *file->data;
  assert_non_null(place);
  snprintf(rest, sizeof rest, "%s", place + strlen("\"encoder.first.weight\""));
  snprintf(place, sizeof file->header - (size_t)(place - file->header),
           "\"encoder.first.weight_g\":{\"dtype\":\"F32\",\"shape\":[4,1,1],\"data_offsets\":[%zu,%zu]},"
           "\"encoder.first.weight_v\"%s",
           at, at + 16, rest);
  for (size_t i = 0; i < 4; i++) file->data[file->count++] = 1;
}

static void folded_weights_are_finite(void **state) {
  (void)state;
  struct file *file = malloc(sizeof *file);
  read_codec(file);
  normalise(file);
  expect_opened(file);
  float *row = numbers(file, "encoder.first.weight_v") + 7, kept[7];
  memcpy(kept, row, sizeof kept);
  memset(row, 0, sizeof kept); // a direction of no length
  expect_refusal(file, "encoder.first.weight_v");
  memcpy(row, kept, sizeof kept);
  expect_opened(file);
  file->data[file->count - 1] = NAN;
  expect_refusal(file, "encoder.first.weight_g");
  file->data[file->count - 1] = FLT_MAX;
  for (size_t i = 0; i < 7; i++) row[14 + i] = i ? 0 : 1e-20f; // the last row: its square is no float
  expect_opened(file);
  free(file);
}

// Finite weights so large that all in between is infinite, or infinite minus infinite.
static void codes_are_codes_whatever_the_weights(void **state) {
  (void)state;
  struct file *file = malloc(sizeof *file);
  read_codec(file);
  for (size_t i = 0; i < 4; i++) numbers(file, "encoder.first.bias")[i] = i % 2 ? 3e38f : -3e38f;
  for (size_t i = 0; i < 8; i++) numbers(file, "encoder.last.bias")[i] = i % 2 ? 3e38f : -3e38f;
  write_codec(file);
  ario_audio_codec *codec;
  ario_audio_encoder *encoder;
  assert_ok(ario_audio_codec_open(scratch_path("codec"), &codec, NULL));
  size_t hop = ario_audio_codec_hop(codec), levels = ario_audio_codec_config(codec)->levels, frames;
  const ario_audio_stream_options options = {.chunk = 8};
  assert_ok(ario_audio_encoder_create(codec, &options, &encoder));
  float *wave = calloc(8 * hop, sizeof *wave);
  for (size_t i = 0; i < 8 * hop; i++) wave[i] = i % 3 ? 1 : -1;
  uint16_t codes[256];
  ario_status status = ario_audio_encoder_push(encoder, wave, 8 * hop, true, codes, &frames);
  assert_true(!status || status == ARIO_ERR_NUMBER);
  for (size_t i = 0; !status && i < frames * levels; i++)
    if (codes[i] >= ario_audio_codec_config(codec)->codes) fail_msg("code %zu is %u", i, codes[i]);
  free(wave);
  ario_audio_encoder_free(encoder);
  ario_audio_codec_free(codec);
  free(file);
}

// quantizer.predictor [2, 8, 8] behind all other data.
static void add_predictor(struct file *file) {
  enum { COUNT = 2 * 8 * 8 };
  size_t at = file->count * sizeof *file->data, end = strlen(file->header);
  while (file->header[end - 1] != '}') end--;
  snprintf(file->header + end - 1, sizeof file->header - end,
           ",\"quantizer.predictor\":{\"dtype\":\"F32\",\"shape\":[2,8,8],\"data_offsets\": [%zu,%zu]}}", at,
           at + COUNT * sizeof *file->data);
  for (size_t i = 0; i < COUNT; i++) file->data[file->count++] = 0.01f * (float)i;
  file->predictor = 2;
}

static uint64_t hash_of(const struct file *file, size_t levels) {
  ario_audio_codec *codec;
  ario_error error = {""};
  write_codec(file);
  if (ario_audio_codec_open(scratch_path("codec"), &codec, &error)) fail_msg("%s", error.text);
  uint64_t hash = ario_audio_codec_codes(codec, levels).hash;
  ario_audio_codec_free(codec);
  return hash;
}

// Whatever makes codes is in the hash; what only reads them is not.
static void the_hash_is_of_what_makes_codes(void **state) {
  (void)state;
  static const struct {
    const char *name;
    bool makes_codes;
  } tensors[] = {{"quantizer.predictor", true},         {"quantizer.levels.0.codebook", true},
                 {"quantizer.levels.2.codebook", true}, {"encoder.first.weight", true},
                 {"encoder.last.bias", true},           {"encoder.lstm.weight_hh_l1", true},
                 {"decoder.first.weight", false},       {"decoder.last.bias", false}};
  struct file *file = malloc(sizeof *file);
  read_codec(file);
  uint64_t without = hash_of(file, 3);
  assert_true(hash_of(file, 2) == without); // the first levels alone mean the same
  add_predictor(file);
  uint64_t before = hash_of(file, 3);
  assert_true(before != without);
  for (size_t i = 0; i < COUNT_OF(tensors); i++) {
    float *number = numbers(file, tensors[i].name), kept = *number;
    *number += 0.5f;
    if ((hash_of(file, 3) != before) != tensors[i].makes_codes) fail_msg("%s", tensors[i].name);
    *number = kept;
  }
  assert_true(hash_of(file, 3) == before);
  assert_true(hash_of(file, 2) != before); // with a predictor, levels are used all together
  free(file);
}

// ---- Spectral decoders ----

static const char spectral[] = ARIO_TESTS "/parity/audio/spectral";

// The codec of parity/audio/spectral with another config.json, in which `was` becomes `is`; or with a tensor's name changed.
static ario_status open_changed(const char *part, const char *was, const char *is, ario_error *error) {
  static const char *const parts[] = {"config.json", "model.safetensors"};
  mkdir(scratch_path("spectral"), 0777);
  for (size_t i = 0; i < COUNT_OF(parts); i++) {
    char path[512], name[64];
    uint8_t *bytes;
    size_t size, length = strlen(was), other = strlen(is);
    snprintf(path, sizeof path, "%s/%s", spectral, parts[i]);
    snprintf(name, sizeof name, "spectral/%s", parts[i]);
    assert_ok(ario_file_read(path, 1 << 20, &bytes, &size, NULL));
    if (strcmp(part, parts[i]) == 0) {
      uint8_t *place = memmem(bytes, size, was, length), *made = malloc(size + other);
      assert_non_null(place);
      size_t before = (size_t)(place - bytes);
      memcpy(made, bytes, before), memcpy(made + before, is, other);
      memcpy(made + before + other, place + length, size - before - length);
      free(bytes);
      bytes = made, size += other - length;
    }
    assert_ok(ario_file_write(scratch_path(name), true, bytes, size, NULL));
    free(bytes);
  }
  ario_audio_codec *codec;
  ario_status status = ario_audio_codec_open(scratch_path("spectral"), &codec, error);
  ario_audio_codec_free(codec);
  return status;
}

static void spectral_shapes_that_cannot_be_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *part, *was, *is, *why;
  } changes[] = {
      {"config.json", "\"window\": 20", "\"window\": 0", "decoder.window"},
      {"config.json", "\"window\": 20", "\"window\": 4", "two hops"},
      {"config.json", "\"window\": 20", "\"window\": 21", "even"},
      {"config.json", "\"window\": 20", "\"window\": 22", "decoder.head.weight"},
      {"config.json", "\"window\": 20", "\"window\": 1000000", "decoder.window"},
      {"config.json", "\"hop\": 6", "\"hop\": 5", "frames of 6 samples"},
      {"config.json", "\"hop\": 6", "\"hop\": 0", "decoder.hop"},
      {"config.json", "\"channels\": 12", "\"channels\": 0", "decoder.channels"},
      {"config.json", "\"channels\": 12", "\"channels\": 13", "decoder.first.weight"},
      {"config.json", "\"hidden\": 20", "\"hidden\": 21", "decoder.blocks.0.up.weight"},
      {"config.json", "\"blocks\": 2", "\"blocks\": 1", "tensors"},
      {"config.json", "\"blocks\": 2", "\"blocks\": 3", "decoder.blocks.2.depthwise.weight"},
      {"config.json", "\"kernel\": 5", "\"kernel\": 4.5", "decoder.kernel"},
      {"config.json", "\"lookahead\": 3", "\"lookahead\": -1", "decoder.lookahead"},
      {"config.json", "\"spectral\"", "\"wavelet\"", "decoder.kind"},
      {"config.json", "\"spectral\"", "\"seanet\"", "decoder.first.weight"},
      {"config.json", "\"decoder\": {", "\"decoder\": 7, \"other\": {", "decoder is not an object"},
      {"model.safetensors", "decoder.head.weight_scale", "decoder.head.weight_scalx",
       "decoder.head.weight_scale"},
      {"model.safetensors", "decoder.head.bias", "decoder.head.bios", "decoder.head.bias"},
  };
  for (size_t i = 0; i < COUNT_OF(changes); i++) {
    ario_error error = {""};
    ario_status status = open_changed(changes[i].part, changes[i].was, changes[i].is, &error);
    if (status != ARIO_ERR_FORMAT) fail_msg("%s: status %d, %s", changes[i].is, status, error.text);
    assert_contains(error.text, changes[i].why);
    if (strchr(error.text, '\n')) fail_msg("%s: more than a line: %s", changes[i].is, error.text);
  }
  ario_error error = {""};
  assert_ok(open_changed("config.json", "\"lookahead\": 3", "\"lookahead\": 16", &error));
}

// All bytes of a tensor's numbers become this one.
static ario_status open_filled(const char *name, uint8_t byte, ario_error *error) {
  uint8_t *bytes;
  size_t size, from, until;
  char path[512], quoted[128];
  snprintf(path, sizeof path, "%s/model.safetensors", spectral);
  assert_ok(open_changed("config.json", "\"hop\": 6", "\"hop\": 6", error));
  assert_ok(ario_file_read(path, 1 << 20, &bytes, &size, NULL));
  size_t data = 8 + bytes[0] + 256 * (size_t)bytes[1];
  snprintf(quoted, sizeof quoted, "\"%s\"", name);
  const char *entry = memmem(bytes, size, quoted, strlen(quoted));
  assert_non_null(entry);
  entry = strstr(entry, "offsets\": [");
  assert_int_equal(sscanf(entry, "offsets\": [%zu, %zu]", &from, &until), 2);
  memset(bytes + data + from, byte, until - from);
  assert_ok(ario_file_write(scratch_path("spectral/model.safetensors"), true, bytes, size, NULL));
  free(bytes);
  ario_audio_codec *codec;
  ario_status status = ario_audio_codec_open(scratch_path("spectral"), &codec, error);
  ario_audio_codec_free(codec);
  return status;
}

static void spectral_weights_are_finite(void **state) {
  (void)state;
  static const char *const names[] = {"decoder.first.bias", "decoder.blocks.1.scale",
                                      "decoder.last_norm.weight", "decoder.head.weight_scale"};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    ario_error error = {""};
    assert_status(open_filled(names[i], 0xff, &error), ARIO_ERR_FORMAT); // a NaN in F16 and F32
    assert_contains(error.text, names[i]);
    assert_contains(error.text, "finite");
  }
  ario_error error = {""};
  assert_status(open_filled("decoder.head.weight_scale", 0x7f, &error), ARIO_ERR_FORMAT); // 3.4e38 in each
  assert_contains(error.text, "decoder.head.weight");
  assert_contains(error.text, "finite");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(weights_that_are_not_finite_are_refused),
                                     cmocka_unit_test(what_is_computed_from_weights_is_finite),
                                     cmocka_unit_test(folded_weights_are_finite),
                                     cmocka_unit_test(the_hash_is_of_what_makes_codes),
                                     cmocka_unit_test(spectral_shapes_that_cannot_be_are_refused),
                                     cmocka_unit_test(spectral_weights_are_finite),
                                     cmocka_unit_test(codes_are_codes_whatever_the_weights)};
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
