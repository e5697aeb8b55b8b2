// SPDX-License-Identifier: MIT
//
// Formats of samples by the names that options have for them.
#ifndef ARIO_APPS_SAMPLE_FORMAT_H
#define ARIO_APPS_SAMPLE_FORMAT_H

#include "arioso/sound.h"

// "s16", "s24" or "float"; false for any other name.
bool ario__format_find(const char *name, ario_sample_format *format);
const char *ario__format_name(ario_sample_format format);

#endif
