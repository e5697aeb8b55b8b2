// SPDX-License-Identifier: MIT
//
// Walks folders and reads tables of files.
#include "apps/cli/file_list.h"
#include "apps/cli/csv.h"
#include "apps/cli/paths.h"
#include "apps/cli/print.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
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
  free(list->folders);
  *list = (ario__file_list){0};
}

// ---- Folders ----

// What a folder has that is not listed: how much of it there is, and the first of it.
struct skipped {
  size_t kinds, broken, again, deep;
  char kind[64], one_broken[160], folder[64], deepest[64]; // names, with the reason where there are several
};

// Of a folder, only files of the codec's kind are taken; a codec without a suffix takes all.
static bool is_wanted(const ario_codec *codec, const char *name) {
  static const char *const midi[] = {".midi", ".kar", ".smf", ".rmi"};
  if (!*codec->suffix || ario__has_suffix(name, codec->suffix) || ario__has_suffix(name, ".u16")) return true;
  for (size_t i = 0; codec->medium == ARIO_MUSIC && i < sizeof midi / sizeof *midi; i++)
    if (ario__has_suffix(name, midi[i])) return true;
  return false;
}

// Remembers a folder. *again: it has been walked already, as when a link leads back to it.
static ario_status visit(ario__file_list *list, const struct stat *info, bool *again, ario_error *error) {
  *again = false;
  for (size_t i = 0; i < list->folder_count && !*again; i++)
    *again = list->folders[i].device == (uint64_t)info->st_dev &&
             list->folders[i].number == (uint64_t)info->st_ino;
  if (*again) return ARIO_OK;
  if (list->folder_count == list->folder_room) {
    size_t room = list->folder_room ? 2 * list->folder_room : 32;
    ario__walked *grown = realloc(list->folders, room * sizeof *grown);
    if (!grown) return ario_fail(error, ARIO_ERR_MEMORY, "not enough memory for the names of folders");
    list->folders = grown;
    list->folder_room = room;
  }
  list->folders[list->folder_count++] = (ario__walked){(uint64_t)info->st_dev, (uint64_t)info->st_ino};
  return ARIO_OK;
}

static void skip_broken(struct skipped *skipped, const char *path, int number) {
  if (!skipped->broken++)
    snprintf(skipped->one_broken, sizeof skipped->one_broken, "%.100s: %s", path, strerror(number));
}

static ario_status add_folder(ario__file_list *list, const char *folder, int depth,
                              const ario__listing *listing, struct skipped *skipped, ario_error *error);

// Adds one entry of a folder, or counts it as skipped.
static ario_status add_entry(ario__file_list *list, const char *path, const char *name, int depth,
                             const ario__listing *listing, struct skipped *skipped, ario_error *error) {
  struct stat info;
  bool again;
  if (stat(path, &info) != 0) {
    skip_broken(skipped, path, errno);
    return ARIO_OK;
  }
  if (S_ISREG(info.st_mode) && is_wanted(listing->codec, name)) return add(list, path, ARIO__NO_SPLIT, error);
  if (!S_ISDIR(info.st_mode)) {
    if (!skipped->kinds++) snprintf(skipped->kind, sizeof skipped->kind, "%.60s", name);
    return ARIO_OK;
  }
  if (depth == DEEPEST) {
    if (!skipped->deep++) snprintf(skipped->deepest, sizeof skipped->deepest, "%.60s", name);
    return ARIO_OK;
  }
  ario_status status = visit(list, &info, &again, error);
  if (status || !again) return status ? status : add_folder(list, path, depth, listing, skipped, error);
  if (!skipped->again++) snprintf(skipped->folder, sizeof skipped->folder, "%.60s", name);
  return ARIO_OK;
}

static ario_status add_folder(ario__file_list *list, const char *folder, int depth,
                              const ario__listing *listing, struct skipped *skipped, ario_error *error) {
  struct dirent **entries;
  int count = scandir(folder, &entries, NULL, alphasort);
  if (count < 0 && depth) {
    skip_broken(skipped, folder, errno);
    return ARIO_OK;
  }
  if (count < 0)
    return ario_fail(error, ARIO_ERR_IO, "%s: the folder cannot be read: %s", folder, strerror(errno));
  ario_status status = ARIO_OK;
  for (int i = 0; i < count; i++) {
    char path[ARIO__PATH_MOST];
    const char *name = entries[i]->d_name;
    bool fits = snprintf(path, sizeof path, "%s/%s", folder, name) < ARIO__PATH_MOST;
    if (!status && name[0] != '.' && fits)
      status = add_entry(list, path, name, depth + 1, listing, skipped, error);
    else if (!fits)
      skip_broken(skipped, folder, ENAMETOOLONG);
    free(entries[i]);
  }
  free(entries);
  return status;
}

