// SPDX-License-Identifier: MIT
//
// Reads and writes config.json of a model directory. The keys are the fields of ario_config (arioso/model.h).
#ifndef ARIO_CONFIG_H
#define ARIO_CONFIG_H

#include "arioso/model.h"

// Reads a config.json and checks it. Errors: those of ario_file_read and ario_config_check, ERR_FORMAT,
// ERR_UNSUPPORTED.
ario_status ario__config_read(const char *path, ario_config *config, ario_error *error);

// Writes a config.json; an existing one is replaced. Errors: those of ario_file_write.
ario_status ario__config_write(const char *path, const ario_config *config, ario_error *error);

#endif
