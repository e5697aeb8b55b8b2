// SPDX-License-Identifier: MIT
//
// From what a person names (folders, tables of files, files, token caches) to a corpus.
#ifndef ARIO_APPS_DATASET_H
#define ARIO_APPS_DATASET_H

#include "apps/cli/options.h"
#include "arioso/codec.h"
#include "arioso/corpus.h"

typedef struct ario__dataset_options {
  const ario_codec *codec;
  const ario_config *model; // that the tokens are for
  const char *split_column; // of tables
  const ario__text_list
      *where;      // "column=value": rows of tables that have it; of one column any of its values
  double hold_out; // 0..1: share of the pieces to judge by, where no table says which
} ario__dataset_options;

// What was found and what came of it.
typedef struct ario__dataset_summary {
  size_t files, used, unreadable, empty; // files found; pieces; not read; without anything to predict
  size_t other;                          // rows of tables that are in neither part
} ario__dataset_summary;

// Reads all of it. Files that cannot be read are skipped, with a warning for the first few of them; what
// files fall to the held-out part depends on their bytes alone. A single piece has its tail held out.
// Errors: those of a table or a cache; ERR_FORMAT if there is nothing to learn from; ERR_STATE when
// interrupted.
ARIO_NODISCARD ario_status ario__dataset_open(char **names, size_t count,
                                              const ario__dataset_options *options, ario_corpus **out,
                                              ario__dataset_summary *summary, ario_error *error);

#endif
