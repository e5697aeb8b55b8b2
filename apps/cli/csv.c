// SPDX-License-Identifier: MIT
//
// Reads a table and cuts its text into fields in place.
#include "apps/cli/csv.h"
#include "arioso/file.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 256 << 20 };

struct ario__csv {
  char *text;
  char delimiter;      // ',', ';' or tab
  const char **fields; // [(rows + 1) * columns], the names first
  size_t columns, rows, field_count, room;
};

static bool add_field(ario__csv *csv, const char *field) {
  if (csv->field_count == csv->room) {
    size_t room = csv->room ? 2 * csv->room : 1024;
    const char **grown = realloc(csv->fields, room * sizeof *grown);
    if (!grown) return false;
    csv->fields = grown;
    csv->room = room;
  }
  csv->fields[csv->field_count++] = field;
  return true;
}

// Cuts the field at *at in place and moves *at to its delimiter; false if a quote does not end.
static bool cut_field(char delimiter, char **at, const char **field) {
  const char ends[] = {delimiter, '\r', '\n', 0};
  char *from = *at, *to = *at;
  *field = from;
  if (*from != '"') {
    *at += strcspn(from, ends);
    return true;
  }
  *field = to = ++from;
  for (;;) {
    if (!*from) return false;
    if (*from == '"' && *++from != '"') break;
    *to++ = *from++;
  }
  *at = from;
  if (to < from) *to = 0; // the closing quote leaves room for it
  return *from == 0 || strchr(ends, *from);
}

// Cuts one line and moves *at to the next.
static ario_status cut_line(ario__csv *csv, char **at, size_t line, ario_error *error) {
  size_t before = csv->field_count;
  for (char delimiter = csv->delimiter; delimiter == csv->delimiter;) {
    const char *field;
    if (!cut_field(csv->delimiter, at, &field))
      return ario_fail(error, ARIO_ERR_FORMAT, "line %zu: a quote without its end", line);
    if (!add_field(csv, field)) return ario_fail(error, ARIO_ERR_MEMORY, "not enough memory");
    delimiter = **at;
    if (delimiter == '\r' && (*at)[1] == '\n') *(*at)++ = 0;
    if (delimiter) *(*at)++ = 0;
  }
  size_t count = csv->field_count - before;
  if (!csv->columns) csv->columns = count;
  if (count != csv->columns)
    return ario_fail(error, ARIO_ERR_FORMAT, "line %zu: %zu fields, but the first line names %zu", line,
                     count, csv->columns);
  return ARIO_OK;
}

// What separates the names of the columns: of the three that are in use the one that is there most often.
static char find_delimiter(const char *line) {
  size_t commas = 0, semicolons = 0, tabs = 0;
  for (bool quoted = false; *line && (quoted || (*line != '\r' && *line != '\n')); line++) {
    if (*line == '"') quoted = !quoted;
    if (quoted) continue;
    commas += *line == ',';
    semicolons += *line == ';';
    tabs += *line == '\t';
  }
  return tabs > commas && tabs >= semicolons ? '\t' : semicolons > commas ? ';' : ',';
}

static ario_status parse(ario__csv *csv, ario_error *error) {
  char *at = csv->text;
  ario_status status = ARIO_OK;
  if (strncmp(at, "\xef\xbb\xbf", 3) == 0) at += 3; // the byte order mark that some programs write
  csv->delimiter = find_delimiter(at + strspn(at, "\r\n"));
  for (size_t line = 1; !status && *at; line++)
    if (*at == '\n' || *at == '\r')
      at++; // an empty line
    else
      status = cut_line(csv, &at, line, error);
  if (!status && !csv->columns) status = ario_fail(error, ARIO_ERR_FORMAT, "is empty");
  if (!status) csv->rows = csv->field_count / csv->columns - 1;
  return status;
}

ario_status ario__csv_open(const char *path, ario__csv **out, ario_error *error) {
  *out = NULL;
  uint8_t *bytes;
  size_t size;
  ario_error detail = {""};
  ario_status status = ario_file_read(path, MOST_BYTES, &bytes, &size, error);
  if (status) return status;
  ario__csv *csv = calloc(1, sizeof *csv);
  if (csv) csv->text = malloc(size + 1);
  if (csv && csv->text) {
    memcpy(csv->text, bytes, size);
    csv->text[size] = 0;
    status = parse(csv, &detail);
  } else {
    status = ario_fail(&detail, ARIO_ERR_MEMORY, "not enough memory");
  }
  free(bytes);
  if (status) {
    ario__csv_free(csv);
    return ario_fail(error, status, "%s: %s", path, detail.text);
  }
  *out = csv;
  return ARIO_OK;
}

void ario__csv_free(ario__csv *csv) {
  if (!csv) return;
  free(csv->fields);
  free(csv->text);
  free(csv);
}

size_t ario__csv_rows(const ario__csv *csv) {
  return csv->rows;
}

size_t ario__csv_columns(const ario__csv *csv) {
  return csv->columns;
}

const char *ario__csv_name(const ario__csv *csv, size_t column) {
  return csv->fields[column];
}

size_t ario__csv_find(const ario__csv *csv, const char *name) {
  for (size_t i = 0; i < csv->columns; i++)
    if (strcmp(csv->fields[i], name) == 0) return i;
  return SIZE_MAX;
}

const char *ario__csv_field(const ario__csv *csv, size_t row, size_t column) {
  return csv->fields[(row + 1) * csv->columns + column];
}
