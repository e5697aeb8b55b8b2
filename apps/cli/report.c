// SPDX-License-Identifier: MIT
//
// The only file of apps that includes cJSON.
#include "apps/cli/report.h"
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/print.h"
#include "arioso/file.h"
#include "arioso/text.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ario__report *ario__report_object(void) {
  return cJSON_CreateObject();
}

ario__report *ario__report_array(void) {
  return cJSON_CreateArray();
}

void ario__report_free(ario__report *root) {
  cJSON_Delete(root);
}

static ario__report *add(ario__report *parent, const char *key, ario__report *value) {
  if (key)
    cJSON_AddItemToObject(parent, key, value);
  else
    cJSON_AddItemToArray(parent, value);
  return value;
}

ario__report *ario__report_add_object(ario__report *parent, const char *key) {
  return add(parent, key, cJSON_CreateObject());
}

ario__report *ario__report_add_array(ario__report *parent, const char *key) {
  return add(parent, key, cJSON_CreateArray());
}

void ario__report_add_whole(ario__report *parent, const char *key, uint64_t number) {
  char digits[32];
  snprintf(digits, sizeof digits, "%" PRIu64, number);
  add(parent, key, cJSON_CreateRaw(digits));
}

void ario__report_add_number(ario__report *parent, const char *key, double number) {
  add(parent, key, isfinite(number) ? cJSON_CreateNumber(number) : cJSON_CreateNull());
}

void ario__report_add_text(ario__report *parent, const char *key, const char *text) {
  size_t size = text ? strlen(text) : 0, room = 3 * size + 1;
  char *clean = text ? malloc(room) : NULL;
  if (clean) ario_text_clean(text, size, clean, room);
  add(parent, key, !text ? cJSON_CreateNull() : clean ? cJSON_CreateString(clean) : NULL);
  free(clean);
}

void ario__report_add_exactly(ario__report *parent, const char *key, const char *text) {
  add(parent, key, cJSON_CreateString(text));
}

void ario__report_add_bool(ario__report *parent, const char *key, bool value) {
  add(parent, key, cJSON_CreateBool(value));
}

int ario__report_print(const ario__report *root, const char *command) {
  char *text = cJSON_Print(root);
  if (!text) return ario__complain(command, "%s", ario_strerror(ARIO_ERR_MEMORY));
  fprintf(ario__report_stream(), "%s\n", text); // main() checks standard output
  cJSON_free(text);
  return ARIO__DONE;
}

int ario__report_finish(ario__report *root, const char *command) {
  int result = ario__report_print(root, command);
  ario__report_free(root);
  return result;
}

ario_status ario__report_write(ario__report *root, const char *path, ario_error *error) {
  char *text = cJSON_Print(root);
  if (!text) return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", path, ario_strerror(ARIO_ERR_MEMORY));
  ario_status status = ario__write_output(path, true, text, strlen(text), error);
  cJSON_free(text);
  return status;
}

ario_status ario__report_read(const char *path, ario__report **out, ario_error *error) {
  enum { MOST_BYTES = 1 << 20 };
  uint8_t *bytes;
  size_t size;
  *out = NULL;
  ario_status status = ario_file_read(path, MOST_BYTES, &bytes, &size, error);
  if (status) return status;
  cJSON *root = cJSON_ParseWithLength((const char *)bytes, size);
  free(bytes);
  if (!cJSON_IsObject(root)) {
    cJSON_Delete(root);
    return ario_fail(error, ARIO_ERR_FORMAT, "%s: is not a JSON object", path);
  }
  *out = root;
  return ARIO_OK;
}

const ario__report *ario__report_get(const ario__report *object, const char *key) {
  return cJSON_GetObjectItemCaseSensitive(object, key);
}

const ario__report *ario__report_first(const ario__report *container) {
  return container->child;
}

const ario__report *ario__report_next(const ario__report *value) {
  return value->next;
}

const char *ario__report_key(const ario__report *member) {
  return member->string;
}

bool ario__report_is_array(const ario__report *value) {
  return cJSON_IsArray(value);
}

const char *ario__report_text(const ario__report *value, char *number) {
  if (cJSON_IsBool(value)) return cJSON_IsTrue(value) ? "true" : "false";
  if (cJSON_IsString(value)) return value->valuestring;
  if (!cJSON_IsNumber(value)) return NULL;
  bool whole = value->valuedouble == floor(value->valuedouble) && fabs(value->valuedouble) < 0x1p53;
  snprintf(number, 32, whole ? "%.0f" : "%.17g", value->valuedouble);
  return number;
}
