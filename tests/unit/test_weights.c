// SPDX-License-Identifier: MIT
//
// Model directories: what is saved comes back, and what is broken is named.
#include "arioso/file.h"
#include "arioso/session.h"
#include "arioso/tensors.h"
#include "arioso/tokens.h"
#include "core/model/config.h"
#include "core/model/model_internal.h"
#include "core/model/packed.h"
#include "tests/support/test.h"

#include <float.h>
#include <math.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static ario_model *small_model(void) {
  ario_config config = ario_config_default();
  config.vocab_size = 11;
  config.channels = 6; // so that a matrix of whole numbers does not end where an F32 may begin
  config.heads = 2;
  config.layers = 1;
  config.max_context = 10;
  config.max_latents = 4;
  config.activation = ARIO_GELU;
  config.rotary_base = 123.456;
  config.position_waves = 3;
  snprintf(config.codec, sizeof config.codec, "midi-performance");
  snprintf(config.codec_json, sizeof config.codec_json, "{\"name\":\"midi-performance\"}");
  ario_model *model;
  assert_ok(ario_model_random(&config, 3, &model, NULL));
  return model;
}

// The numbers of a tensor in fp32; the caller frees them.
static float *numbers_of(const ario_model *model, size_t index) {
  ario_tensor tensor = ario_model_tensor(model, index);
  float *numbers = malloc(tensor.rows * (tensor.cols ? tensor.cols : 1) * sizeof *numbers);
  assert_ok(ario_model_rows(model, index, 0, tensor.rows, numbers));
  return numbers;
}

// Relative error of rounding to nearest with so many bits of fraction.
static void saves_and_opens(ario_dtype dtype, double precision, double smallest) {
  ario_model *model = small_model(), *back;
  ario_error error = {""};
  const char *folder = scratch_path("model");
  if (ario_model_save(model, folder, dtype, &error)) fail_msg("%s", error.text);
  if (ario_model_open(folder, &back, &error)) fail_msg("%s", error.text);
  const ario_config *a = ario_model_config(model), *b = ario_model_config(back);
  assert_int_equal(ario_model_dtype(back), dtype);
  assert_int_equal(a->channels, b->channels);
  assert_int_equal(a->activation, b->activation);
  assert_int_equal(a->position_waves, b->position_waves);
  assert_true(a->rotary_base == b->rotary_base && a->norm_eps == b->norm_eps);
  assert_string_equal(a->codec, b->codec);
  assert_string_equal(b->codec_json, a->codec_json);
  assert_int_equal(ario_model_parameters(model), ario_model_parameters(back));
  for (size_t t = 0; t < ario_model_tensors(model); t++) {
    ario_tensor x = ario_model_tensor(model, t), y = ario_model_tensor(back, t);
    float *numbers = numbers_of(back, t);
    assert_string_equal(x.name, y.name);
    for (size_t i = 0; i < x.rows * (x.cols ? x.cols : 1); i++) {
      assert_true(fabsf(x.data[i] - numbers[i]) <= fabs(x.data[i]) * precision + smallest);
      assert_true(!y.data || y.data[i] == numbers[i]);
    }
    free(numbers);
  }
  // Saved again it is the same file: rounding what is rounded changes nothing.
  uint8_t *first, *second;
  size_t first_size, second_size;
  char path[300];
  snprintf(path, sizeof path, "%s/model.safetensors", folder);
  assert_ok(ario_file_read(path, 1 << 20, &first, &first_size, NULL));
  assert_ok(ario_model_save(back, folder, dtype, NULL));
  assert_ok(ario_file_read(path, 1 << 20, &second, &second_size, NULL));
  assert_int_equal(first_size, second_size);
  assert_memory_equal(first, second, first_size);
  free(first), free(second);
  ario_model_free(model);
  ario_model_free(back);
}

static void every_dtype_comes_back(void **state) {
  (void)state;
  saves_and_opens(ARIO_F32, 0, 0);
  saves_and_opens(ARIO_BF16, 1.0 / 256, 0);
  saves_and_opens(ARIO_F16, 1.0 / 2048, 3e-8);
  saves_and_opens(ARIO_I8, 0, 0.4 / 254); // half a step of a row whose largest is 0.4 at most
}

static float *logits_in(ario_precision precision, const ario_model *model) {
  const ario_token tokens[] = {3, 1, 4, 1, 5};
  ario_session *session;
  size_t vocab = ario_model_config(model)->vocab_size;
  float *logits = malloc(4 * vocab * sizeof *logits);
  assert_ok(ario_session_create(model, &(ario_session_options){.precision = precision}, &session, NULL));
  assert_ok(ario_session_feed(session, tokens, 5));
  assert_ok(ario_session_forward(session, 4, logits));
  ario_session_free(session);
  return logits;
}

// A session in int8 rounds weights to what an I8 file holds, and those of such a file not again.
static void sessions_use_the_whole_numbers_of_a_file(void **state) {
  (void)state;
  ario_model *model = small_model(), *back;
  assert_ok(ario_model_save(model, scratch_path("model"), ARIO_I8, NULL));
  assert_ok(ario_model_open(scratch_path("model"), &back, NULL));
  float *logits = logits_in(ARIO_PRECISION_INT8, model), *again = logits_in(ARIO_PRECISION_INT8, back);
  assert_memory_equal(logits, again, 4 * ario_model_config(model)->vocab_size * sizeof *logits);
  free(logits), free(again);
  ario_model_free(model), ario_model_free(back);
}

