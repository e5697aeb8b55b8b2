// SPDX-License-Identifier: MIT
//
// Names of sample formats.
#include "apps/cli/sample_format.h"

#include <string.h>

static const char *const names[] = {
    [ARIO_SAMPLE_S16] = "s16", [ARIO_SAMPLE_S24] = "s24", [ARIO_SAMPLE_FLOAT] = "float"};

const char *ario__format_name(ario_sample_format format) {
  return names[format];
}

bool ario__format_find(const char *name, ario_sample_format *format) {
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i]) == 0) {
      *format = (ario_sample_format)i;
      return true;
    }
  return false;
}
