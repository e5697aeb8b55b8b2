// SPDX-License-Identifier: MIT
//
// config.json: reads, checks and writes it.
#include "core/model/config.h"
#include "arioso/file.h"
#include "core/base/json.h"
#include "core/base/regular_file.h"
#include "core/math/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CONFIG_BYTES = 1 << 20 };

ario_config ario_config_default(void) {
  return (ario_config){.vocab_size = 391,
                       .channels = 512,
                       .heads = 8,
                       .layers = 8,
                       .max_context = 4096,
                       .max_latents = 1024,
                       .mlp_widening = 4,
                       .activation = ARIO_SQUARED_RELU,
                       .rotary_fraction = 0.5,
                       .rotary_base = 10000.0,
                       .norm_eps = 1e-5,
                       .codec = "raw"};
}

// The whole numbers of a configuration: their places and plausible ranges. The limits keep every product of a
// few of them within 64 bits; memory runs out long before.
static const struct size_field {
  const char *key;
  size_t offset, least, most;
  bool required;
} size_fields[] = {
    {"vocab_size", offsetof(ario_config, vocab_size), 1, 65536, true},
    {"channels", offsetof(ario_config, channels), 1, 65536, true},
    {"heads", offsetof(ario_config, heads), 1, 4096, true},
    {"layers", offsetof(ario_config, layers), 0, 4096, true},
    {"max_context", offsetof(ario_config, max_context), 1, (size_t)1 << 30, true},
    {"max_latents", offsetof(ario_config, max_latents), 1, (size_t)1 << 30, true},
    {"mlp_widening", offsetof(ario_config, mlp_widening), 1, 64, false},
    {"position_waves", offsetof(ario_config, position_waves), 0, ARIO__MOST_WAVES, false},
};
static const size_t size_field_count = sizeof size_fields / sizeof *size_fields;

static size_t *size_in(const ario_config *config, const struct size_field *field) {
  return (size_t *)((char *)config + field->offset);
}

static const struct real_field {
  const char *key;
  size_t offset;
} real_fields[] = {
    {"rotary_fraction", offsetof(ario_config, rotary_fraction)},
    {"rotary_base", offsetof(ario_config, rotary_base)},
    {"norm_eps", offsetof(ario_config, norm_eps)},
};

static double *real_in(const ario_config *config, const struct real_field *field) {
  return (double *)((char *)config + field->offset);
}

// A codec's name goes unchanged into file names and JSON.
static bool is_plain_name(const char *name) {
  return *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(name);
}

static ario_status check_codec(const ario_config *config, ario_error *error) {
  char name[sizeof config->codec];
  if (!memchr(config->codec, 0, sizeof config->codec) || !is_plain_name(config->codec))
    return ario_fail(error, ARIO_ERR_ARGUMENT,
                     "codec is not a name of at most %zu lower-case letters, digits, - and _",
                     sizeof config->codec - 1);
  if (!memchr(config->codec_json, 0, sizeof config->codec_json) ||
      (*config->codec_json &&
       (!ario_config_codec_string(config, "name", name, sizeof name) || strcmp(name, config->codec) != 0)))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "codec_json is no JSON object with the name \"%s\"",
                     config->codec);
  return ARIO_OK;
}

ario_status ario_config_check(const ario_config *config, ario_error *error) {
  for (size_t i = 0; i < size_field_count; i++) {
    const struct size_field *field = &size_fields[i];
    size_t value = *size_in(config, field);
    if (value < field->least || value > field->most)
      return ario_fail(error, ARIO_ERR_ARGUMENT, "%s is %zu; it must be from %zu to %zu", field->key, value,
                       field->least, field->most);
  }
  if (config->channels % config->heads)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "channels (%zu) is not a multiple of heads (%zu)",
                     config->channels, config->heads);
  if (2 * config->position_waves > config->channels)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "position_waves (%zu) is more than half of channels (%zu)",
                     config->position_waves, config->channels);
  if (config->max_latents > config->max_context)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "max_latents (%zu) is more than max_context (%zu)",
                     config->max_latents, config->max_context);
  if (!(config->rotary_fraction >= 0 && config->rotary_fraction <= 1))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "rotary_fraction is %g; it must be from 0 to 1",
                     config->rotary_fraction);
  if (!(config->rotary_base > 0) || !isfinite(config->rotary_base))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "rotary_base is %g; it must be above 0", config->rotary_base);
  if (!(config->norm_eps > 0 && config->norm_eps < 1))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "norm_eps is %g; it must be between 0 and 1",
                     config->norm_eps);
  if (config->activation != ARIO_SQUARED_RELU && config->activation != ARIO_GELU)
    return ario_fail(error, ARIO_ERR_ARGUMENT, "activation is %d; there is none of this number",
                     (int)config->activation);
  return check_codec(config, error);
}

