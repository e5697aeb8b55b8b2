// SPDX-License-Identifier: MIT
//
// Fuzzing a model directory: the input is a config.json, a zero byte, and a model.safetensors. Whatever they
// hold, opening the model ends in an object that works or in an error with a text.
#include "arioso/file.h"
#include "arioso/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[64], config_path[96], weights_path[96];

static void remove_folder(void) {
  unlink(config_path);
  unlink(weights_path);
  rmdir(folder);
}

// In shared memory where there is some: two files an input.
static void make_folder(void) {
  snprintf(folder, sizeof folder, "%s/arioso-fuzz-XXXXXX",
           access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
  if (!mkdtemp(folder)) abort();
  snprintf(config_path, sizeof config_path, "%s/config.json", folder);
  snprintf(weights_path, sizeof weights_path, "%s/model.safetensors", folder);
  atexit(remove_folder);
}

static void write_file(const char *path, const uint8_t *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(bytes, 1, size, file) != size) abort();
  fclose(file);
}

// A small model that opened must compute, too.
static void try_model(const ario_model *model) {
  ario_session *session;
  const float *logits;
  size_t bytes;
  if (ario_session_bytes(model, NULL, &bytes, NULL) || bytes > 50000000) return;
  if (ario_session_create(model, NULL, &session, NULL)) return;
  if (ario_session_feed(session, (ario_token[]){0, 0}, 2)) abort();
  ario_status status = ario_session_logits(session, &logits);
  if (status && status != ARIO_ERR_NUMBER) abort();
  ario_session_free(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!*folder) make_folder();
  const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
  size_t config_size = zero ? (size_t)(zero - data) : size;
  write_file(config_path, data, config_size);
  write_file(weights_path, zero ? zero + 1 : data, zero ? size - config_size - 1 : 0);
  ario_model *model;
  ario_error error = {""};
  ario_status status = ario_model_open(folder, &model, &error);
  if (status ? model != NULL || !*error.text : model == NULL) abort();
  if (model) try_model(model);
  ario_model_free(model);
  return 0;
}