// Says in one line what was skipped, and why.
static void say_skipped(const char *folder, const struct skipped *s) {
  char text[512] = "";
  size_t used = 0;
  if (s->kinds) used += (size_t)snprintf(text, sizeof text, ", %zu of another kind (%s)", s->kinds, s->kind);
  if (s->broken)
    used += (size_t)snprintf(text + used, sizeof text - used, ", %zu that cannot be read (%s)", s->broken,
                             s->one_broken);
  if (s->again)
    used += (size_t)snprintf(text + used, sizeof text - used, ", %zu folder%s met before (%s)", s->again,
                             s->again == 1 ? "" : "s", s->folder);
  if (s->deep)
    snprintf(text + used, sizeof text - used, ", %zu folder%s more than %d deep (%s)", s->deep,
             s->deep == 1 ? "" : "s", DEEPEST, s->deepest);
  if (*text) ario__warn("%s: skipped: %s", folder, text + 2);
}

static ario_status add_walk(ario__file_list *list, const char *folder, const struct stat *info,
                            const ario__listing *listing, ario_error *error) {
  struct skipped skipped = {0};
  bool again;
  ario_status status = visit(list, info, &again, error);
  if (!status && again) ario__warn("%s: skipped: the folder was met before", folder);
  if (!status && !again) status = add_folder(list, folder, 0, listing, &skipped, error);
  if (!status) say_skipped(folder, &skipped);
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

// *known: the word is one of those that are in use.
static ario__split split_of(const char *word, bool *known) {
  static const struct {
    const char *word;
    ario__split split;
  } words[] = {{"train", ARIO__SPLIT_TRAIN}, {"valid", ARIO__SPLIT_VALID}, {"validation", ARIO__SPLIT_VALID},
               {"val", ARIO__SPLIT_VALID},   {"dev", ARIO__SPLIT_VALID},   {"eval", ARIO__SPLIT_VALID},
               {"test", ARIO__SPLIT_OTHER}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcasecmp(word, words[i].word) == 0) {
      *known = true;
      return words[i].split;
    }
  *known = false;
  return ARIO__SPLIT_OTHER;
}

// The column with the paths: the one that is named; or "path"; or MAESTRO's.
static ario_status find_paths(const ario__csv *csv, const char *table, const ario__listing *listing,
                              size_t *column, ario_error *error) {
  const char *named = listing->path_column, *usual = "path";
  const char *other = listing->codec->medium == ARIO_SOUND ? "audio_filename" : "midi_filename";
  if (!named && ario__csv_find(csv, usual) == SIZE_MAX && ario__csv_find(csv, other) != SIZE_MAX)
    named = other;
  if (!named) named = usual;
  ario_error detail = {""};
  ario_status status = find_column(csv, table, named, strlen(named), column, &detail);
  if (status)
    ario_fail(error, status, "%s%s", detail.text, listing->path_column ? "" : "; --path-column names it");
  return status;
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
  size_t path_column = 0, split_column = 0, unknown = 0;
  struct condition conditions[ARIO__TEXTS_MOST];
  const char *split = listing->split_column, *strange = "";
  ario_status status = find_paths(csv, table, listing, &path_column, error);
  if (!status && split) status = find_column(csv, table, split, strlen(split), &split_column, error);
  if (!status) status = read_conditions(listing->where, csv, table, conditions, error);
  for (size_t row = 0; !status && row < ario__csv_rows(csv); row++) {
    if (!row_is_wanted(csv, row, conditions, listing->where->count)) continue;
    const char *word = split ? ario__csv_field(csv, row, split_column) : "";
    bool known;
    ario__split part = split_of(word, &known);
    if (split && !known && !unknown++) strange = word;
    status =
        add_row(list, table, ario__csv_field(csv, row, path_column), split ? part : ARIO__NO_SPLIT, error);
  }
  if (!status && unknown)
    ario__warn(
        "%s: %zu row%s left out: the split \"%.40s\" is none of train, valid (val, dev, eval) and test",
        table, unknown, unknown == 1 ? " is" : "s are", strange);
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
  bool table = ario__has_suffix(name, ".csv") || ario__has_suffix(name, ".tsv");
  if (ario__is_pipe_name(name)) return add(list, name, ARIO__NO_SPLIT, error);
  if (stat(name, &info) != 0)
    return ario_fail(error, errno == ENOENT ? ARIO_ERR_NOT_FOUND : ARIO_ERR_IO, "%s: %s", name,
                     strerror(errno));
  if (S_ISDIR(info.st_mode)) return add_walk(list, name, &info, listing, error);
  if (table && *listing->codec->suffix) return add_table(list, name, listing, error);
  return add(list, name, ARIO__NO_SPLIT, error);
}
