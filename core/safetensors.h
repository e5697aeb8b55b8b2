// SPDX-License-Identifier: MIT
//
// model.safetensors: the format of Hugging Face's safetensors. A file is
//   8 bytes     length of the header, little-endian
//   header      JSON: {"name": {"dtype": "F32", "shape": [rows, cols], "data_offsets": [begin, end]}, ...},
//               perhaps "__metadata__" and spaces at the end
//   data        the tensors, row-major, little-endian; offsets count from here
#ifndef ARIO_SAFETENSORS_H
#define ARIO_SAFETENSORS_H

#include "params.h"

// Fills params from the file: checks that it holds exactly the tensors of the table, with their shapes,
// before the block is taken and filled. *dtype is that of the first tensor, or I8 where there is any.
ario_status ario__safetensors_read(const char *path, struct ario__params *params, ario_dtype *dtype,
                                   ario_error *error);

// Writes all tensors, rounded to `dtype`.
ario_status ario__safetensors_write(const char *path, const struct ario__params *params, ario_dtype dtype,
                                    ario_error *error);

#endif
