// SPDX-License-Identifier: MIT
//
// model.safetensors, the format of Hugging Face's safetensors. A file is
//
//   8 bytes   length of the header, little-endian
//   header    JSON: {"name": {"dtype": "F32", "shape": [rows, cols], "data_offsets": [begin, end]}, ...},
//             optionally "__metadata__", and spaces at the end
//   data      the tensors, row-major, little-endian; offsets count from here
#ifndef ARIO_SAFETENSORS_H
#define ARIO_SAFETENSORS_H

#include "arioso/tensors.h"
#include "core/base/json.h"
#include "core/base/mapped.h"
#include "core/model/params.h"

// A file that is open.
struct ario__safetensors {
  struct ario__mapped map;
  ario__json *header;  // an object
  const uint8_t *data; // [data_size], behind the header
  size_t data_size;
};

// Opens a file. Error texts do not name it. Call ario__safetensors_close in any case.
ario_status ario__safetensors_open(const char *path, struct ario__safetensors *file, ario_error *error);
void ario__safetensors_close(struct ario__safetensors *file);

// What the header says of one tensor.
struct ario__entry {
  ario_dtype dtype;
  size_t rank, shape[ARIO_TENSOR_RANK];
  size_t count;      // numbers
  size_t begin, end; // bytes of the data
};

// Reads a member of the header and checks it against the size of the data.
ario_status ario__safetensors_entry(const ario__json *member, size_t data_size, struct ario__entry *entry,
                                    ario_error *error);

// Checks the shape of an entry. Errors: ERR_FORMAT, naming the tensor and both shapes.
ario_status ario__entry_check(const char *name, const struct ario__entry *entry, size_t rank,
                              const size_t *shape, ario_error *error);

enum { ARIO__SHAPE_TEXT = 96 };
// Writes a shape as "[rows, cols]".
void ario__shape_text(char text[ARIO__SHAPE_TEXT], size_t rank, const size_t *shape);

// Converts numbers of F32, BF16 or F16 as they are in a file.
void ario__to_floats(float *out, const uint8_t *bytes, ario_dtype dtype, size_t count);

// Fills params from a file. Before the block is allocated, checks that the file holds exactly the tensors of
// the table, with their shapes. *dtype is that of the first tensor, or I8 if any tensor is I8.
ario_status ario__safetensors_read(const char *path, struct ario__params *params, ario_dtype *dtype,
                                   ario_error *error);

// Writes all tensors, rounded to `dtype`; an existing file is replaced.
ario_status ario__safetensors_write(const char *path, const struct ario__params *params, ario_dtype dtype,
                                    ario_error *error);

#endif
