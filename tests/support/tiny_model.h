// SPDX-License-Identifier: MIT
//
// A model of music that knows nothing, and is fast.
#ifndef ARIO_TESTS_TINY_MODEL_H
#define ARIO_TESTS_TINY_MODEL_H

#include "arioso/model.h"
#include "test.h"

static inline ario_model *tiny_model(uint64_t seed) {
  ario_config config = ario_config_default();
  config.channels = 16;
  config.heads = 2;
  config.layers = 1;
  config.max_context = 256;
  config.max_latents = 64;
  ario_model *model;
  assert_ok(ario_model_random(&config, seed, &model, NULL));
  return model;
}

#endif
