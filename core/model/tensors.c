// SPDX-License-Identifier: MIT
//
// Model directories of any kind.
#include "arioso/tensors.h"
#include "core/base/json.h"
#include "core/base/memory.h"
#include "core/base/regular_file.h"
#include "core/model/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CONFIG_BYTES = 1 << 20, PATH_BYTES = 4096 };

struct ario_tensors {
  uint8_t *text; // of config.json
  ario__json *config;
  struct ario__safetensors file;
};

static ario_status read_config(ario_tensors *t, const char *path, ario_error *error) {
  size_t size;
  ario_status status = ario__regular_file_read(path, MAX_CONFIG_BYTES, &t->text, &size, error);
  if (status) return status;
  t->config = ario__json_parse((const char *)t->text, size);
  if (ario__json_is_object(t->config)) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_FORMAT, "%s: is not a JSON object", path);
}

static ario_status check_dtypes(const struct ario__safetensors *file, ario_error *error) {
  for (size_t i = 0; i < file->count; i++)
    if (file->entries[i].dtype == ARIO_I8)
      return ario_fail(error, ARIO_ERR_UNSUPPORTED, "tensor %s: is I8, which is only for models of tokens",
                       file->entries[i].name);
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
  if (!status) status = check_dtypes(&t->file, &detail);
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
  return tensors->file.count;
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
  if (status)
    free(numbers);
  else
    *data = numbers;
  return status;
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
