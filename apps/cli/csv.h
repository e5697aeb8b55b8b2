// SPDX-License-Identifier: MIT
//
// CSV tables with a line of column names (RFC 4180: fields may be quoted, quotes in them doubled). Written by
// hand: that is less code than a library's error handling.
#ifndef ARIO_APPS_CSV_H
#define ARIO_APPS_CSV_H

#include "arioso/status.h"

typedef struct ario__csv ario__csv;

// Reads a file of at most 256 MiB. Errors: those of ario_file_read; ERR_FORMAT, which names the line, for an
// open quote or another number of fields than in the first line.
ARIO_NODISCARD ario_status ario__csv_open(const char *path, ario__csv **out, ario_error *error);
void ario__csv_free(ario__csv *csv); // safe on NULL

size_t ario__csv_rows(const ario__csv *csv); // without the column names
size_t ario__csv_columns(const ario__csv *csv);
const char *ario__csv_name(const ario__csv *csv, size_t column);
// The column of this name; SIZE_MAX if there is none.
size_t ario__csv_find(const ario__csv *csv, const char *name);
const char *ario__csv_field(const ario__csv *csv, size_t row, size_t column);

#endif