static ario_status read_numbers(const ario__json *root, ario_config *config, ario_error *error) {
  for (size_t i = 0; i < size_field_count; i++) {
    const ario__json *value = ario__json_get(root, size_fields[i].key);
    if (!value && size_fields[i].required)
      return ario_fail(error, ARIO_ERR_FORMAT, "%s is missing", size_fields[i].key);
    if (value && !ario__json_size(value, size_in(config, &size_fields[i])))
      return ario_fail(error, ARIO_ERR_FORMAT, "%s is not a whole number", size_fields[i].key);
  }
  for (size_t i = 0; i < sizeof real_fields / sizeof *real_fields; i++) {
    const ario__json *value = ario__json_get(root, real_fields[i].key);
    if (value && !ario__json_number(value, real_in(config, &real_fields[i])))
      return ario_fail(error, ARIO_ERR_FORMAT, "%s is not a number", real_fields[i].key);
  }
  return ARIO_OK;
}

static ario_status read_codec(const ario__json *value, ario_config *config, ario_error *error) {
  const char *name = ario__json_string(ario__json_get(value, "name"));
  if (!name || strlen(name) >= sizeof config->codec || !is_plain_name(name))
    return ario_fail(error, ARIO_ERR_FORMAT, "codec has no name that could be one");
  memcpy(config->codec, name, strlen(name) + 1);
  char *text = ario__json_text(value);
  if (!text) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  size_t size = strlen(text) + 1;
  if (size <= sizeof config->codec_json) memcpy(config->codec_json, text, size);
  free(text);
  if (size > sizeof config->codec_json)
    return ario_fail(error, ARIO_ERR_LIMIT, "codec is an object of %zu bytes; at most %zu can be kept",
                     size - 1, sizeof config->codec_json - 1);
  return ARIO_OK;
}

static ario_status read_names(const ario__json *root, ario_config *config, ario_error *error) {
  const ario__json *value = ario__json_get(root, "model_type");
  const char *type = ario__json_string(value);
  if (value && (!type || strcmp(type, "perceiver_ar") != 0))
    return ario_fail(error, ARIO_ERR_UNSUPPORTED, "model_type is not \"perceiver_ar\"");
  if ((value = ario__json_get(root, "activation"))) {
    const char *name = ario__json_string(value);
    if (name && strcmp(name, "squared_relu") == 0)
      config->activation = ARIO_SQUARED_RELU;
    else if (name && strcmp(name, "gelu") == 0)
      config->activation = ARIO_GELU;
    else
      return ario_fail(error, ARIO_ERR_UNSUPPORTED, "activation is neither \"squared_relu\" nor \"gelu\"");
  }
  value = ario__json_get(root, "codec");
  return value ? read_codec(value, config, error) : ARIO_OK;
}

// The member of the codec's object; *document is freed by the caller. NULL: there is none.
static const ario__json *codec_member(const ario_config *config, const char *key, ario__json **document) {
  *document = ario__json_parse(config->codec_json, strlen(config->codec_json));
  return ario__json_is_object(*document) ? ario__json_get(*document, key) : NULL;
}

bool ario_config_codec_size(const ario_config *config, const char *key, size_t *value) {
  ario__json *document;
  bool found = ario__json_size(codec_member(config, key, &document), value);
  ario__json_free(document);
  return found;
}