static void rows_of_whole_numbers_are_scaled(void **state) {
  (void)state;
  ario_model *model = small_model(), *back;
  assert_ok(ario_model_save(model, scratch_path("model"), ARIO_I8, NULL));
  assert_ok(ario_model_open(scratch_path("model"), &back, NULL));
  size_t matrices = 0, tensors = ario_model_tensors(back);
  for (size_t t = 0; t < tensors; t++) {
    ario_tensor tensor = ario_model_tensor(back, t), exact = ario_model_tensor(model, t);
    bool whole = tensor.cols && strcmp(tensor.name, "embed.weight") != 0;
    if (whole != !tensor.data) fail_msg("%s is %s", tensor.name, tensor.data ? "in fp32" : "whole numbers");
    for (size_t r = 0; r < tensor.rows && whole; r++) {
      float row[24] = {0};
      int8_t rounded[24];
      float scale = ario__round_weights(rounded, exact.data + r * exact.cols, exact.cols);
      assert_ok(ario_model_rows(back, t, r, 1, row));
      for (size_t i = 0; i < tensor.cols; i++)
        if (row[i] != (float)rounded[i] * scale)
          fail_msg("%s, row %zu, number %zu is %g, not %g", tensor.name, r, i, row[i], rounded[i] * scale);
    }
    matrices += whole;
    float *room = malloc(1000);
    assert_status(ario_model_rows(back, t, tensor.rows, 1, room), ARIO_ERR_ARGUMENT);
    assert_status(ario_model_rows(back, t, 1, SIZE_MAX, room), ARIO_ERR_ARGUMENT);
    free(room);
  }
  assert_int_equal(matrices, 14); // query, logits, and six in each of two blocks
  assert_status(ario_model_rows(back, tensors, 0, 0, NULL), ARIO_ERR_ARGUMENT);
  ario_model_free(model), ario_model_free(back);
}

// The header of a file that is being made.
struct header {
  char text[1 << 16];
  size_t used, data; // characters; bytes of data that it speaks of
};

static void add_entry(struct header *h, const char *name, const char *ending, ario_dtype dtype, size_t rows,
                      size_t cols) {
  size_t each = dtype == ARIO_F32  ? 4
                : dtype == ARIO_I8 ? 1
                                   : 2,
         end = h->data + each * rows * (cols ? cols : 1);
  char shape[64];
  snprintf(shape, sizeof shape, cols ? "%zu,%zu" : "%zu", rows, cols);
  h->used += (size_t)snprintf(h->text + h->used, sizeof h->text - h->used,
                              "%c\"%s%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}",
                              h->used ? ',' : '{', name, ending, ario_dtype_name(dtype), shape, h->data, end);
  assert_true(h->used < sizeof h->text - 1);
  h->data = end;
}

// A folder "zeros" with a model of zeros, its matrices in `dtype`, embeddings first; most file systems keep no
// blocks of such a file. Returns the file's size; *start is where the data begin.
static size_t write_zeros(const ario_config *config, ario_dtype dtype, size_t *start) {
  static struct header h;
  struct ario__params *params;
  h.used = h.data = 0;
  assert_ok(ario__params_create(config, &params));
  for (size_t i = 0; i < params->tensor_count; i++) {
    const struct ario__tensor_slot *slot = &params->tensors[i];
    add_entry(&h, slot->name, "", slot->cols ? dtype : ARIO_F32, slot->rows, slot->cols);
    if (slot->cols && dtype == ARIO_I8) add_entry(&h, slot->name, "_scale", ARIO_F32, slot->rows, 0);
  }
  ario__params_free(params);
  h.text[h.used++] = '}';
  char path[300];
  mkdir(scratch_path("zeros"), 0777);
  assert_ok(ario__config_write(scratch_path("zeros/config.json"), config, NULL));
  snprintf(path, sizeof path, "%s", scratch_path("zeros/model.safetensors"));
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  for (size_t i = 0; i < 8; i++) fputc((int)((uint64_t)h.used >> 8 * i & 255), file);
  assert_int_equal(fwrite(h.text, 1, h.used, file), h.used);
  assert_int_equal(fclose(file), 0);
  *start = 8 + h.used;
  assert_int_equal(truncate(path, (off_t)(*start + h.data)), 0);
  return *start + h.data;
}

// Whole numbers compute what the same numbers in fp32 compute, bit for bit; also those of embeddings, and those
// that a session in int8 rounds anew, since their largest is not 127.
static void whole_numbers_compute_as_their_floats_do(void **state) {
  (void)state;
  ario_model *model = small_model(), *whole, *floats;
  size_t start, size = write_zeros(ario_model_config(model), ARIO_I8, &start);
  FILE *file = fopen(scratch_path("zeros/model.safetensors"), "r+b");
  assert_non_null(file);
  fseek(file, (long)start, SEEK_SET);
  for (size_t i = start; i < size; i++) fputc((int)(i * i * 40503 >> 7 & 63), file); // as F32, 0 .. 2
  assert_int_equal(fclose(file), 0);
  assert_ok(ario_model_open(scratch_path("zeros"), &whole, NULL));
  assert_null(ario_model_tensor(whole, 0).data);
  assert_ok(ario_model_save(whole, scratch_path("floats"), ARIO_F32, NULL));
  assert_ok(ario_model_open(scratch_path("floats"), &floats, NULL));
  for (size_t t = 0; t < ario_model_tensors(whole); t++) {
    ario_tensor tensor = ario_model_tensor(floats, t);
    float *numbers = numbers_of(whole, t);
    assert_memory_equal(tensor.data, numbers,
                        tensor.rows * (tensor.cols ? tensor.cols : 1) * sizeof *numbers);
    free(numbers);
  }
  for (int precision = ARIO_PRECISION_FP32; precision <= ARIO_PRECISION_INT8; precision++) {
    float *a = logits_in((ario_precision)precision, whole), *b = logits_in((ario_precision)precision, floats);
    assert_memory_equal(a, b, 4 * ario_model_config(model)->vocab_size * sizeof *a);
    assert_true(a[0] != a[1]);
    free(a), free(b);
  }
  ario_model_free(model), ario_model_free(whole), ario_model_free(floats);
}

