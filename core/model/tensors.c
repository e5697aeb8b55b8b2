// SPDX-License-Identifier: MIT
//
// Model directories of any kind.
#include "arioso/tensors.h"
#include "core/base/json.h"
#include "core/base/memory.h"
#include "core/base/regular_file.h"
#include "core/math/kernels.h"
#include "core/model/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  MAX_CONFIG_BYTES = 1 << 20,
  PATH_BYTES = 4096,
  NAME_BYTES = 256,
  I8_MOST = 32000000 // numbers in I8: in fp32 they take four times as much, twice their size and 64 MB
};

struct ario_tensors {
  uint8_t *text; // of config.json
  ario__json *config;
  struct ario__safetensors file;
  size_t count; // of tensors, without scales
};

static ario_status read_config(ario_tensors *t, const char *path, ario_error *error) {
  size_t size;
  ario_status status = ario__regular_file_read(path, MAX_CONFIG_BYTES, &t->text, &size, error);
  if (status) return status;
  t->config = ario__json_parse((const char *)t->text, size);
  if (ario__json_is_object(t->config)) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_FORMAT, "%s: is not a JSON object", path);
}

// Checks that I8 tensors have scales and are not too large, and counts the others' and their own, but not the scales.
static ario_status check_scales(ario_tensors *t, ario_error *error) {
  size_t whole = 0;
  t->count = t->file.count;
  for (size_t i = 0; i < t->file.count; i++) {
    const struct ario__entry *entry = &t->file.entries[i];
    if (entry->dtype != ARIO_I8) continue;
    ario_status status = ario__scales_check(entry, ario__safetensors_scales(&t->file, entry->name), error);
    if (status) return status;
    whole += entry->count; // of tensors that lie in the file without overlap
    if (whole > I8_MOST)
      return ario_fail(error, ARIO_ERR_LIMIT, "more than %d MB of weights in 8 bits; save them in F16",
                       I8_MOST / 1000000);
    t->count--;
  }
  return ARIO_OK;
}

ario_status ario_tensors_open(const char *directory, ario_tensors **out, ario_error *error) {
  *out = NULL;
  char path[PATH_BYTES];
  if (snprintf(path, sizeof path, "%s/model.safetensors", directory) >= (int)sizeof path)
    return ario_fail(error, ARIO_ERR_LIMIT, "%.60s...: the name is too long", directory);
  ario_tensors *t = calloc(1, sizeof *t);
  if (!t) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  ario_error detail = {""};
  ario_status status = ario__safetensors_open(path, ARIO_TENSORS_MOST, &t->file, &detail);
  if (!status) status = check_scales(t, &detail);
  if (status) (void)ario_fail(error, status, "%s: %s", path, detail.text);
  snprintf(path, sizeof path, "%s/config.json", directory);
  if (!status) status = read_config(t, path, error);
  if (status)
    ario_tensors_free(t);
  else
    *out = t;
  return status;
}

void ario_tensors_free(ario_tensors *tensors) {
  if (!tensors) return;
  ario__json_free(tensors->config);
  ario__safetensors_close(&tensors->file);
  free(tensors->text);
  free(tensors);
}

bool ario_tensors_has(const ario_tensors *tensors, const char *name) {
  return ario__safetensors_find(&tensors->file, name);
}

size_t ario_tensors_count(const ario_tensors *tensors) {
  return tensors->count;
}

// Multiplies each of a tensor's rows by its scale.
static ario_status scale_rows(const ario_tensors *tensors, const struct ario__entry *entry, float *numbers,
                              ario_error *error) {
  const struct ario__entry *found = ario__safetensors_scales(&tensors->file, entry->name);
  size_t rows = entry->shape[0], width = rows ? entry->count / rows : 0;
  float *scales = malloc((rows + 1) * sizeof *scales);
  if (!scales) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  ario_status status = ario__safetensors_floats(&tensors->file, found, scales, error);
  for (size_t r = 0; r < rows && !status; r++) ario__scale(numbers + r * width, width, scales[r]);
  free(scales);
  if (!status && !ario__all_finite(numbers, entry->count))
    status =
        ario_fail(error, ARIO_ERR_FORMAT,
                  "tensor %s: with its scales a number is not finite; the weights are damaged", entry->name);
  return status;
}

