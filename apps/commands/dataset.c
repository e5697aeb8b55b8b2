// SPDX-License-Identifier: MIT
//
// Reading files into tokens, and keeping some aside to judge by.
#include "apps/commands/dataset.h"
#include "apps/cli/file_list.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/mapped_guard.h"
#include "apps/cli/progress.h"
#include "apps/commands/token_io.h"
#include "arioso/hash.h"

#include <stdlib.h>
#include <string.h>

enum { WARNINGS = 5 };

// A file that was read.
struct item {
  ario__split split;
  ario_token *tokens; // [count]
  size_t count;
  uint64_t hash; // of them
};

struct dataset {
  const ario__dataset_options *options;
  ario__dataset_summary *summary;
  ario__file_list list;
  struct item *items; // [count]
  size_t count;
};

// ---- Reading ----

// Of a piece alone, so that its choice does not depend on the other files.
static uint64_t hash_of(const ario_token *tokens, size_t count) {
  uint64_t hash = ARIO_HASH_START;
  for (size_t i = 0; i < count; i++) hash = ario_hash_number(hash, tokens[i]);
  return hash ^ hash >> 29;
}

// Reads a file's tokens; false if that fails.
static bool read_item(struct dataset *set, const ario__listed *file, struct item *item) {
  ario_error error = {""};
  const ario__dataset_options *options = set->options;
  const ario__input input = ario__input_named(file->path);
  ario_status status =
      ario__read_tokens(options->codec, options->model, &input, &item->tokens, &item->count, &error);
  if (status) {
    if (set->summary->unreadable++ < WARNINGS) ario__warn("%s (skipped)", error.text);
    return false;
  }
  item->split = file->split;
  item->hash = hash_of(item->tokens, item->count);
  return true;
}

// Bos and eos alone are no music; a single raw token leaves nothing to predict.
static bool has_nothing(const struct dataset *set, const struct item *item) {
  return item->count < (set->options->codec->medium == ARIO_RAW ? 2u : 3u);
}

static ario_status read_all(struct dataset *set, ario_error *error) {
  ario__progress progress;
  ario__progress_start(&progress, "reading");
  set->items = calloc(set->list.count + 1, sizeof *set->items);
  if (!set->items) return ario_fail(error, ARIO_ERR_MEMORY, "not enough memory for the pieces");
  ario_status status = ARIO_OK;
  for (size_t i = 0; i < set->list.count && !status; i++) {
    struct item *item = &set->items[set->count];
    const ario__listed *file = &set->list.files[i];
    if (file->split == ARIO__SPLIT_OTHER) {
      set->summary->other++;
    } else if (++set->summary->files, read_item(set, file, item)) {
      bool empty = has_nothing(set, item);
      if (empty) free(item->tokens);
      set->summary->empty += empty;
      set->count += !empty;
    }
    ario__progress_show(&progress, (double)(i + 1) / (double)set->list.count, NULL);
    status = ario__interrupt_check(error);
  }
  ario__progress_end(&progress);
  return status;
}

// ---- Validation pieces ----

static int by_hash(const void *a, const void *b) {
  const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;
  return x->hash < y->hash ? -1 : x->hash > y->hash;
}

// Takes the wanted share of the pieces without a split for validation, at least one of two or more. Copies of
// one piece have the same hash and stay together.
static ario_status draw_parts(struct dataset *set, ario_error *error) {
  struct item **order = calloc(set->count + 1, sizeof *order);
  if (!order) return ario_fail(error, ARIO_ERR_MEMORY, "not enough memory for the names of files");
  size_t count = 0;
  for (size_t i = 0; i < set->count; i++)
    if (set->items[i].split == ARIO__NO_SPLIT) order[count++] = &set->items[i];
  qsort(order, count, sizeof *order, by_hash);
  size_t held = (size_t)((double)count * set->options->hold_out + 0.5);
  if (set->options->hold_out > 0 && held == 0) held = 1;
  if (held >= count) held = count ? count - 1 : 0;
  while (held && held < count && order[held]->hash == order[held - 1]->hash) held++;
  if (held == count) held = 0; // copies of one piece
  for (size_t i = 0; i < count; i++) order[i]->split = i < held ? ARIO__SPLIT_VALID : ARIO__SPLIT_TRAIN;
  free(order);
  return ARIO_OK;
}

