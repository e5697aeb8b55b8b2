// SPDX-License-Identifier: MIT
//
// Reads what a user names (folders, tables, files, token caches) into a corpus.
#ifndef ARIO_APPS_DATASET_H
#define ARIO_APPS_DATASET_H

#include "apps/cli/options.h"
#include "arioso/codec.h"
#include "arioso/corpus.h"

typedef struct ario__dataset_options {
  const ario_codec *codec;
  const ario_config *model;     // whose tokens they are
  const char *split_column;     // of tables
  const ario__text_list *where; // "column=value": wanted rows of tables; of one column any of the values
  const char *path_column;      // of tables; NULL: the usual ones
  double hold_out;              // 0..1: share of the pieces for validation, where no table has splits
} ario__dataset_options;

// How many files there are of each kind.
typedef struct ario__dataset_summary {
  size_t files, used, unreadable, empty; // found; used; skipped: cannot be read, has nothing to predict
  size_t other;                          // rows of tables in neither split
} ario__dataset_summary;

// Reads all of it; the caller frees the corpus. Skips files that cannot be read, with a warning for the first
// few. Which pieces are for validation depends on their tokens alone; of a single piece it is the tail.
// Errors: those of a table or a cache; ERR_FORMAT if there is nothing to train on; ERR_STATE when
// interrupted.
ARIO_NODISCARD ario_status ario__dataset_open(char **names, size_t count,
                                              const ario__dataset_options *options, ario_corpus **out,
                                              ario__dataset_summary *summary, ario_error *error);

#endif
