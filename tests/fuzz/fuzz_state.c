// SPDX-License-Identifier: MIT
//
// Fuzzing the file that a run of training is resumed from: the input is one, and once more as version 3, where
// no hash tells of the damage. A run that it starts takes a step and can be saved; any other input is an error
// with a text. ARIO_FUZZ_SEED is where a file is left that can be mutated.
#include "arioso/file.h"
#include "arioso/train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[64];
static ario_corpus *corpus;
static ario_model *start;

static void remove_all(void) {
  unlink(path);
  ario_corpus_free(corpus);
  ario_model_free(start);
}

static ario_trainer *make_trainer(void) {
  ario_train_options options = ario_train_options_default();
  ario_trainer *trainer;
  options.steps = 10;
  options.batch = 1;
  options.patience = 3;
  if (ario_trainer_create(start, corpus, &options, &trainer, NULL)) abort();
  return trainer;
}

static void leave_seed(const char *seed) {
  ario_trainer *trainer = make_trainer();
  ario_train_report report;
  double nll;
  size_t count;
  if (ario_trainer_step(trainer, &report, NULL) || ario_trainer_validate(trainer, 0, &nll, &count) ||
      ario_trainer_save(trainer, seed, NULL))
    abort();
  ario_trainer_free(trainer);
}

static void make_all(void) {
  ario_config config = ario_config_default();
  ario_token tokens[40];
  config.vocab_size = 11;
  config.channels = 4;
  config.heads = config.layers = 1;
  config.max_context = config.max_latents = 4;
  for (size_t i = 0; i < 40; i++) tokens[i] = (ario_token)(i * i % 11);
  if (ario_corpus_create(11, "raw", 1, &corpus) || ario_corpus_add(corpus, ARIO_CORPUS_TRAIN, tokens, 40) ||
      ario_corpus_add(corpus, ARIO_CORPUS_VALID, tokens, 20) || ario_model_initial(&config, 1, &start, NULL))
    abort();
  snprintf(path, sizeof path, "%s/arioso-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
  int fd = mkstemp(path);
  if (fd < 0) abort();
  close(fd);
  atexit(remove_all);
  if (getenv("ARIO_FUZZ_SEED")) leave_seed(getenv("ARIO_FUZZ_SEED"));
}

static void write_file(const uint8_t *data, size_t size) {
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(data, 1, size, file) != size || fclose(file)) abort();
}

static void go_on(ario_trainer *trainer) {
  ario_train_report report;
  double nll;
  size_t count;
  ario_error error = {""};
  if (!ario_trainer_best(trainer)) abort();
  ario_status status = ARIO_OK;
  if (!ario_trainer_done(trainer)) status = ario_trainer_step(trainer, &report, &error);
  if (status && status != ARIO_ERR_NUMBER) abort();
  if (!status) status = ario_trainer_validate(trainer, 0, &nll, &count);
  if (!ario_trainer_best(trainer)) abort();
  if (!status && ario_trainer_save(trainer, path, &error)) abort();
}

static void try_state(const uint8_t *data, size_t size) {
  ario_trainer *trainer = make_trainer();
  ario_error error = {""};
  write_file(data, size);
  ario_status status = ario_trainer_load(trainer, path, &error);
  if (status && !*error.text) abort();
  if (!status) go_on(trainer);
  ario_trainer_free(trainer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  enum { HASH_AT = 160, HEADER = 168 };
  if (!*path) make_all();
  try_state(data, size);
  if (size < HEADER || memcmp(data, "ARIORUN4", 8) != 0) return 0;
  uint8_t *old = malloc(size); // the same damage where no hash tells of it
  if (!old) abort();
  memcpy(old, data, HASH_AT);
  old[7] = '3';
  memcpy(old + HASH_AT, data + HEADER, size - HEADER);
  try_state(old, size - (HEADER - HASH_AT));
  free(old);
  return 0;
}
