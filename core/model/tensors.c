// SPDX-License-Identifier: MIT
//
// Model directories of any kind.
#include "arioso/tensors.h"
#include "arioso/file.h"
#include "core/base/memory.h"
#include "core/model/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CONFIG_BYTES = 1 << 20, PATH_BYTES = 4096 };

struct tensor {
  const char *name; // in the header
  struct ario__entry entry;
  float *data;
};

struct ario_tensors {
  uint8_t *text; // of config.json
  ario__json *config;
  struct ario__safetensors file;
  struct tensor *tensors; // [count]
  size_t count;
  float *block;
};

static ario_status read_config(ario_tensors *t, const char *path, ario_error *error) {
  size_t size;
  ario_status status = ario_file_read(path, MAX_CONFIG_BYTES, &t->text, &size, error);
  if (status) return status;
  t->config = ario__json_parse((const char *)t->text, size);
  if (ario__json_is_object(t->config)) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_FORMAT, "%s: is not a JSON object", path);
}

// Numbers are stored one tensor after another, each aligned.
static ario_status read_numbers(ario_tensors *t) {
  size_t total = 0, alignment = ARIO__ALIGNMENT / sizeof(float);
  for (size_t i = 0; i < t->count; i++) {
    if (t->tensors[i].entry.count > SIZE_MAX / 8 - total) return ARIO_ERR_LIMIT;
    total += (t->tensors[i].entry.count + alignment - 1) / alignment * alignment;
  }
  t->block = ario__block((total + 1) * sizeof *t->block);
  if (!t->block) return ARIO_ERR_MEMORY;
  float *at = t->block;
  for (size_t i = 0; i < t->count; i++) {
    struct tensor *tensor = &t->tensors[i];
    tensor->data = at;
    ario__to_floats(at, t->file.data + tensor->entry.begin, tensor->entry.dtype, tensor->entry.count);
    at += (tensor->entry.count + alignment - 1) / alignment * alignment;
  }
  return ARIO_OK;
}

static ario_status read_entries(ario_tensors *t, ario_error *error) {
  size_t members = 0;
  for (const ario__json *m = ario__json_first(t->file.header); m; m = ario__json_next(m)) members++;
  t->tensors = calloc(members + 1, sizeof *t->tensors);
  if (!t->tensors) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  for (const ario__json *m = ario__json_first(t->file.header); m; m = ario__json_next(m)) {
    struct tensor *tensor = &t->tensors[t->count];
    tensor->name = ario__json_key(m);
    if (strcmp(tensor->name, "__metadata__") == 0) continue;
    ario_status status = ario__safetensors_entry(m, t->file.data_size, &tensor->entry, error);
    if (status) return status;
    if (tensor->entry.dtype == ARIO_I8)
      return ario_fail(error, ARIO_ERR_UNSUPPORTED, "tensor %s: is I8, which is only for models of tokens",
                       tensor->name);
    if (ario_tensors_has(t, tensor->name))
      return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s occurs twice", tensor->name);
    t->count++;
  }
  ario_status status = read_numbers(t);
  return status ? ario_fail(error, status, "%s", ario_strerror(status)) : ARIO_OK;
}

ario_status ario_tensors_open(const char *directory, ario_tensors **out, ario_error *error) {
  *out = NULL;
  char path[PATH_BYTES];
  if (snprintf(path, sizeof path, "%s/model.safetensors", directory) >= (int)sizeof path)
    return ario_fail(error, ARIO_ERR_LIMIT, "%.60s...: the name is too long", directory);
  ario_tensors *t = calloc(1, sizeof *t);
  if (!t) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  ario_error detail = {""};
  ario_status status = ario__safetensors_open(path, &t->file, &detail);
  if (!status) status = read_entries(t, &detail);
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
  free(tensors->tensors);
  free(tensors->block);
  free(tensors);
}

static const struct tensor *find(const ario_tensors *tensors, const char *name) {
  for (size_t i = 0; i < tensors->count; i++)
    if (strcmp(tensors->tensors[i].name, name) == 0) return &tensors->tensors[i];
  return NULL;
}

bool ario_tensors_has(const ario_tensors *tensors, const char *name) {
  return find(tensors, name);
}

size_t ario_tensors_count(const ario_tensors *tensors) {
  return tensors->count;
}

ario_status ario_tensors_find(const ario_tensors *tensors, const char *name, size_t rank, const size_t *shape,
                              const float **data, ario_error *error) {
  const struct tensor *tensor = find(tensors, name);
  *data = tensor ? tensor->data : NULL;
  if (!tensor) return ario_fail(error, ARIO_ERR_FORMAT, "tensor %s is missing", name);
  return ario__entry_check(name, &tensor->entry, rank, shape, error);
}

static bool size_of(const ario__json *json, size_t least, size_t most, size_t *value) {
  size_t read;
  if (!ario__json_size(json, &read) || read < least || read > most) return false;
  *value = read;
  return true;
}

ario_status ario_tensors_size(const ario_tensors *tensors, const char *key, size_t least, size_t most,
                              size_t *value, ario_error *error) {
  const ario__json *json = ario__json_get(tensors->config, key);
  if (!json || size_of(json, least, most, value)) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_FORMAT, "config.json: %s is not a whole number from %zu to %zu", key,
                   least, most);
}

ario_status ario_tensors_text(const ario_tensors *tensors, const char *key, char *text, size_t room,
                              ario_error *error) {
  const ario__json *json = ario__json_get(tensors->config, key);
  const char *found = json ? ario__json_string(json) : NULL;
  if (json && (!found || strlen(found) >= room))
    return ario_fail(error, ARIO_ERR_FORMAT, "config.json: %s is not a string, or too long", key);
  if (found) memcpy(text, found, strlen(found) + 1);
  return ARIO_OK;
}

ario_status ario_tensors_sizes(const ario_tensors *tensors, const char *key, size_t least, size_t most,
                               size_t *values, size_t room, size_t *count, ario_error *error) {
  const ario__json *json = ario__json_get(tensors->config, key);
  if (!json) return ARIO_OK;
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
