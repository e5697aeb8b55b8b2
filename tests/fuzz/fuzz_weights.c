// SPDX-License-Identifier: MIT
//
// Fuzzing a model directory: the input is a config.json, a zero byte, and a model.safetensors. Whatever they
// hold, opening the model ends in an object that works or in an error with a text.
#include "arioso/file.h"
#include "arioso/session.h"
#include "tests/fuzz/model_folder.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
  ario_model *model;
  ario_error error = {""};
  ario_status status = ario_model_open(model_folder(data, size), &model, &error);
  if (status ? model != NULL || !*error.text : model == NULL) abort();
  if (model) try_model(model);
  ario_model_free(model);
  return 0;
}
