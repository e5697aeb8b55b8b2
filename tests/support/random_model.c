// SPDX-License-Identifier: MIT
//
// A small model of random weights for the end-to-end tests, of raw tokens if no codec is named:
// random_model FOLDER VOCABULARY SEED [CODEC]
#include "arioso/model.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  if (argc != 4 && argc != 5) return 2;
  ario_config config = ario_config_default();
  config.vocab_size = strtoul(argv[2], NULL, 10);
  if (argc == 5) snprintf(config.codec, sizeof config.codec, "%s", argv[4]);
  config.channels = 16;
  config.heads = 2;
  config.layers = 1;
  config.max_context = 64;
  config.max_latents = 16;
  ario_model *model;
  ario_error error = {""};
  ario_status status = ario_model_random(&config, strtoul(argv[3], NULL, 10), &model, &error);
  if (!status) status = ario_model_save(model, argv[1], ARIO_F32, &error);
  if (status) fprintf(stderr, "random_model: %s\n", error.text);
  ario_model_free(model);
  return status ? 1 : 0;
}