static ario_status collect(struct dataset *set, ario_corpus *corpus) {
  ario_status status = ARIO_OK;
  double share = set->options->hold_out;
  if (set->count == 1 && set->items[0].split == ARIO__SPLIT_TRAIN &&
      share > 0) { // its tail is for validation
    const struct item *item = &set->items[0];
    size_t tail = (size_t)((double)item->count * share), rest = item->count - tail;
    if (tail >= 2 && rest >= 2) {
      status = ario_corpus_add(corpus, ARIO_CORPUS_TRAIN, item->tokens, rest);
      return status ? status : ario_corpus_add(corpus, ARIO_CORPUS_VALID, item->tokens + rest, tail);
    }
  }
  for (size_t i = 0; i < set->count && !status; i++) {
    const struct item *item = &set->items[i];
    status = ario_corpus_add(corpus, item->split == ARIO__SPLIT_VALID ? ARIO_CORPUS_VALID : ARIO_CORPUS_TRAIN,
                             item->tokens, item->count);
  }
  return status;
}

static ario_status check_found(const struct dataset *set, char **names, size_t count, ario_error *error) {
  const ario__dataset_summary *found = set->summary;
  size_t train = 0;
  for (size_t i = 0; i < set->count; i++) train += set->items[i].split == ARIO__SPLIT_TRAIN;
  if (train) return ARIO_OK;
  const char *more = count > 1 ? " and the others" : "";
  if (!found->files)
    return ario_fail(error, ARIO_ERR_FORMAT, "%s%s: no files to train on%s", names[0], more,
                     found->other ? ": no wanted row is in the split \"train\"" : "");
  return ario_fail(error, ARIO_ERR_FORMAT,
                   "%s%s: nothing to train on: of %zu files %zu cannot be read and %zu are empty", names[0],
                   more, found->files, found->unreadable, found->empty);
}

static ario_status open_files(struct dataset *set, char **names, size_t count, ario_corpus **out,
                              ario_error *error) {
  const ario__dataset_options *options = set->options;
  const ario__listing listing = {options->codec, options->split_column, options->where, options->path_column};
  ario_status status = ARIO_OK;
  for (size_t i = 0; i < count && !status; i++)
    status = ario__file_list_add(&set->list, names[i], &listing, error);
  if (!status) status = read_all(set, error);
  if (!status) status = draw_parts(set, error);
  if (!status) status = check_found(set, names, count, error);
  if (status) return status;
  const ario_config *model = options->model;
  status = ario_corpus_create(model->vocab_size, options->codec->name, options->codec->version, out);
  uint8_t identity[ARIO_IDENTITY_BYTES];
  if (!status && options->codec->identify) {
    if ((status = options->codec->identify(model, identity, error))) return status;
    ario_corpus_set_identity(*out, identity);
  }
  if (!status) status = collect(set, *out);
  return status ? ario_fail(error, status, "the corpus: %s", ario_strerror(status)) : ARIO_OK;
}

static ario_status open_cache(const char *path, const ario__dataset_options *options, ario_corpus **out,
                              ario_error *error) {
  ario__mapped_guard(path);
  ario_status status = ario_corpus_open(path, out, error);
  if (status) return status;
  const char *codec = ario_corpus_codec(*out);
  if (strcmp(codec, options->codec->name) != 0)
    return ario_fail(error, ARIO_ERR_FORMAT, "%s: its tokens are of the codec \"%s\", not \"%s\"", path,
                     codec, options->codec->name);
  if (ario_corpus_codec_version(*out) != options->codec->version)
    return ario_fail(error, ARIO_ERR_UNSUPPORTED,
                     "%s: was made by version %u of the codec, and this is version %u; make it again with "
                     "--tokenize-only",
                     path, ario_corpus_codec_version(*out), options->codec->version);
  ario_error detail = {""};
  if (options->codec->recognize)
    status = options->codec->recognize(ario_corpus_identity(*out), options->model, &detail);
  return status ? ario_fail(error, status, "%s: %s", path, detail.text) : ARIO_OK;
}

ario_status ario__dataset_open(char **names, size_t count, const ario__dataset_options *options,
                               ario_corpus **out, ario__dataset_summary *summary, ario_error *error) {
  *out = NULL;
  *summary = (ario__dataset_summary){0};
  ario_status status;
  if (ario_corpus_is_cache(names[0])) {
    status = count == 1 ? open_cache(names[0], options, out, error)
                        : ario_fail(error, ARIO_ERR_ARGUMENT,
                                    "%s: a token cache cannot be combined with other data", names[0]);
  } else {
    struct dataset set = {.options = options, .summary = summary};
    status = open_files(&set, names, count, out, error);
    for (size_t i = 0; i < set.count; i++) free(set.items[i].tokens);
    free(set.items);
    ario__file_list_free(&set.list);
  }
  if (status) {
    ario_corpus_free(*out);
    *out = NULL;
  }
  return status;
}
