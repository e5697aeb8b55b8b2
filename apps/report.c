// SPDX-License-Identifier: MIT
//
// The only file of apps that includes cJSON.
#include "apps/report.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>

ario__report *ario__report_object(void) {
  return cJSON_CreateObject();
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
  add(parent, key, cJSON_CreateNumber(number));
}

void ario__report_add_text(ario__report *parent, const char *key, const char *text) {
  add(parent, key, text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

void ario__report_add_bool(ario__report *parent, const char *key, bool value) {
  add(parent, key, cJSON_CreateBool(value));
}

bool ario__report_print(ario__report *root) {
  char *text = cJSON_Print(root);
  bool printed = text && puts(text) >= 0 && fflush(stdout) == 0;
  cJSON_free(text);
  return printed;
}
