// SPDX-License-Identifier: MIT
//
// How well a model predicts pieces: for eval, and for quantize, which compares two models.
#ifndef ARIO_APPS_SCORING_H
#define ARIO_APPS_SCORING_H

#include "apps/cli/file_list.h"
#include "arioso/audio_codes.h"
#include "arioso/session.h"

typedef struct ario__nll {
  double nll; // the sum over `tokens` tokens, in nats
  size_t tokens;
} ario__nll;

// Tokens by their place in a piece: the first ARIO__PLACE_TOKENS, the next as many, and from there on each
// place is as long as all before it.
enum { ARIO__PLACES = 24, ARIO__PLACE_TOKENS = 256 };

// The first token of a place.
size_t ario__place_begins(size_t place);

// A scorer: a session over a model, and how pieces are cut into passes.
typedef struct ario__scoring {
  // Wanted; 0 stands for the model's own, of `first` for all tokens and of `stride` for none.
  size_t context, latents, stride, threads;
  size_t first; // tokens of a piece that count
  ario_precision precision;
  // Told of each file's score; NULL: nobody is.
  void (*tell)(void *told, const char *path, const ario__nll *score);
  void *told;
  ario__nll *levels; // [ARIO_CODES_LEVELS] of codes of sound, likewise by their level; NULL: nowhere
  ario__nll *places; // [ARIO__PLACES] to which each token's score is added, too; NULL: nowhere

  const ario_model *model;
  ario_codes codes; // that the model's tokens are; all 0: none
  ario_session *session;
  float *logits; // [latents, V] of one pass
} ario__scoring;

// Opens the session of a scoring that says what is wanted. Errors: those of ario_session_create.
ARIO_NODISCARD ario_status ario__scoring_open(ario__scoring *scoring, const ario_model *model,
                                              ario_error *error);
void ario__scoring_close(ario__scoring *scoring);

// The files that are named (files, folders, tables), read as the model's codec says; to be freed with
// ario__file_list_free. Errors: ERR_FORMAT also if there is none.
ARIO_NODISCARD ario_status ario__scoring_list(const ario_model *model, char **names, size_t count,
                                              const ario__text_list *where, ario__file_list *list,
                                              ario_error *error);

// Adds every token after the first of each file to *total, with a progress line that says `what`.
ARIO_NODISCARD ario_status ario__score_list(ario__scoring *scoring, const ario__file_list *list,
                                            const char *what, ario__nll *total, ario_error *error);

// One pass over the tokens of a token file: its last `latents` tokens, given all before.
ARIO_NODISCARD ario_status ario__score_tokens(ario__scoring *scoring, const char *path, ario__nll *total,
                                              ario_error *error);

// The options that say which files and what of them.
#define ARIO__FIRST_OPTION(place)                                                                            \
  {                                                                                                          \
    .name = "first", .kind = ARIO__SIZE, .value = (place), .argument = "N", .least = 2, .most = 1 << 30,     \
    .help = "only the first N tokens of each piece"                                                          \
  }
#define ARIO__WHERE_OPTION(place)                                                                            \
  {                                                                                                          \
    .name = "where", .kind = ARIO__TEXTS, .value = (place), .argument = "COL=VALUE",                         \
    .help = "only rows of a table with this value; of one column any of several values"                      \
  }

#endif
