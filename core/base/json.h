// SPDX-License-Identifier: MIT
//
// The small part of JSON that core reads, on top of cJSON.
#ifndef ARIO_JSON_H
#define ARIO_JSON_H

#include <stdbool.h>
#include <stddef.h>

typedef struct cJSON ario__json; // a value inside a document; lives as long as the document

// Parses text [size]; NULL if it is not JSON or memory is short. Free the document with ario__json_free,
// which is safe on NULL.
ario__json *ario__json_parse(const char *text, size_t size);
void ario__json_free(ario__json *document);

bool ario__json_is_object(const ario__json *value);
const ario__json *ario__json_get(const ario__json *object, const char *key); // NULL if it is missing
const ario__json *ario__json_first(const ario__json *container);             // first member of an object or
                                                                             // array; NULL: none
const ario__json *ario__json_next(const ario__json *value);                  // the one after it; NULL: none
const char *ario__json_key(const ario__json *member);

// These return false if the value is of another kind (for a size: no whole number from 0 to 2^53).
bool ario__json_number(const ario__json *value, double *number);
bool ario__json_size(const ario__json *value, size_t *number);
const char *ario__json_string(const ario__json *value); // NULL if it is not a string

// The value as text without white space, which the caller frees; NULL if memory is short.
char *ario__json_text(const ario__json *value);

#endif
