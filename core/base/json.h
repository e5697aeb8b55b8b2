// SPDX-License-Identifier: MIT
//
// The little of JSON that core reads, over cJSON.
#ifndef ARIO_JSON_H
#define ARIO_JSON_H

#include <stdbool.h>
#include <stddef.h>

typedef struct cJSON ario__json; // a value inside a document; lives as long as the document

// NULL if the text [size] is not JSON or memory is short. Free the document with ario__json_free (safe on
// NULL).
ario__json *ario__json_parse(const char *text, size_t size);
void ario__json_free(ario__json *document);

bool ario__json_is_object(const ario__json *value);
const ario__json *ario__json_get(const ario__json *object, const char *key); // NULL if it is not there
const ario__json *ario__json_first(const ario__json *container);             // of an object or array
const ario__json *ario__json_next(const ario__json *value);
const char *ario__json_key(const ario__json *member);

// These return false if the value is of another kind (or, for a size, no whole number from 0 to 2^53).
bool ario__json_number(const ario__json *value, double *number);
bool ario__json_size(const ario__json *value, size_t *number);
const char *ario__json_string(const ario__json *value); // NULL if it is no string

// The value as text without white space, which the caller frees; NULL if memory is short.
char *ario__json_text(const ario__json *value);

#endif
