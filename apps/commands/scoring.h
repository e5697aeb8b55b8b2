// SPDX-License-Identifier: MIT
//
// How well a model predicts pieces; for eval, and for quantize, which compares two models.
#ifndef ARIO_APPS_SCORING_H
#define ARIO_APPS_SCORING_H

#include "apps/cli/file_list.h"
#include "arioso/audio_codes.h"
#include "arioso/session.h"

typedef struct ario__nll {
  double nll; // in nats, over `tokens` tokens
  size_t tokens;
  size_t notes;   // of whole pieces of music: how many they have,
  double seconds; // and how long they last
} ario__nll;

// Tokens by their place in a piece: the first ARIO__PLACE_TOKENS, the next as many, and from there on each
// place is as long as all before it.
enum { ARIO__PLACES = 24, ARIO__PLACE_TOKENS = 256 };

// The index of a place's first token.
size_t ario__place_begins(size_t place);

// A session over a model, and how it cuts pieces into passes.
typedef struct ario__scoring {
  // The caller sets these. 0: the model's own; `first` 0: all tokens; `stride` 0: none.
  size_t context, latents, stride, threads;
  size_t first; // how many tokens of a piece count
  ario_precision precision;
  // Called with each file's score; may be NULL.
  void (*tell)(void *told, const char *path, const ario__nll *score);
  void *told;
  ario__nll *levels; // [ARIO_CODES_LEVELS] audio codes by their level; NULL: not wanted
  ario__nll *places; // [ARIO__PLACES] tokens by their place; NULL: not wanted

  const ario_model *model;
  ario_codes codes; // that the model's tokens are; all 0: none
  ario_session *session;
  float *logits; // [latents, V] of one pass
} ario__scoring;

// Opens the session, with the settings above. Errors: those of ario_session_create.
ARIO_NODISCARD ario_status ario__scoring_open(ario__scoring *scoring, const ario_model *model,
                                              ario_error *error);
void ario__scoring_close(ario__scoring *scoring);

// Lists the files that are named (files, folders, tables with such a column, or NULL) and that the model's codec reads;
// the caller frees the list. Errors: those of ario__file_list_add; ERR_FORMAT if there is no file.
ARIO_NODISCARD ario_status ario__scoring_list(const ario_model *model, char **names, size_t count,
                                              const ario__text_list *where, const char *path_column,
                                              ario__file_list *list, ario_error *error);

// Scores every token after the first of each file into *total; the progress line says `what`.
ARIO_NODISCARD ario_status ario__scoring_files(ario__scoring *scoring, const ario__file_list *list,
                                               const char *what, ario__nll *total, ario_error *error);

// Scores the last `latents` tokens of a token file in one pass, given all before them.
ARIO_NODISCARD ario_status ario__scoring_tokens(ario__scoring *scoring, const char *path, ario__nll *total,
                                                ario_error *error);

// Scores the tokens [count] that `marked` [count] marks, each given all before it; the first of all cannot be.
ARIO_NODISCARD ario_status ario__scoring_marked(ario__scoring *scoring, const ario_token *tokens,
                                                const bool *marked, size_t count, ario__nll *total);

// Options that choose files, and parts of them.
#define ARIO__FIRST_OPTION(place)                                                                            \
  {                                                                                                          \
    .name = "first", .kind = ARIO__SIZE, .value = (place), .argument = "N", .least = 2, .most = 1 << 30,     \
    .help = "use only the first N tokens of each piece"                                                      \
  }
#define ARIO__WHERE_OPTION(place)                                                                            \
  {                                                                                                          \
    .name = "where", .kind = ARIO__TEXTS, .value = (place), .argument = "COL=VALUE",                         \
    .help = "use only rows of a table with this value; several values of one column: any of them"            \
  }

#endif
