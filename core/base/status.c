// SPDX-License-Identifier: MIT
//
// Status texts and the one-line error message.
#include "arioso/status.h"
#include "arioso/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *ario_strerror(ario_status status) {
  switch (status) {
#define STATUS_TEXT(name, value, text)                                                                       \
  case ARIO_##name: return text;
    ARIO_STATUS_MAP(STATUS_TEXT)
#undef STATUS_TEXT
  }
  return "unknown status";
}

ario_status ario_fail(ario_error *error, ario_status status, const char *format, ...) {
  if (!error) return status;
  char text[sizeof error->text];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  ario_text_clean(text, strlen(text), error->text, sizeof error->text);
  return status;
}
