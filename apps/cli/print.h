// SPDX-License-Identifier: MIT
//
// What a command reports. All text goes through ario_text_clean, since names in files and of files may hold anything.
#ifndef ARIO_APPS_PRINT_H
#define ARIO_APPS_PRINT_H

#include <stdbool.h>
#include <stdio.h>

// Prints a report, or a part of a line of one, to standard output. Only the end of the format may be a newline: any
// other one comes from a name and is shown as '?'.
void ario__print(const char *format, ...) __attribute__((format(printf, 1, 2)));

// From now on standard output is for data, and reports go to standard error.
void ario__print_aside(void);

// True for "-", the name of standard input and standard output.
bool ario__is_pipe_name(const char *path);

FILE *ario__report_stream(void); // where reports go

#endif
