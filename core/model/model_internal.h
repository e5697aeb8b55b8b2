// SPDX-License-Identifier: MIT
//
// What a model is made of, for the files of core that compute with it.
#ifndef ARIO_MODEL_H
#define ARIO_MODEL_H

#include "core/model/params.h"

struct ario_model {
  ario_config config;
  ario_dtype dtype;
  struct ario__params *params;
  struct ario__packed_shelf *packed; // what sessions have made of the parameters
};

#endif