ario_status ario_tensors_read(const ario_tensors *tensors, const char *name, size_t rank, const size_t *shape,
                              float **data, ario_error *error) {
  const struct ario__entry *entry = ario__safetensors_find(&tensors->file, name);
  *data = NULL;
  if (!entry) return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s is missing", name);
  ario_status status = ario__entry_check(entry, rank, shape, error);
  if (status) return status;
  float *numbers =
      entry->count <= SIZE_MAX / sizeof *numbers ? ario__unset_block(entry->count * sizeof *numbers) : NULL;
  if (!numbers) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  status = ario__safetensors_floats(&tensors->file, entry, numbers, error);
  if (!status && entry->dtype == ARIO_I8) status = scale_rows(tensors, entry, numbers, error);
  if (status)
    free(numbers);
  else
    *data = numbers;
  return status;
}

// The value of a key, or of OBJECT.KEY; NULL if there is none.
static ario_status find_value(const ario_tensors *tensors, const char *key, const ario__json **value,
                              ario_error *error) {
  char object[NAME_BYTES];
  const char *dot = strchr(key, '.');
  const ario__json *inside = tensors->config;
  *value = NULL;
  if (dot) {
    snprintf(object, sizeof object, "%.*s", (int)(dot - key), key);
    inside = ario__json_get(tensors->config, object);
    if (!inside) return ARIO_OK;
    if (!ario__json_is_object(inside))
      return ario_fail(error, ARIO_ERR_FORMAT, "config.json: %s is not an object", object);
  }
  *value = ario__json_get(inside, dot ? dot + 1 : key);
  return ARIO_OK;
}

static bool size_of(const ario__json *json, size_t least, size_t most, size_t *value) {
  size_t read;
  if (!ario__json_size(json, &read) || read < least || read > most) return false;
  *value = read;
  return true;
}

ario_status ario_tensors_size(const ario_tensors *tensors, const char *key, size_t least, size_t most,
                              size_t *value, ario_error *error) {
  const ario__json *json;
  ario_status status = find_value(tensors, key, &json, error);
  if (status || !json || size_of(json, least, most, value)) return status;
  return ario_fail(error, ARIO_ERR_FORMAT, "config.json: %s is not a whole number from %zu to %zu", key,
                   least, most);
}

ario_status ario_tensors_text(const ario_tensors *tensors, const char *key, char *text, size_t room,
                              ario_error *error) {
  const ario__json *json;
  ario_status status = find_value(tensors, key, &json, error);
  if (status) return status;
  const char *found = json ? ario__json_string(json) : NULL;
  if (json && (!found || strlen(found) >= room))
    return ario_fail(error, ARIO_ERR_FORMAT, "config.json: %s is not a string, or too long", key);
  if (found) memcpy(text, found, strlen(found) + 1);
  return ARIO_OK;
}

ario_status ario_tensors_sizes(const ario_tensors *tensors, const char *key, size_t least, size_t most,
                               size_t *values, size_t room, size_t *count, ario_error *error) {
  const ario__json *json;
  ario_status status = find_value(tensors, key, &json, error);
  if (status || !json) return status;
  *count = 0;
  for (const ario__json *item = ario__json_first(json); item; item = ario__json_next(item)) {
    if (*count == room || !size_of(item, least, most, &values[*count]))
      return ario_fail(error, ARIO_ERR_FORMAT,
                       "config.json: %s must be at most %zu whole numbers from %zu to %zu", key, room, least,
                       most);
    ++*count;
  }
  return ARIO_OK;
}