bool ario_config_codec_string(const ario_config *config, const char *key, char *text, size_t size) {
  ario__json *document;
  const char *string = ario__json_string(codec_member(config, key, &document));
  bool found = string && strlen(string) < size;
  if (found) memcpy(text, string, strlen(string) + 1);
  ario__json_free(document);
  return found;
}

static ario_status parse(const char *text, size_t size, ario_config *config, ario_error *error) {
  ario__json *root = ario__json_parse(text, size);
  ario_status status = ARIO_OK;
  *config = ario_config_default();
  if (!ario__json_is_object(root)) status = ario_fail(error, ARIO_ERR_FORMAT, "is not a JSON object");
  if (!status) status = read_numbers(root, config, error);
  if (!status) status = read_names(root, config, error);
  ario__json_free(root);
  return status ? status : ario_config_check(config, error);
}

ario_status ario__config_read(const char *path, ario_config *config, ario_error *error) {
  uint8_t *bytes;
  size_t size;
  ario_status status = ario__regular_file_read(path, MAX_CONFIG_BYTES, &bytes, &size, error);
  if (status) return status;
  ario_error detail = {""};
  status = parse((const char *)bytes, size, config, &detail);
  free(bytes);
  return status ? ario_fail(error, status, "%s: %s", path, detail.text) : ARIO_OK;
}

// A number in JSON's form, whatever decimal point the program's locale uses.
static const char *real_text(double value, char text[32]) {
  snprintf(text, 32, "%.17g", value);
  for (char *c = text; *c; c++)
    if (*c == ',') *c = '.';
  return text;
}

// The object of a codec as a member of config.json: each of its own members has a line.
static void lay_out(const char *json, char *out) {
  bool quoted = false;
  size_t depth = 0;
  for (; *json; json++) {
    if (!quoted && strchr(" \t\r\n", *json)) continue;
    if (!quoted && strchr("}]", *json) && --depth == 0) out = stpcpy(out, "\n  ");
    *out++ = *json;
    if (quoted && *json == '\\')
      *out++ = *++json;
    else if (*json == '"')
      quoted = !quoted;
    else if (!quoted && strchr("{[", *json) && ++depth == 1)
      out = stpcpy(out, "\n    ");
    else if (!quoted && *json == ',')
      out = stpcpy(out, depth == 1 ? "\n    " : " ");
    else if (!quoted && *json == ':')
      *out++ = ' ';
  }
  *out = 0;
}

ario_status ario__config_write(const char *path, const ario_config *config, ario_error *error) {
  char codec[6 * sizeof config->codec_json], text[1024 + sizeof codec], fraction[32], base[32], eps[32];
  char waves[64] = "", name[sizeof config->codec + 16];
  if (config->position_waves) // most models have none; without the key, all readers of such models can read
                              // the file
    snprintf(waves, sizeof waves, "  \"position_waves\": %zu,\n", config->position_waves);
  snprintf(name, sizeof name, "{\"name\":\"%s\"}", config->codec);
  lay_out(*config->codec_json ? config->codec_json : name, codec);
  int n = snprintf(text, sizeof text,
                   "{\n"
                   "  \"model_type\": \"perceiver_ar\",\n"
                   "  \"vocab_size\": %zu,\n"
                   "  \"channels\": %zu,\n"
                   "  \"heads\": %zu,\n"
                   "  \"layers\": %zu,\n"
                   "  \"max_context\": %zu,\n"
                   "  \"max_latents\": %zu,\n"
                   "  \"mlp_widening\": %zu,\n"
                   "  \"activation\": \"%s\",\n"
                   "  \"rotary_fraction\": %s,\n"
                   "  \"rotary_base\": %s,\n"
                   "%s"
                   "  \"norm_eps\": %s,\n"
                   "  \"codec\": %s\n"
                   "}\n",
                   config->vocab_size, config->channels, config->heads, config->layers, config->max_context,
                   config->max_latents, config->mlp_widening,
                   config->activation == ARIO_GELU ? "gelu" : "squared_relu",
                   real_text(config->rotary_fraction, fraction), real_text(config->rotary_base, base), waves,
                   real_text(config->norm_eps, eps), codec);
  return ario_file_write(path, true, text, (size_t)n, error);
}
