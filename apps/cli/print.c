// SPDX-License-Identifier: MIT
//
// Formats, cleans and prints reports.
#include "apps/cli/print.h"
#include "apps/cli/stderr_guard.h"
#include "arioso/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static bool aside;

void ario__print_aside(void) {
  aside = true;
}

bool ario__is_pipe_name(const char *path) {
  return path && strcmp(path, "-") == 0;
}

FILE *ario__report_stream(void) {
  return aside ? ario__stderr() : stdout;
}

void ario__print(const char *format, ...) {
  va_list args;
  va_start(args, format);
  int length = vsnprintf(NULL, 0, format, args);
  va_end(args);
  if (length < 0) return;
  size_t size = (size_t)length, whole = strlen(format);
  bool ends = whole && format[whole - 1] == '\n';
  char *text = malloc(size + 1), *clean = malloc(3 * size + 1);
  if (text && clean) {
    va_start(args, format);
    vsnprintf(text, size + 1, format, args);
    va_end(args);
    ario_text_clean(text, size - ends, clean, 3 * size + 1);
    fprintf(ario__report_stream(), "%s%s", clean, ends ? "\n" : "");
  }
  free(clean);
  free(text);
}