static void a_model_takes_at_most_twice_its_size(void **state) {
  (void)state;
  static const struct {
    ario_dtype dtype;
    size_t layers;
  } cases[] = {{ARIO_I8, 5}, {ARIO_BF16, 2}, {ARIO_F16, 2}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    ario_config config = ario_config_default();
    config.channels = 1024;
    config.layers = cases[i].layers;
    size_t start, size = write_zeros(&config, cases[i].dtype, &start), most = 2 * size + 64000000;
    assert_true(size > 70000000);
    pid_t child = fork();
    if (child == 0) {
      ario_model *model;
      _exit(ario_model_open(scratch_path("zeros"), &model, NULL) != ARIO_OK);
    }
    int result;
    struct rusage usage;
    assert_int_equal(wait4(child, &result, 0, &usage), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
    size_t peak = (size_t)usage.ru_maxrss * 1024; // kB
    print_message("%s: %zu MB on disk, at most %zu MB in memory\n", ario_dtype_name(cases[i].dtype),
                  size / 1000000, peak / 1000000);
    if (peak < size) fail_msg("%zu bytes in memory; the model itself has %zu", peak, size);
    if (peak > most) fail_msg("%zu bytes in memory, at most %zu are allowed", peak, most);
    // Tensors that are read one by one come in fp32, so that those in 8 bits are bounded.
    ario_tensors *tensors;
    ario_error error = {""};
    ario_status status = ario_tensors_open(scratch_path("zeros"), &tensors, &error);
    assert_status(status, cases[i].dtype == ARIO_I8 ? ARIO_ERR_LIMIT : ARIO_OK);
    if (status) assert_contains(error.text, "more than 32 MB of weights in 8 bits");
    ario_tensors_free(tensors);
  }
}

// What is no number shows, though no whole number stands for it.
static void what_is_not_a_number_shows_in_every_precision(void **state) {
  (void)state;
  static const char *const tensors[] = {"embed.weight", "query.weight", "cross.mlp.up.weight",
                                        "layers.0.attn.k.weight", "layers.0.mlp.down.bias"};
  for (int precision = ARIO_PRECISION_FP32; precision <= ARIO_PRECISION_INT8; precision++)
    for (size_t i = 0; i < COUNT_OF(tensors); i++) {
      const ario_session_options options = {.precision = (ario_precision)precision};
      ario_model *model = small_model();
      ario_session *session;
      const float *logits;
      struct ario__params *params = model->params;
      params->block[ario__params_find(params, tensors[i])->offset + 1] = NAN;
      assert_ok(ario_session_create(model, &options, &session, NULL));
      assert_ok(ario_session_feed(session, (ario_token[]){0, 0, 0}, 3));
      if (ario_session_logits(session, &logits) != ARIO_ERR_NUMBER)
        fail_msg("in %s nobody sees that %s holds what is no number", ario_precision_name(options.precision),
                 tensors[i]);
      ario_session_free(session);
      ario_model_free(model);
    }
}

// Every one of the 65,536 halves and of the bfloats, through a file that is made by hand.
static void write_model(const char *tensors, size_t vocab, const void *data, size_t data_size) {
  char config[512], path[300];
  mkdir(scratch_path("model"), 0777);
  snprintf(config, sizeof config,
           "{\"vocab_size\": %zu, \"channels\": 1, \"heads\": 1, \"layers\": 0, \"max_context\": 1, "
           "\"max_latents\": 1}",
           vocab);
  assert_ok(ario_file_write(scratch_path("model/config.json"), true, config, strlen(config), NULL));
  size_t header = strlen(tensors);
  uint8_t *file = calloc(1, 8 + header + data_size);
  for (size_t i = 0; i < 8; i++) file[i] = (uint8_t)(header >> 8 * i);
  memcpy(file + 8, tensors, header);
  if (data_size) memcpy(file + 8 + header, data, data_size);
  snprintf(path, sizeof path, "%s", scratch_path("model/model.safetensors"));
  assert_ok(ario_file_write(path, true, file, 8 + header + data_size, NULL));
  free(file);
}

// A header with all tensors of a model of one channel, the embedding being [vocab, 1] of `dtype` at 0; the
// others F32 behind it.
static void one_channel_header(char *text, size_t room, size_t vocab, const char *dtype) {
  static const char *const vectors[] = {"query.bias",          "cross.norm_q.weight",
                                        "cross.norm_q.bias",   "cross.norm_kv.weight",
                                        "cross.norm_kv.bias",  "cross.attn.q.bias",
                                        "cross.attn.k.bias",   "cross.attn.v.bias",
                                        "cross.attn.out.bias", "cross.mlp.norm.weight",
                                        "cross.mlp.norm.bias", "cross.mlp.down.bias",
                                        "norm.weight",         "norm.bias"};
  static const char *const ones[] = {"query.weight", "cross.attn.q.weight", "cross.attn.k.weight",
                                     "cross.attn.v.weight", "cross.attn.out.weight"};
  size_t end = vocab * 2, n = 0;
  n += (size_t)snprintf(text + n, room - n,
                        "{\"embed.weight\":{\"dtype\":\"%s\",\"shape\":[%zu,1],\"data_offsets\":[0,%zu]}",
                        dtype, vocab, end);
#define ADD(name, shape, count, ...)                                                                         \
  n += (size_t)snprintf(text + n, room - n,                                                                  \
                        ",\"%s\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":[%zu,%zu]}", name,  \
                        __VA_ARGS__, end, end + 4 * (size_t)(count)),                                        \
      end += 4 * (size_t)(count)
  for (size_t i = 0; i < COUNT_OF(vectors); i++) ADD(vectors[i], "[%d]", 1, 1);
  for (size_t i = 0; i < COUNT_OF(ones); i++) ADD(ones[i], "[1,%d]", 1, 1);
  ADD("cross.mlp.up.weight", "[4,%d]", 4, 1);
  ADD("cross.mlp.up.bias", "[%d]", 4, 4);
  ADD("cross.mlp.down.weight", "[1,%d]", 4, 4);
  ADD("logits.weight", "[%zu,1]", vocab, vocab);
  ADD("logits.bias", "[%zu]", vocab, vocab);
#undef ADD
  snprintf(text + n, room - n, "}");
}

static double half_value(unsigned bits) {
  int exponent = (int)(bits >> 10 & 31);
  double fraction = bits & 1023;
  double size = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
  return bits & 0x8000 ? -size : size;
}

// The 65,536 halves and bfloats, without those that are not finite: they are 0 here.
static void fill_halves(uint16_t *data, bool brain) {
  const uint16_t exponent = brain ? 0x7f80 : 0x7c00;
  for (uint32_t i = 0; i < 65536; i++) data[i] = (i & exponent) == exponent ? 0 : (uint16_t)i;
}

static void every_half_is_read_and_written(void **state) {
  (void)state;
  enum { COUNT = 65536 };
  static char header[8192];
  static uint16_t data[COUNT + 2 * (14 + 5 + 12) + 4 * COUNT];
  for (int brain = 0; brain < 2; brain++) {
    fill_halves(data, brain);
    one_channel_header(header, sizeof header, COUNT, brain ? "BF16" : "F16");
    write_model(header, COUNT, data, sizeof data);
    ario_model *model;
    ario_error error = {""};
    if (ario_model_open(scratch_path("model"), &model, &error)) fail_msg("%s", error.text);
    ario_tensor embed = ario_model_tensor(model, 0);
    for (uint32_t i = 0; i < COUNT; i++) {
      float wide;
      memcpy(&wide, &(uint32_t){(uint32_t)data[i] << 16}, sizeof wide);
      assert_true(embed.data[i] == (brain ? wide : half_value(data[i])));
    }
    // Writing gives the same bits.
    assert_ok(ario_model_save(model, scratch_path("again"), brain ? ARIO_BF16 : ARIO_F16, NULL));
    uint8_t *bytes;
    size_t size;
    assert_ok(ario_file_read(scratch_path("again/model.safetensors"), 1 << 24, &bytes, &size, NULL));
    size_t start = 8 + (bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16);
    for (size_t i = 0; i < COUNT; i++)
      assert_int_equal(bytes[start + 2 * i] | bytes[start + 2 * i + 1] << 8, data[i]);
    free(bytes);
    ario_model_free(model);
  }
}

static void expect_refusal(const char *part) {
  ario_model *model = NULL;
  ario_error error = {""};
  ario_status status = ario_model_open(scratch_path("model"), &model, &error);
  if (!status) fail_msg("opened, though \"%s\" was expected", part);
  assert_null(model);
  assert_contains(error.text, part);
  assert_contains(error.text, "model"); // the path
}

static void expect_config(const char *text, const char *part) {
  assert_ok(ario_file_write(scratch_path("model/config.json"), true, text, strlen(text), NULL));
  expect_refusal(part);
}

static void broken_configs_are_named(void **state) {
  (void)state;
  ario_model *model = small_model();
  assert_ok(ario_model_save(model, scratch_path("model"), ARIO_F32, NULL));
  ario_model_free(model);
  expect_config("", "not a JSON object");
  expect_config("{", "not a JSON object");
  expect_config("[1]", "not a JSON object");
  expect_config("{\"channels\": 8}", "vocab_size is missing");
#define REST "\"heads\": 2, \"layers\": 1, \"max_context\": 10, \"max_latents\": 4"
  expect_config("{\"vocab_size\": \"many\", \"channels\": 8, " REST "}", "vocab_size is not a whole number");
  expect_config("{\"vocab_size\": 1.5, \"channels\": 8, " REST "}", "vocab_size is not a whole number");
  expect_config("{\"vocab_size\": -3, \"channels\": 8, " REST "}", "vocab_size is not a whole number");
  expect_config("{\"vocab_size\": 1e300, \"channels\": 8, " REST "}", "vocab_size is not a whole number");
  expect_config("{\"vocab_size\": 70000, \"channels\": 8, " REST "}", "vocab_size is 70000");
  expect_config("{\"vocab_size\": 11, \"channels\": 9, " REST "}", "not a multiple of heads");
  expect_config("{\"vocab_size\": 11, \"channels\": 8, \"position_waves\": 5, " REST "}",
                "more than half of channels (8)");
  expect_config("{\"vocab_size\": 11, \"channels\": 8, \"activation\": \"tanh\", " REST "}", "activation");
  expect_config("{\"vocab_size\": 11, \"channels\": 8, \"model_type\": \"gpt\", " REST "}", "model_type");
  expect_config("{\"vocab_size\": 11, \"channels\": 8, \"norm_eps\": 0, " REST "}", "norm_eps");
  expect_config("{\"vocab_size\": 11, \"channels\": 8, \"codec\": {\"name\": \"../x\"}, " REST "}", "codec");
  expect_config("{\"vocab_size\": 11, \"channels\": 8, \"codec\": {\"levels\": 4}, " REST "}", "codec");
  expect_config("{\"vocab_size\": 11, \"channels\": 8, \"codec\": \"raw\", " REST "}", "codec");
  expect_config("{\"vocab_size\": 11, \"channels\": 8, \"max_context\": 3, \"heads\": 2, \"layers\": 1, "
                "\"max_latents\": 4}",
                "max_latents");
  // A configuration that promises more than the file holds is refused before memory is taken for it.
  expect_config(
      "{\"vocab_size\": 65536, \"channels\": 65536, \"heads\": 1, \"layers\": 4096, \"max_context\": 10, "
      "\"max_latents\": 4}",
      "shape");
#undef REST
}

static ario_config saved_and_opened(const ario_config *config) {
  ario_model *model, *back;
  ario_error error = {""};
  if (ario_model_random(config, 1, &model, &error)) fail_msg("%s", error.text);
  assert_ok(ario_model_save(model, scratch_path("model"), ARIO_F32, NULL));
  if (ario_model_open(scratch_path("model"), &back, &error)) fail_msg("%s", error.text);
  ario_config read = *ario_model_config(back);
  ario_model_free(model);
  ario_model_free(back);
  return read;
}

// Core knows no codec but keeps what config.json says of it.
static void a_codec_object_is_kept_as_it_is(void **state) {
  (void)state;
  static const char object[] =
      "{\"name\":\"bells\",\"of\":[1,{\"a,b\":\"c: \\\"d\\\\\"}],\"pi\":3.25,\"count\":7,"
      "\"none\":{}}";
  static const char laid_out[] = "  \"codec\": {\n"
                                 "    \"name\": \"bells\",\n"
                                 "    \"of\": [1, {\"a,b\": \"c: \\\"d\\\\\"}],\n"
                                 "    \"pi\": 3.25,\n"
                                 "    \"count\": 7,\n"
                                 "    \"none\": {}\n"
                                 "  }\n"
                                 "}\n";
  ario_config config = ario_config_default();
  config.channels = config.heads = config.max_context = config.max_latents = 1;
  config.layers = 0;
  snprintf(config.codec, sizeof config.codec, "bells");
  snprintf(config.codec_json, sizeof config.codec_json, " %s", object);
  ario_config read = saved_and_opened(&config);
  assert_string_equal(read.codec, "bells");
  assert_string_equal(read.codec_json, object);
  uint8_t *bytes;
  size_t size, value = 99;
  char text[8] = "before";
  assert_ok(ario_file_read(scratch_path("model/config.json"), 1 << 20, &bytes, &size, NULL));
  assert_true(size > strlen(laid_out));
  assert_memory_equal(bytes + size - strlen(laid_out), laid_out, strlen(laid_out));
  free(bytes);
  assert_false(ario_config_codec_size(&read, "pi", &value) || ario_config_codec_size(&read, "name", &value) ||
               ario_config_codec_size(&read, "nothing", &value));
  assert_int_equal(value, 99);
  assert_true(ario_config_codec_size(&read, "count", &value));
  assert_int_equal(value, 7);
  assert_false(ario_config_codec_string(&read, "count", text, sizeof text) ||
               ario_config_codec_string(&read, "name", text, 5));
  assert_string_equal(text, "before");
  assert_true(ario_config_codec_string(&read, "name", text, 6));
  assert_string_equal(text, "bells");
}

static void what_is_no_codec_object_is_refused(void **state) {
  (void)state;
  ario_config config = ario_config_default();
  ario_error error = {""};
  size_t value;
  snprintf(config.codec, sizeof config.codec, "bells");
  assert_ok(ario_config_check(&config, &error)); // none at all: the name is all there is
  assert_false(ario_config_codec_size(&config, "count", &value));
  static const char *const wrong[] = {"{", "[\"bells\"]", "{}", "{\"name\":\"bell\"}", "{\"name\":3}"};
  for (size_t i = 0; i < COUNT_OF(wrong); i++) {
    snprintf(config.codec_json, sizeof config.codec_json, "%s", wrong[i]);
    assert_status(ario_config_check(&config, &error), ARIO_ERR_ARGUMENT);
    assert_contains(error.text, "codec_json");
  }
  memset(config.codec_json, 'x', sizeof config.codec_json);
  assert_status(ario_config_check(&config, &error), ARIO_ERR_ARGUMENT);
  char text[2000];
  snprintf(text, sizeof text,
           "{\"vocab_size\": 11, \"channels\": 8, \"heads\": 2, \"layers\": 1, \"max_context\": 10, "
           "\"max_latents\": 4, \"codec\": {\"name\": \"bells\", \"more\": \"%01100d\"}}",
           0);
  expect_config(text, "at most 1023");
}

// A header in front of `size` zeros, the embeddings [11, 1] among them.
static void expect_header(const char *header, size_t size, const char *part) {
  static const char data[4096];
  write_model(header, 11, data, size);
  expect_refusal(part);
}

static void broken_headers_are_named(void **state) {
  (void)state;
#define ENTRY(dtype, shape, offsets)                                                                         \
  "\"embed.weight\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define GOOD ENTRY("F32", "[11,1]", "[0,44]")
  expect_header("", 0, "not JSON");
  expect_header("[]", 0, "not JSON");
  expect_header("{", 0, "not JSON");
  expect_header("{\"embed.weight", 0, "not JSON");
  expect_header("{\"embed.weight\\", 0, "not JSON");
  expect_header("{} {}", 0, "follows it at byte 3");
  expect_header("{" GOOD ",}", 44, "not JSON");
  expect_header("{\"embed.weight\": 3}", 0, "dtype");
  expect_header("{\"embed.weight\": {}}", 0, "dtype, shape and data_offsets");
  expect_header("{\"embed.weight\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[11,1]}}", 0, "each once");
  expect_header(
      "{\"embed.weight\":{\"dtype\":\"F32\",\"shape\":[11,1],\"shape\":[11,1],\"data_offsets\":[0,44]}}", 44,
      "each once");
  expect_header("{\"embed.weight\":{\"dtype\":\"F32\",\"shape\":[11,1],\"more\":1}}", 0, "each once");
  expect_header("{" ENTRY("F64", "[11,1]", "[0,88]") "}", 88, "dtype");
  expect_header("{" ENTRY("F32", "[11,1]", "[0,400]") "}", 64, "truncated");
  expect_header("{" ENTRY("F32", "[11,1]", "[44,0]") "}", 64, "data_offsets");
  expect_header("{" ENTRY("F32", "[11,1]", "[0,44,44]") "}", 64, "data_offsets");
  expect_header("{" ENTRY("F32", "[11,1]", "[0,4e1]") "}", 64, "data_offsets");
  expect_header("{" ENTRY("F32", "[11,1]", "[-1,44]") "}", 64, "data_offsets");
  expect_header("{" ENTRY("F32", "[11,1]", "[00,44]") "}", 44, "data_offsets"); // which is no JSON
  expect_header("{" ENTRY("F32", "[11,01]", "[0,44]") "}", 44, "shape");
  expect_header("{" ENTRY("F32", "[11,1]", "[0,99999999999999999999]") "}", 64, "data_offsets");
  expect_header("{" ENTRY("F32", "[11,1]", "[0,40]") "}", 40, "does not fit");
  expect_header("{" ENTRY("F32", "[4611686018427387904,4]", "[0,0]") "}", 0, "shape");
  expect_header("{" ENTRY("F32", "[1,1,1,1,11]", "[0,44]") "}", 44, "shape");
  expect_header("{" ENTRY("F32", "[]", "[0,4]") "}", 4, "shape");
  expect_header("{\"__metadata__\":{\"format\":3}," GOOD "}", 44, "not JSON");
  expect_header("{\"__metadata__\":{},\"__metadata__\":{}," GOOD "}", 44, "not JSON");
  // What a file may have: metadata, spaces, and the members in any order.
  expect_header("{ \"__metadata__\" : { \"format\" : \"p\\\"t\" } , \"embed.weight\" :"
                "{ \"shape\" : [ 11 , 1 ] , \"data_offsets\" : [ 0 , 44 ], \"dtype\" : \"F32\" } }   ",
                44, "query.weight is missing");
}

static void tensors_cover_their_data(void **state) {
  (void)state;
#define PLACE(name, offsets) "\"" name "\":{\"dtype\":\"F32\",\"shape\":[11],\"data_offsets\":" offsets "}"
  expect_header("{" PLACE("a", "[0,44]") "," PLACE("b", "[0,44]") "}", 44, "tensor b: its data begin at 0");
  expect_header("{" PLACE("a", "[0,44]") "," PLACE("b", "[40,84]") "}", 84, "before where those before end");
  expect_header("{" PLACE("b", "[48,92]") "," PLACE("a", "[0,44]") "}", 92, "after where those before end");
  expect_header("{" PLACE("a", "[4,48]") "}", 48, "tensor a: its data begin at 4");
  expect_header("{" PLACE("a", "[0,44]") "}", 45, "the last 1 of 45 bytes");
  expect_header("{}", 3, "the last 3 of 3 bytes");
  expect_header("{" PLACE("b", "[44,88]") "," PLACE("a", "[0,44]") "}", 88, "tensor a is not one of");
#undef PLACE
}

static void broken_weights_are_named(void **state) {
  (void)state;
  expect_header("{}", 0, "tensor embed.weight is missing");
  expect_header("{\"nonsense\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1,
                "nonsense is not one of the model");
  expect_header("{\"nonsense_scale\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1,
                "nonsense_scale is not one of the model");
#define SCALED(dtype, shape, offsets)                                                                        \
  "{" ENTRY("I8", "[11,1]", "[0,11]") ",\"embed.weight_scale\":{\"dtype\":\"" dtype "\",\"shape\":" shape    \
                                      ",\"data_offsets\":" offsets "}}"
  expect_header(SCALED("F16", "[11]", "[11,33]"), 33, "scales must be F32");
  expect_header(SCALED("F32", "[12]", "[11,59]"), 59, "has shape [12]");
#undef SCALED
  expect_header("{" ENTRY("F32", "[12,1]", "[0,48]") "}", 48, "has shape [12, 1]");
  expect_header("{" ENTRY("F32", "[11]", "[0,44]") "}", 44, "has shape [11]");
  expect_header("{" GOOD "," ENTRY("F32", "[11,1]", "[44,88]") "}", 88, "twice");
#undef GOOD
#undef ENTRY
  assert_ok(ario_file_write(scratch_path("model/model.safetensors"), true,
                            "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10, NULL));
  expect_refusal("truncated");
  assert_ok(ario_file_write(scratch_path("model/model.safetensors"), true, "abc", 3, NULL));
  expect_refusal("3 bytes");
  unlink(scratch_path("model/model.safetensors"));
  expect_refusal("No such file");
  assert_int_equal(mkfifo(scratch_path("model/model.safetensors"), 0600), 0);
  expect_refusal("not a regular file");
  unlink(scratch_path("model/model.safetensors"));
  unlink(scratch_path("model/config.json"));
  assert_int_equal(mkfifo(scratch_path("model/config.json"), 0600), 0); // one that nobody writes to
  expect_refusal("not a regular file");
  unlink(scratch_path("model/config.json"));
  ario_model *model;
  ario_error error = {""};
  assert_status(ario_model_open(scratch_path("nowhere"), &model, &error), ARIO_ERR_NOT_FOUND);
  assert_ok(ario_file_write(scratch_path("file"), true, "x", 1, NULL));
  assert_status(ario_model_open(scratch_path("file"), &model, &error), ARIO_ERR_FORMAT);
}

// A header takes no more than a model of its configuration can need.
static void headers_are_bounded(void **state) {
  (void)state;
  enum { SPACES = 2 << 20, TENSORS = 1000 };
  char *header = malloc(SPACES + 1);
  memset(header, ' ', SPACES);
  header[0] = '{', header[1] = '}', header[SPACES] = 0;
  expect_header(header, 0, "the header is 2097152 bytes long");
  size_t used = 1;
  for (size_t i = 0; i < TENSORS; i++)
    used +=
        (size_t)sprintf(header + used, "%s\"t%zu\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}",
                        i ? "," : "", i);
  strcpy(header + used, "}");
  expect_header(header, 0, "has more than");
  free(header);
}

// A number in a saved file of this format, in the embeddings.
static void expect_number_refused(ario_dtype dtype, const void *number, size_t size, const char *part) {
  ario_model *model = small_model();
  uint8_t *bytes;
  size_t file_size;
  assert_ok(ario_model_save(model, scratch_path("model"), dtype, NULL));
  ario_model_free(model);
  assert_ok(ario_file_read(scratch_path("model/model.safetensors"), 1 << 20, &bytes, &file_size, NULL));
  memcpy(bytes + 8 + bytes[0] + 256 * (size_t)bytes[1] + 5 * size, number, size);
  assert_ok(ario_file_write(scratch_path("model/model.safetensors"), true, bytes, file_size, NULL));
  free(bytes);
  expect_refusal(part);
}

static void numbers_that_are_not_finite_are_named(void **state) {
  (void)state;
  const float bad[] = {NAN, -NAN, INFINITY, -INFINITY};
  for (size_t i = 0; i < COUNT_OF(bad); i++)
    expect_number_refused(ARIO_F32, &bad[i], sizeof bad[i], "tensor embed.weight: number 5 is");
  const uint16_t halves[] = {0x7c00, 0xfc00, 0x7c01, 0xffff}, brain[] = {0x7f80, 0xff80, 0x7f81, 0xffff};
  for (size_t i = 0; i < COUNT_OF(halves); i++) {
    expect_number_refused(ARIO_F16, &halves[i], 2, "tensor embed.weight: number 5 is");
    expect_number_refused(ARIO_BF16, &brain[i], 2, "tensor embed.weight: number 5 is");
  }
}

// A model without weights has its sizes, and nothing computes with it.
static void an_inspected_model_has_no_weights(void **state) {
  (void)state;
  ario_model *model = small_model(), *opened, *inspected;
  ario_error error = {""};
  size_t bytes, as_opened, size;
  uint8_t *file;
  ario_session *session;
  assert_ok(ario_model_save(model, scratch_path("model"), ARIO_I8, NULL));
  assert_ok(ario_model_open(scratch_path("model"), &opened, NULL));
  assert_ok(ario_model_inspect(scratch_path("model"), &inspected, NULL));
  assert_int_equal(ario_model_dtype(inspected), ARIO_I8);
  assert_int_equal(ario_model_parameters(inspected), ario_model_parameters(opened));
  assert_int_equal(ario_model_bytes(inspected), ario_model_bytes(opened));
  assert_int_equal(ario_model_bytes(model), 4 * ario_model_parameters(model));
  assert_ok(ario_file_read(scratch_path("model/model.safetensors"), 1 << 20, &file, &size, NULL));
  assert_int_equal(ario_model_bytes(opened),
                   size - 8 - (file[0] + 256 * (size_t)file[1])); // all but the header
  free(file);
  assert_null(ario_model_tensor(inspected, 0).data);
  assert_ok(ario_session_bytes(inspected, NULL, &bytes, NULL));
  assert_ok(ario_session_bytes(opened, NULL, &as_opened, NULL));
  assert_int_equal(bytes, as_opened);
  assert_status(ario_session_create(inspected, NULL, &session, &error), ARIO_ERR_STATE);
  assert_contains(error.text, "without its weights");
  assert_status(ario_model_save(inspected, scratch_path("again"), ARIO_F32, &error), ARIO_ERR_STATE);
  assert_status(ario_model_rows(inspected, 0, 0, 1, &(float){0}), ARIO_ERR_STATE);
  ario_model_free(model), ario_model_free(opened), ario_model_free(inspected);
}

// What a format cannot hold is not written: it could not be read again.
static void numbers_too_large_for_a_format_are_not_written(void **state) {
  (void)state;
  static const struct {
    ario_dtype dtype;
    float most, more;
  } cases[] = {{ARIO_F32, 0x1.fffffep127f, INFINITY},
               {ARIO_BF16, 0x1.fefffep127f, 0x1.ffp127f},
               {ARIO_F16, 65519, -65520}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    ario_model *model = small_model(), *back;
    ario_error error = {""};
    model->params->block[3] = cases[i].more;
    assert_status(ario_model_save(model, scratch_path("large"), cases[i].dtype, &error), ARIO_ERR_NUMBER);
    assert_contains(error.text, "embed.weight");
    model->params->block[3] = cases[i].most;
    assert_ok(ario_model_save(model, scratch_path("large"), cases[i].dtype, NULL));
    assert_ok(ario_model_open(scratch_path("large"), &back, NULL));
    ario_model_free(model), ario_model_free(back);
  }
}

// A saved file of whole numbers, and where in it `text` stands.
static uint8_t *whole_numbers(const char *text, size_t *size, size_t *at) {
  ario_model *model = small_model();
  uint8_t *bytes;
  size_t length = strlen(text);
  assert_ok(ario_model_save(model, scratch_path("model"), ARIO_I8, NULL));
  assert_ok(ario_file_read(scratch_path("model/model.safetensors"), 1 << 20, &bytes, size, NULL));
  for (*at = 0; *at + length < *size && memcmp(bytes + *at, text, length) != 0;) ++*at;
  assert_true(*at + length < *size);
  ario_model_free(model);
  return bytes;
}

static void expect_refusal_of(uint8_t *bytes, size_t size, const char *part) {
  assert_ok(ario_file_write(scratch_path("model/model.safetensors"), true, bytes, size, NULL));
  expect_refusal(part);
  free(bytes);
}

static void broken_scales_are_named(void **state) {
  (void)state;
  static const struct {
    const char *from, *to, *part; // of the same length
  } changes[] = {
      {"query.weight_scale", "query.weight_scalf", "query.weight_scalf is not one of"},
      {"\"query.weight_scale\"", "\"query.bias_scale\"  ", "query.weight_scale is missing"},
      {"\"logits.bias\":{\"dtype\":\"F32\"", "\"logits.bias\":{\"dtype\":\"I8\" ", "does not fit"}};
  for (size_t i = 0; i < COUNT_OF(changes); i++) {
    size_t size, at;
    uint8_t *bytes = whole_numbers(changes[i].from, &size, &at);
    memcpy(bytes + at, changes[i].to, strlen(changes[i].from));
    expect_refusal_of(bytes, size, changes[i].part);
  }
}

// Where the data of the tensor begin whose entry stands at `at` of a file.
static size_t data_of(const uint8_t *bytes, size_t at) {
  const char *offsets = strstr((const char *)bytes + at, "data_offsets\":[");
  assert_non_null(offsets);
  return 8 + bytes[0] + 256 * (size_t)bytes[1] + strtoul(offsets + strlen("data_offsets\":["), NULL, 10);
}

static void scales_that_are_none_are_named(void **state) {
  (void)state;
  const float bad[] = {-1, NAN, INFINITY, FLT_MAX}; // the last times 127 is infinite
  for (size_t i = 0; i < COUNT_OF(bad); i++) {
    size_t size, at;
    uint8_t *bytes = whole_numbers("query.weight_scale", &size, &at);
    memcpy(bytes + data_of(bytes, at) + 2 * sizeof *bad, &bad[i], sizeof *bad);
    expect_refusal_of(bytes, size,
                      i < 3 ? "query.weight_scale: number 2 is" : "query.weight, scaled: number 1");
  }
}

static void numbers_lie_where_they_can_be_mapped(void **state) {
  (void)state;
  size_t size, at, floats = 0;
  uint8_t *bytes = whole_numbers("embed.weight", &size, &at);
  for (size_t end = data_of(bytes, at); at < end; at++)
    if (memcmp(bytes + at, "\"F32\"", 5) == 0) {
      assert_int_equal(data_of(bytes, at) % sizeof(float), 0);
      floats++;
    }
  assert_true(floats > 20);
  free(bytes);
}

static void truncation_is_noticed(void **state) {
  (void)state;
  ario_model *model = small_model();
  assert_ok(ario_model_save(model, scratch_path("model"), ARIO_BF16, NULL));
  ario_model_free(model);
  uint8_t *bytes;
  size_t size;
  assert_ok(ario_file_read(scratch_path("model/model.safetensors"), 1 << 20, &bytes, &size, NULL));
  for (size_t kept = 0; kept < size; kept += 1 + size / 97) {
    assert_ok(ario_file_write(scratch_path("model/model.safetensors"), true, bytes, kept, NULL));
    expect_refusal("model.safetensors");
  }
  free(bytes);
}

static void token_files_are_checked(void **state) {
  (void)state;
  const char *path = scratch_path("tokens.u16");
  const ario_token tokens[] = {0, 1, 390, 65535};
  ario_token *back;
  size_t count;
  ario_error error = {""};
  assert_ok(ario_tokens_write(path, tokens, 4, NULL));
  assert_ok(ario_tokens_read(path, 65536, &back, &count, NULL));
  assert_int_equal(count, 4);
  assert_memory_equal(back, tokens, sizeof tokens);
  free(back);
  assert_status(ario_tokens_read(path, 391, &back, &count, &error), ARIO_ERR_FORMAT);
  assert_contains(error.text, "byte 6");
  assert_status(ario_tokens_read(path, 390, &back, &count, &error),
                ARIO_ERR_FORMAT); // the first that is too large
  assert_contains(error.text, "byte 4");
  assert_ok(ario_file_write(path, true, "abc", 3, NULL));
  assert_status(ario_tokens_read(path, 65536, &back, &count, &error), ARIO_ERR_FORMAT);
  assert_ok(ario_file_write(path, true, "", 0, NULL));
  assert_status(ario_tokens_read(path, 65536, &back, &count, &error), ARIO_ERR_FORMAT);
}

static void outputs_are_whole_or_absent(void **state) {
  (void)state;
  const char *path = scratch_path("output");
  uint8_t *bytes;
  size_t size;
  struct stat info;
  assert_ok(ario_file_write(path, true, "old", 3, NULL));
  chmod(path, 0640);
  ario_file_output *output;
  assert_ok(ario_file_output_create(path, true, &output, NULL));
  assert_int_equal(stat(ario_file_output_path(output), &info), 0);
  char temporary[300];
  snprintf(temporary, sizeof temporary, "%s", ario_file_output_path(output));
  ario_file_output_free(output); // given up
  assert_int_not_equal(stat(temporary, &info), 0);
  assert_ok(ario_file_read(path, 10, &bytes, &size, NULL));
  assert_memory_equal(bytes, "old", 3);
  free(bytes);
  assert_ok(ario_file_write(path, true, "newer", 5, NULL));
  assert_int_equal(stat(path, &info), 0);
  assert_int_equal(info.st_mode & 0777, 0640);
  assert_status(ario_file_read(path, 4, &bytes, &size, NULL), ARIO_ERR_LIMIT);
  assert_status(ario_file_write(path, false, "x", 1, NULL), ARIO_ERR_STATE);
  assert_status(ario_file_write(scratch_path("no/such/folder"), true, "x", 1, NULL), ARIO_ERR_IO);
  assert_status(ario_file_write(scratch_folder(), true, "x", 1, NULL), ARIO_ERR_IO);
  assert_ok(ario_file_write("/dev/null", true, "x", 1, NULL)); // a device is written to, and stays one
  assert_int_equal(stat("/dev/null", &info), 0);
  assert_true(S_ISCHR(info.st_mode));
  if (stat("/dev/full", &info) == 0)
    assert_status(ario_file_write("/dev/full", true, "x", 1, NULL), ARIO_ERR_IO);
  // Through a symbolic link the file it points to is written, and the link stays.
  char link_path[300];
  snprintf(link_path, sizeof link_path, "%s", scratch_path("link"));
  assert_int_equal(symlink("output", link_path), 0);
  assert_ok(ario_file_write(link_path, true, "through", 7, NULL));
  assert_int_equal(lstat(link_path, &info), 0);
  assert_true(S_ISLNK(info.st_mode));
  assert_ok(ario_file_read(scratch_path("output"), 10, &bytes, &size, NULL));
  assert_int_equal(size, 7);
  free(bytes);
}

static void statuses_have_texts(void **state) {
  (void)state;
#define CHECK_TEXT(name, value, text) assert_string_equal(ario_strerror(ARIO_##name), text);
  ARIO_STATUS_MAP(CHECK_TEXT)
#undef CHECK_TEXT
  assert_string_equal(ario_strerror((ario_status)-1000), "unknown status");
  ario_error error;
  assert_int_equal(ario_fail(&error, ARIO_ERR_IO, "a\x1b[31m\n%d", 5), ARIO_ERR_IO);
  assert_string_equal(error.text, "a?[31m?5");
  assert_int_equal(ario_fail(NULL, ARIO_ERR_IO, "x"), ARIO_ERR_IO);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_dtype_comes_back),
      cmocka_unit_test(sessions_use_the_whole_numbers_of_a_file),
      cmocka_unit_test(rows_of_whole_numbers_are_scaled),
      cmocka_unit_test(whole_numbers_compute_as_their_floats_do),
      cmocka_unit_test(a_model_takes_at_most_twice_its_size),
      cmocka_unit_test(what_is_not_a_number_shows_in_every_precision),
      cmocka_unit_test(broken_scales_are_named),
      cmocka_unit_test(scales_that_are_none_are_named),
      cmocka_unit_test(numbers_lie_where_they_can_be_mapped),
      cmocka_unit_test(every_half_is_read_and_written),
      cmocka_unit_test(broken_configs_are_named),
      cmocka_unit_test(a_codec_object_is_kept_as_it_is),
      cmocka_unit_test(what_is_no_codec_object_is_refused),
      cmocka_unit_test(broken_headers_are_named),
      cmocka_unit_test(tensors_cover_their_data),
      cmocka_unit_test(broken_weights_are_named),
      cmocka_unit_test(headers_are_bounded),
      cmocka_unit_test(numbers_that_are_not_finite_are_named),
      cmocka_unit_test(an_inspected_model_has_no_weights),
      cmocka_unit_test(numbers_too_large_for_a_format_are_not_written),
      cmocka_unit_test(truncation_is_noticed),
      cmocka_unit_test(token_files_are_checked),
      cmocka_unit_test(outputs_are_whole_or_absent),
      cmocka_unit_test(statuses_have_texts),
  };
  return cmocka_run_group_tests(tests, NULL, remove_scratch);
}
