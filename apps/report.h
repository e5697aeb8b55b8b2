// SPDX-License-Identifier: MIT
//
// What --json prints, over cJSON. Out of memory shows when it is printed.
#ifndef ARIO_APPS_REPORT_H
#define ARIO_APPS_REPORT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct cJSON ario__report;

ario__report *ario__report_object(void);
void ario__report_free(ario__report *root); // safe on NULL
// These return the new member, which belongs to `parent`. In an array `key` is NULL.
ario__report *ario__report_add_object(ario__report *parent, const char *key);
ario__report *ario__report_add_array(ario__report *parent, const char *key);
void ario__report_add_whole(ario__report *parent, const char *key, uint64_t number); // all its digits
void ario__report_add_number(ario__report *parent, const char *key, double number);
void ario__report_add_text(ario__report *parent, const char *key, const char *text); // NULL: null
void ario__report_add_bool(ario__report *parent, const char *key, bool value);

// Prints to standard output, with a newline; false if memory or the output failed.
bool ario__report_print(ario__report *root);

#endif
