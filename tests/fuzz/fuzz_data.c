// SPDX-License-Identifier: MIT
//
// Fuzzing what training reads beside music: the input is taken as a token cache, as a table and as a file of
// settings. Each ends in an object whose every part can be read, or in an error with a text.
#include "apps/cli/csv.h"
#include "apps/cli/report.h"
#include "arioso/corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[64];

static void remove_file(void) {
  unlink(path);
}

static void make_file(void) {
  snprintf(path, sizeof path, "%s/arioso-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
  int fd = mkstemp(path);
  if (fd < 0) abort();
  close(fd);
  atexit(remove_file);
}

static void check(ario_status status, const void *object, const ario_error *error) {
  if (status ? object != NULL || !*error->text : object == NULL) abort();
}

static void try_cache(void) {
  ario_corpus *corpus;
  ario_error error = {""};
  ario_status status = ario_corpus_open(path, &corpus, &error);
  check(status, corpus, &error);
  size_t pieces = corpus ? ario_corpus_pieces(corpus) : 0, tokens = 0;
  for (size_t i = 0; i < pieces; i++) {
    ario_piece piece = ario_corpus_piece(corpus, i);
    for (size_t t = 0; t < piece.count; t++)
      if (piece.tokens[t] >= ario_corpus_vocab_size(corpus)) abort();
    tokens += piece.count;
  }
  if (corpus &&
      tokens != ario_corpus_tokens(corpus, ARIO_CORPUS_TRAIN) + ario_corpus_tokens(corpus, ARIO_CORPUS_VALID))
    abort();
  ario_corpus_free(corpus);
}

static void try_table(void) {
  ario__csv *csv;
  ario_error error = {""};
  size_t letters = 0;
  ario_status status = ario__csv_open(path, &csv, &error);
  check(status, csv, &error);
  for (size_t row = 0; csv && row < ario__csv_rows(csv); row++)
    for (size_t column = 0; column < ario__csv_columns(csv); column++)
      letters += strlen(ario__csv_field(csv, row, column));
  if (letters > (size_t)1 << 20) abort(); // more than the file has
  ario__csv_free(csv);
}

static void try_settings(void) {
  ario__report *settings;
  ario_error error = {""};
  char number[32];
  ario_status status = ario__report_read(path, &settings, &error);
  check(status, settings, &error);
  const ario__report *value = settings ? ario__report_first(settings) : NULL;
  for (; value; value = ario__report_next(value)) {
    const char *text = ario__report_text(value, number);
    if (!ario__report_key(value) || (text && strlen(text) > (size_t)1 << 20)) abort();
  }
  ario__report_free(settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!*path) make_file();
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(data, 1, size, file) != size || fclose(file)) abort();
  try_cache();
  try_table();
  try_settings();
  return 0;
}
