// SPDX-License-Identifier: MIT
//
// The folder of a model or an audio codec, for fuzzing: the input is a config.json, a zero byte, and a
// model.safetensors.
#ifndef ARIO_TESTS_MODEL_FOLDER_H
#define ARIO_TESTS_MODEL_FOLDER_H

#include <stddef.h>
#include <stdint.h>

// Writes the input's two files. Returns the folder, which goes at the end of the process.
const char *model_folder(const uint8_t *data, size_t size);

#endif
