// SPDX-License-Identifier: MIT
//
// Collecting files, reading them into tokens, and keeping some aside to judge by.
#include "apps/dataset.h"
#include "apps/csv.h"
#include "apps/files.h"
#include "apps/interrupt.h"
#include "apps/progress.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEEPEST = 32, WARNINGS = 5 };

// Where a file goes: a table says it, or a share is held out.
enum part { TRAIN = ARIO_TRAIN, VALID = ARIO_VALID, TO_BE_DRAWN };

struct item {
  char *path;
  enum part part;
  size_t count;  // tokens; 0: not read
  uint64_t hash; // of them
  ario_token *tokens;
};

struct dataset {
  const ario__dataset_options *options;
  ario__dataset_summary *summary;
  struct item *items; // [count]
  size_t count, room;
};

// ---- Collecting ----

static ario_status add(struct dataset *set, const char *path, enum part part, ario_error *error) {
  if (set->count == set->room) {
    size_t room = set->room ? 2 * set->room : 256;
    struct item *grown = realloc(set->items, room * sizeof *grown);
    if (!grown) return ario_fail(error, ARIO_ERR_MEMORY, "not enough memory for the names of files");
    set->items = grown;
    set->room = room;
  }
  struct item *item = &set->items[set->count];
  *item = (struct item){.path = strdup(path), .part = part};
  if (!item->path) return ario_fail(error, ARIO_ERR_MEMORY, "not enough memory for the names of files");
  set->count++;
  return ARIO_OK;
}

// In a folder only files of the codec's kind count; one without a kind of its own takes all.
static bool is_wanted(const ario_codec *codec, const char *name) {
  if (!*codec->suffix) return true;
  return ario__has_suffix(name, codec->suffix) || ario__has_suffix(name, ".u16") ||
         (strcmp(codec->suffix, ".mid") == 0 && ario__has_suffix(name, ".midi"));
}

static ario_status add_folder(struct dataset *set, const char *folder, int depth, ario_error *error) {
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
        status = add_folder(set, path, depth + 1, error);
      else if (S_ISREG(info.st_mode) && is_wanted(set->options->codec, name))
        status = add(set, path, TO_BE_DRAWN, error);
    }
    free(entries[i]);
  }
  if (depth < DEEPEST) free(entries);
  return status;
}

// ---- Tables ----

// Column names of a table, for a message.
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

static ario_status read_conditions(const struct dataset *set, const ario__csv *csv, const char *table,
                                   struct condition *conditions, ario_error *error) {
  const ario__text_list *where = set->options->where;
  for (size_t i = 0; i < where->count; i++) {
    const char *equals = strchr(where->texts[i], '=');
    if (!equals)
      return ario_fail(error, ARIO_ERR_ARGUMENT, "--where: %s is not like column=value", where->texts[i]);
    ario_status status = find_column(csv, table, where->texts[i], (size_t)(equals - where->texts[i]),
                                     &conditions[i].column, error);
    if (status) return status;
    conditions[i].value = equals + 1;
  }
  return ARIO_OK;
}

// Of the conditions on one column one has to hold.
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

static ario_status add_row(struct dataset *set, const ario__csv *csv, const char *table, size_t row,
                           size_t path_column, size_t split_column, ario_error *error) {
  const char *split = ario__csv_field(csv, row, split_column);
  const char *path = ario__csv_field(csv, row, path_column), *slash = strrchr(table, '/');
  bool valid = strcmp(split, "valid") == 0 || strcmp(split, "validation") == 0;
  if (!valid && strcmp(split, "train") != 0) {
    set->summary->other++;
    return ARIO_OK;
  }
  char whole[ARIO__PATH_MOST];
  int folder = slash && *path != '/' ? (int)(slash - table + 1) : 0;
  if (snprintf(whole, sizeof whole, "%.*s%s", folder, table, path) >= ARIO__PATH_MOST)
    return ario_fail(error, ARIO_ERR_FORMAT, "%s: row %zu: the path is too long", table, row + 1);
  return add(set, whole, valid ? VALID : TRAIN, error);
}

