// SPDX-License-Identifier: MIT
//
// The only file of core that includes cJSON.
#include "core/base/json.h"

#include <cjson/cJSON.h>
#include <math.h>

ario__json *ario__json_parse(const char *text, size_t size) {
  return cJSON_ParseWithLength(text, size);
}

void ario__json_free(ario__json *document) {
  cJSON_Delete(document);
}

bool ario__json_is_object(const ario__json *value) {
  return cJSON_IsObject(value);
}

const ario__json *ario__json_get(const ario__json *object, const char *key) {
  return cJSON_GetObjectItemCaseSensitive(object, key);
}

const ario__json *ario__json_first(const ario__json *container) {
  return container ? container->child : NULL;
}

const ario__json *ario__json_next(const ario__json *value) {
  return value->next;
}

const char *ario__json_key(const ario__json *member) {
  return member->string;
}

bool ario__json_number(const ario__json *value, double *number) {
  if (!cJSON_IsNumber(value) || !isfinite(value->valuedouble)) return false;
  *number = value->valuedouble;
  return true;
}

bool ario__json_size(const ario__json *value, size_t *number) {
  double x;
  if (!ario__json_number(value, &x) || x < 0 || x > 0x1p53 || x != floor(x)) return false;
  *number = (size_t)x;
  return true;
}

const char *ario__json_string(const ario__json *value) {
  return cJSON_GetStringValue(value);
}

char *ario__json_text(const ario__json *value) {
  return cJSON_PrintUnformatted(value);
}
