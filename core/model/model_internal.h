// SPDX-License-Identifier: MIT
//
// The inside of a model, for the files of core that compute with it.
#ifndef ARIO_MODEL_INTERNAL_H
#define ARIO_MODEL_INTERNAL_H

#include "core/model/params.h"

struct ario_model {
  ario_config config;
  ario_dtype dtype;
  struct ario__params *params;       // without a block if the model was only inspected
  struct ario__packed_shelf *packed; // the parameters as sessions have packed them
};

// What is done with a model that has no weights. Returns ERR_STATE.
ario_status ario__fail_unloaded(ario_error *error);

#endif
