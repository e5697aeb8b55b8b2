// SPDX-License-Identifier: MIT
//
// Walks folders and reads tables of files.
#include "apps/cli/file_list.h"
#include "apps/cli/csv.h"
#include "apps/cli/paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEEPEST = 32 };

static ario_status add(ario__file_list *list, const char *path, ario__split split, ario_error *error) {
  if (list->count == list->room) {
    size_t room = list->room ? 2 * list->room : 256;
    ario__listed *grown = realloc(list->files, room * sizeof *grown);
    if (!grown) return ario_fail(error, ARIO_ERR_MEMORY, "not enough memory for the names of files");
    list->files = grown;
    list->room = room;
  }
  char *copy = strdup(path);
  if (!copy) return ario_fail(error, ARIO_ERR_MEMORY, "not enough memory for the names of files");
  list->files[list->count++] = (ario__listed){copy, split};
  return ARIO_OK;
}

void ario__file_list_free(ario__file_list *list) {
  for (size_t i = 0; i < list->count; i++) free(list->files[i].path);
  free(list->files);
  *list = (ario__file_list){0};
}

// ---- Folders ----

// Of a folder, only files of the codec's kind are taken; a codec without a suffix takes all.
static bool is_wanted(const ario_codec *codec, const char *name) {
  if (!*codec->suffix) return true;
  return ario__has_suffix(name, codec->suffix) || ario__has_suffix(name, ".u16") ||
         (strcmp(codec->suffix, ".mid") == 0 && ario__has_suffix(name, ".midi"));
}

static ario_status add_folder(ario__file_list *list, const char *folder, int depth,
                              const ario__listing *listing, ario_error *error) {
  struct dirent **entries;
  int count = depth < DEEPEST ? scandir(folder, &entries, NULL, alphasort) : 0;
  if (count < 0)
    return ario_fail(error, ARIO_ERR_IO, "%s: the folder cannot be read: %s", folder, strerror(errno));
  ario_status status = ARIO_OK;
  for (int i = 0; i < count; i++) {
    char path[ARIO__PATH_MOST];
    struct stat info;
    const char *name = entries[i]->d_name;
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!status && name[0] != '.' && length < ARIO__PATH_MOST && stat(path, &info) == 0) {
      if (S_ISDIR(info.st_mode))
        status = add_folder(list, path, depth + 1, listing, error);
      else if (S_ISREG(info.st_mode) && is_wanted(listing->codec, name))
        status = add(list, path, ARIO__NO_SPLIT, error);
    }
    free(entries[i]);
  }
  if (depth < DEEPEST) free(entries);
  return status;
}

// ---- Tables ----

// The column names of a table, for a message.
static const char *names_of(const ario__csv *csv, char *text, size_t room) {
  size_t used = 0;
  text[0] = 0;
  for (size_t i = 0; i < ario__csv_columns(csv) && used < room; i++)
    used += (size_t)snprintf(text + used, room - used, "%s%s", i ? ", " : "", ario__csv_name(csv, i));
  return text;
}

static ario_status find_column(const ario__csv *csv, const char *table, const char *name, size_t length,
                               size_t *column, ario_error *error) {
  char wanted[64], names[256];
  snprintf(wanted, sizeof wanted, "%.*s", (int)length, name);
  *column = ario__csv_find(csv, wanted);
  if (*column != SIZE_MAX) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_FORMAT, "%s: there is no column \"%s\"; there are %s", table, wanted,
                   names_of(csv, names, sizeof names));
}

// A condition "column=value" on a table.
struct condition {
  size_t column;
  const char *value;
};

static ario_status read_conditions(const ario__text_list *where, const ario__csv *csv, const char *table,
                                   struct condition *conditions, ario_error *error) {
  for (size_t i = 0; i < where->count; i++) {
    const char *equals = strchr(where->texts[i], '=');
    if (!equals)
      return ario_fail(error, ARIO_ERR_ARGUMENT, "--where: %s is not of the form column=value",
                       where->texts[i]);
    ario_status status = find_column(csv, table, where->texts[i], (size_t)(equals - where->texts[i]),
                                     &conditions[i].column, error);
    if (status) return status;
    conditions[i].value = equals + 1;
  }
  return ARIO_OK;
}

// For each column with conditions, one of them must hold.
static bool row_is_wanted(const ario__csv *csv, size_t row, const struct condition *conditions,
                          size_t count) {
  for (size_t i = 0; i < count; i++) {
    bool holds = false;
    for (size_t j = 0; j < count; j++)
      if (conditions[j].column == conditions[i].column &&
          strcmp(ario__csv_field(csv, row, conditions[j].column), conditions[j].value) == 0)
        holds = true;
    if (!holds) return false;
  }
  return true;
}

static ario__split split_of(const char *word) {
  if (strcmp(word, "train") == 0) return ARIO__SPLIT_TRAIN;
  bool valid = strcmp(word, "valid") == 0 || strcmp(word, "validation") == 0;
  return valid ? ARIO__SPLIT_VALID : ARIO__SPLIT_OTHER;
}

static ario_status add_row(ario__file_list *list, const char *table, const char *path, ario__split split,
                           ario_error *error) {
  char whole[ARIO__PATH_MOST];
  const char *slash = strrchr(table, '/');
  int folder = slash && *path != '/' ? (int)(slash - table + 1) : 0;
  if (snprintf(whole, sizeof whole, "%.*s%s", folder, table, path) >= ARIO__PATH_MOST)
    return ario_fail(error, ARIO_ERR_FORMAT, "%s: the path %.40s... is too long", table, path);
  return add(list, whole, split, error);
}

static ario_status add_rows(ario__file_list *list, const ario__csv *csv, const char *table,
                            const ario__listing *listing, ario_error *error) {
  size_t path_column = 0, split_column = 0;
  struct condition conditions[ARIO__TEXTS_MOST];
  const char *split = listing->split_column;
  ario_status status = find_column(csv, table, "path", strlen("path"), &path_column, error);
  if (!status && split) status = find_column(csv, table, split, strlen(split), &split_column, error);
  if (!status) status = read_conditions(listing->where, csv, table, conditions, error);
  for (size_t row = 0; !status && row < ario__csv_rows(csv); row++)
    if (row_is_wanted(csv, row, conditions, listing->where->count))
      status = add_row(list, table, ario__csv_field(csv, row, path_column),
                       split ? split_of(ario__csv_field(csv, row, split_column)) : ARIO__NO_SPLIT, error);
  return status;
}

static ario_status add_table(ario__file_list *list, const char *table, const ario__listing *listing,
                             ario_error *error) {
  ario__csv *csv;
  ario_status status = ario__csv_open(table, &csv, error);
  if (!status) status = add_rows(list, csv, table, listing, error);
  ario__csv_free(csv);
  return status;
}

ario_status ario__file_list_add(ario__file_list *list, const char *name, const ario__listing *listing,
                                ario_error *error) {
  struct stat info;
  if (stat(name, &info) != 0)
    return ario_fail(error, errno == ENOENT ? ARIO_ERR_NOT_FOUND : ARIO_ERR_IO, "%s: %s", name,
                     strerror(errno));
  if (S_ISDIR(info.st_mode)) return add_folder(list, name, 0, listing, error);
  if (ario__has_suffix(name, ".csv") && *listing->codec->suffix) return add_table(list, name, listing, error);
  return add(list, name, ARIO__NO_SPLIT, error);
}
