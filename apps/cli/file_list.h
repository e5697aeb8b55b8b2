// SPDX-License-Identifier: MIT
//
// Files that a user names one by one, by folder, or by a table (*.csv, *.tsv) with a column of paths.
#ifndef ARIO_APPS_FILE_LIST_H
#define ARIO_APPS_FILE_LIST_H

#include "apps/cli/options.h"
#include "arioso/codec.h"

typedef enum ario__split {
  ARIO__NO_SPLIT,    // the file is not from a table with splits
  ARIO__SPLIT_TRAIN, // "train"
  ARIO__SPLIT_VALID, // "valid", "validation", "val", "dev" or "eval"
  ARIO__SPLIT_OTHER, // "test", or anything else, with a warning
} ario__split;

typedef struct ario__listed {
  char *path;
  ario__split split;
} ario__listed;

// A folder that was walked; a second time it is not.
typedef struct ario__walked {
  uint64_t device, number;
} ario__walked;

typedef struct ario__file_list {
  ario__listed *files; // [count]
  size_t count, room;
  ario__walked *folders; // [folder_count]
  size_t folder_count, folder_room;
} ario__file_list;

typedef struct ario__listing {
  const ario_codec *codec;      // of a folder, only files of its kind are taken
  const char *split_column;     // of tables; NULL: splits do not matter
  const ario__text_list *where; // "column=value": wanted rows of tables; of one column any of the values
  const char *path_column; // of tables; NULL: "path", or else MAESTRO's "midi_filename" or "audio_filename"
} ario__listing;

// Adds the files that `name` stands for: all files below a folder, in the order of their names; the wanted
// rows of a table, whose paths are relative to it; or the file itself ("-": standard input). A warning says what of a
// folder is skipped and why, but for hidden files; a folder that was met before is. Errors: ERR_NOT_FOUND, ERR_IO;
// ERR_FORMAT and ERR_ARGUMENT for a table and its columns; ERR_MEMORY.
ARIO_NODISCARD ario_status ario__file_list_add(ario__file_list *list, const char *name,
                                               const ario__listing *listing, ario_error *error);
void ario__file_list_free(ario__file_list *list); // safe on a zeroed list

// The option --path-column; `place` points to a const char * that is NULL at first.
#define ARIO__PATH_COLUMN_HELP                                                                               \
  "the column of a table with the paths; by default \"path\", or MAESTRO's \"midi_filename\""
#define ARIO__PATH_COLUMN_OPTION(place)                                                                      \
  {                                                                                                          \
    .name = "path-column", .kind = ARIO__TEXT, .value = (place), .argument = "NAME",                         \
    .help = ARIO__PATH_COLUMN_HELP                                                                           \
  }

#endif
