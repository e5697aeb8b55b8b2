// SPDX-License-Identifier: MIT
//
// config.json of a model directory.
#ifndef ARIO_CONFIG_H
#define ARIO_CONFIG_H

#include "arioso/model.h"

// Reads and checks a config.json.
ario_status ario__config_read(const char *path, ario_config *config, ario_error *error);

// Writes one.
ario_status ario__config_write(const char *path, const ario_config *config, ario_error *error);

#endif
