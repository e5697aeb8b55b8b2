// SPDX-License-Identifier: MIT
//
// A small model of random weights for the end-to-end tests: random_model FOLDER VOCABULARY SEED [CODEC [large]]
// Raw without a codec; `large` has 256 channels, 6 layers and a context of 8,192.
#include "arioso/model.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  if (argc < 4 || argc > 6) return 2;
  ario_config config = ario_config_default();
  config.vocab_size = strtoul(argv[2], NULL, 10);
  config.channels = 16;
  config.heads = 2;
  config.layers = 1;
  config.max_context = 64;
  config.max_latents = 16;
  if (argc > 4) snprintf(config.codec, sizeof config.codec, "%s", argv[4]);
  if (argc > 5) {
    config.channels = 256;
    config.heads = 4;
    config.layers = 6;
    config.max_context = 8192;
    config.max_latents = 512;
  }
  ario_model *model;
  ario_error error = {""};
  ario_status status = ario_model_random(&config, strtoul(argv[3], NULL, 10), &model, &error);
  if (!status) status = ario_model_save(model, argv[1], ARIO_F32, &error);
  if (status) fprintf(stderr, "random_model: %s\n", error.text);
  ario_model_free(model);
  return status ? 1 : 0;
}
