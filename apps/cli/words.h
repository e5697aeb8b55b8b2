// SPDX-License-Identifier: MIT
//
// Words that were typed wrong.
#ifndef ARIO_APPS_WORDS_H
#define ARIO_APPS_WORDS_H

#include <stddef.h>

enum { ARIO__WORD_MOST = 32 }; // characters that are compared

// How many characters must be inserted, left out, replaced or swapped with their neighbours to make one word of another,
// in capitals or not; SIZE_MAX for longer ones.
size_t ario__word_distance(const char *a, const char *b);

#endif