static ario_status add_table(struct dataset *set, const char *table, ario_error *error) {
  ario__csv *csv;
  ario_status status = ario__csv_open(table, &csv, error);
  if (status) return status;
  size_t path_column = 0, split_column = 0, wanted = set->options->where->count;
  struct condition conditions[ARIO__TEXTS_MOST];
  const char *split = set->options->split_column;
  status = find_column(csv, table, "path", strlen("path"), &path_column, error);
  if (!status) status = find_column(csv, table, split, strlen(split), &split_column, error);
  if (!status) status = read_conditions(set, csv, table, conditions, error);
  for (size_t row = 0; !status && row < ario__csv_rows(csv); row++)
    if (row_is_wanted(csv, row, conditions, wanted))
      status = add_row(set, csv, table, row, path_column, split_column, error);
  ario__csv_free(csv);
  return status;
}

static ario_status add_name(struct dataset *set, const char *name, ario_error *error) {
  struct stat info;
  if (stat(name, &info) != 0)
    return ario_fail(error, errno == ENOENT ? ARIO_ERR_NOT_FOUND : ARIO_ERR_IO, "%s: %s", name,
                     strerror(errno));
  if (S_ISDIR(info.st_mode)) return add_folder(set, name, 0, error);
  if (ario__has_suffix(name, ".csv") && *set->options->codec->suffix) return add_table(set, name, error);
  return add(set, name, TO_BE_DRAWN, error);
}

// ---- Reading ----

// FNV-1a, for a choice that stays the same when other files come and go.
static uint64_t hash_of(const ario_token *tokens, size_t count) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < count; i++) hash = (hash ^ tokens[i]) * 0x100000001b3u;
  return hash ^ hash >> 29;
}

static void read_item(struct dataset *set, struct item *item) {
  ario_error error = {""};
  const ario__dataset_options *options = set->options;
  ario_status status =
      ario__read_tokens(options->codec, options->vocab_size, item->path, &item->tokens, &item->count, &error);
  if (status) {
    if (set->summary->unreadable++ < WARNINGS) ario__warn("%s (skipped)", error.text);
    return;
  }
  item->hash = hash_of(item->tokens, item->count);
}

// With bos and eos alone there is no music; without a second token nothing to predict.
static bool has_nothing(const struct dataset *set, const struct item *item) {
  return item->count < (strcmp(set->options->codec->name, "raw") == 0 ? 2u : 3u);
}

static ario_status read_all(struct dataset *set, ario_error *error) {
  ario__progress progress;
  ario__progress_start(&progress, "reading");
  ario_status status = ARIO_OK;
  size_t kept = 0;
  for (size_t i = 0; i < set->count; i++) {
    struct item *item = &set->items[i];
    if (!status) status = ario__interrupt_check(error);
    if (!status) read_item(set, item);
    if (item->tokens && has_nothing(set, item)) set->summary->empty++;
    if (item->tokens && !has_nothing(set, item)) {
      set->items[kept++] = *item;
    } else {
      free(item->tokens);
      free(item->path);
    }
    ario__progress_show(&progress, (double)(i + 1) / (double)set->count, NULL);
  }
  ario__progress_end(&progress);
  set->summary->files = set->count;
  set->summary->used = set->count = kept;
  return status;
}

// ---- Holding out ----

static int by_hash(const void *a, const void *b) {
  const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;
  return x->hash < y->hash ? -1 : x->hash > y->hash;
}

// Of the pieces whose part is to be drawn the wanted share is held out, at least one of two or more. Copies
// of one piece have one hash and stay together.
static ario_status draw_parts(struct dataset *set, ario_error *error) {
  struct item **order = calloc(set->count + 1, sizeof *order);
  if (!order) return ario_fail(error, ARIO_ERR_MEMORY, "not enough memory for the names of files");
  size_t count = 0;
  for (size_t i = 0; i < set->count; i++)
    if (set->items[i].part == TO_BE_DRAWN) order[count++] = &set->items[i];
  qsort(order, count, sizeof *order, by_hash);
  size_t held = (size_t)((double)count * set->options->hold_out + 0.5);
  if (set->options->hold_out > 0 && held == 0) held = 1;
  if (held >= count) held = count ? count - 1 : 0;
  while (held && held < count && order[held]->hash == order[held - 1]->hash) held++;
  if (held == count) held = 0; // copies of one piece
  for (size_t i = 0; i < count; i++) order[i]->part = i < held ? VALID : TRAIN;
  free(order);
  return ARIO_OK;
}

