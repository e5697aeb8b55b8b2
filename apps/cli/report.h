// SPDX-License-Identifier: MIT
//
// JSON by cJSON: what --json prints, and files of settings. When memory is short, printing or writing fails.
#ifndef ARIO_APPS_REPORT_H
#define ARIO_APPS_REPORT_H

#include "arioso/status.h"

typedef struct cJSON ario__report;

ario__report *ario__report_object(void);
ario__report *ario__report_array(void);
void ario__report_free(ario__report *root); // safe on NULL
// Add a member; `key` is NULL in an array. The two that return it: it belongs to `parent`.
ario__report *ario__report_add_object(ario__report *parent, const char *key);
ario__report *ario__report_add_array(ario__report *parent, const char *key);
void ario__report_add_whole(ario__report *parent, const char *key, uint64_t number); // all its digits
void ario__report_add_number(ario__report *parent, const char *key, double number);  // not finite: null
void ario__report_add_text(ario__report *parent, const char *key, const char *text); // cleaned; NULL: null
// The text as it is, which need not be UTF-8: for files that are read again.
void ario__report_add_exactly(ario__report *parent, const char *key, const char *text);
void ario__report_add_bool(ario__report *parent, const char *key, bool value);

// Prints where reports go (apps/cli/print.h), with a newline. Returns the exit status of the command, with the reason printed.
int ario__report_print(const ario__report *root, const char *command);
int ario__report_finish(ario__report *root, const char *command); // and frees it

// Writes a file, whole or not at all; replaces an existing one. "-" is standard output.
ARIO_NODISCARD ario_status ario__report_write(ario__report *root, const char *path, ario_error *error);

// Reads a file that holds one JSON object of at most 1 MiB.
ARIO_NODISCARD ario_status ario__report_read(const char *path, ario__report **out, ario_error *error);
const ario__report *ario__report_get(const ario__report *object, const char *key); // NULL if it is not there
const ario__report *ario__report_first(const ario__report *container);             // of an object or array
const ario__report *ario__report_next(const ario__report *value);
const char *ario__report_key(const ario__report *member);
bool ario__report_is_array(const ario__report *value);
// A value as text: a text as it is, a number in digits (in number [32]), "true" and
// "false"; NULL: anything else.
const char *ario__report_text(const ario__report *value, char *number);

#endif