static ario_status collect(struct dataset *set, ario_corpus *corpus) {
  ario_status status = ARIO_OK;
  double share = set->options->hold_out;
  if (set->count == 1 && set->items[0].part == TRAIN && share > 0) { // its tail is held out
    const struct item *item = &set->items[0];
    size_t tail = (size_t)((double)item->count * share), rest = item->count - tail;
    if (tail >= 2 && rest >= 2) {
      status = ario_corpus_add(corpus, ARIO_TRAIN, item->tokens, rest);
      return status ? status : ario_corpus_add(corpus, ARIO_VALID, item->tokens + rest, tail);
    }
  }
  for (size_t i = 0; i < set->count && !status; i++)
    status =
        ario_corpus_add(corpus, (ario_part)set->items[i].part, set->items[i].tokens, set->items[i].count);
  return status;
}

static ario_status check_found(const struct dataset *set, char **names, size_t count, ario_error *error) {
  const ario__dataset_summary *found = set->summary;
  size_t train = 0;
  for (size_t i = 0; i < set->count; i++) train += set->items[i].part == TRAIN;
  if (train) return ARIO_OK;
  const char *more = count > 1 ? " and the others" : "";
  if (!found->files)
    return ario_fail(error, ARIO_ERR_FORMAT, "%s%s: no files to learn from%s", names[0], more,
                     found->other ? ": no row that is wanted is in the part \"train\"" : "");
  return ario_fail(error, ARIO_ERR_FORMAT,
                   "%s%s: nothing to learn from: of %zu files %zu cannot be read and %zu are empty", names[0],
                   more, found->files, found->unreadable, found->empty);
}

static ario_status open_files(struct dataset *set, char **names, size_t count, ario_corpus **out,
                              ario_error *error) {
  const ario__dataset_options *options = set->options;
  ario_status status = ARIO_OK;
  for (size_t i = 0; i < count && !status; i++) status = add_name(set, names[i], error);
  if (!status) status = read_all(set, error);
  if (!status) status = draw_parts(set, error);
  if (!status) status = check_found(set, names, count, error);
  if (status) return status;
  status = ario_corpus_create(options->vocab_size, options->codec->name, options->codec->version, out);
  if (!status) status = collect(set, *out);
  return status ? ario_fail(error, status, "the corpus: %s", ario_strerror(status)) : ARIO_OK;
}

static ario_status open_cache(const char *path, const ario__dataset_options *options, ario_corpus **out,
                              ario_error *error) {
  ario_status status = ario_corpus_open(path, out, error);
  if (status) return status;
  const char *codec = ario_corpus_codec(*out);
  if (strcmp(codec, options->codec->name) != 0)
    return ario_fail(error, ARIO_ERR_FORMAT, "%s: its tokens are of the codec \"%s\", not \"%s\"", path,
                     codec, options->codec->name);
  if (ario_corpus_codec_version(*out) != options->codec->version)
    return ario_fail(error, ARIO_ERR_UNSUPPORTED,
                     "%s: was made by version %u of the codec's rules, this is version %u; make it again "
                     "with --tokenize-only",
                     path, ario_corpus_codec_version(*out), options->codec->version);
  return ARIO_OK;
}

ario_status ario__dataset_open(char **names, size_t count, const ario__dataset_options *options,
                               ario_corpus **out, ario__dataset_summary *summary, ario_error *error) {
  *out = NULL;
  *summary = (ario__dataset_summary){0};
  ario_status status;
  if (ario_corpus_is_cache(names[0])) {
    status = count == 1 ? open_cache(names[0], options, out, error)
                        : ario_fail(error, ARIO_ERR_ARGUMENT, "%s: a token cache stands alone", names[0]);
  } else {
    struct dataset set = {.options = options, .summary = summary};
    status = open_files(&set, names, count, out, error);
    for (size_t i = 0; i < set.count; i++) {
      free(set.items[i].path);
      free(set.items[i].tokens);
    }
    free(set.items);
  }
  if (status) {
    ario_corpus_free(*out);
    *out = NULL;
  }
  return status;
}
