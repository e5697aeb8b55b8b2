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
#include "core/model/params.h"

// What the header says of one tensor.
struct ario__entry {
  const char *name; // in the header
  ario_dtype dtype;
  size_t rank, shape[ARIO_TENSOR_RANK];
  size_t count;      // numbers
  size_t begin, end; // bytes of the data
};

// A file that is open. Its numbers are read piece by piece and never mapped: a file that shrinks meanwhile is
// an error, not a signal.
struct ario__safetensors {
  int fd;                      // -1: none
  char *header;                // the text of the header, in which the parser has ended the strings
  struct ario__entry *entries; // [count] sorted by name
  size_t count;
  size_t data_at, data_size; // the data in the file
};

// Opens a file of at most `most` tensors and checks all of its header: every number, and that the tensors
// cover the data without overlap and without holes. Takes memory in proportion to `most`. Error texts do not
// name the file. Call ario__safetensors_close in any case.
ario_status ario__safetensors_open(const char *path, size_t most, struct ario__safetensors *file,
                                   ario_error *error);
void ario__safetensors_close(struct ario__safetensors *file);

// The part of it that is in safetensors_header.c: file->header [size] -> entries; data_size is set.
ario_status ario__safetensors_parse(struct ario__safetensors *file, size_t size, size_t most,
                                    ario_error *error);

// The tensor of this name; NULL if there is none.
const struct ario__entry *ario__safetensors_find(const struct ario__safetensors *file, const char *name);

// The scales NAME_scale of the tensor NAME; NULL: there are none.
const struct ario__entry *ario__safetensors_scales(const struct ario__safetensors *file, const char *name);
// Checks an I8 tensor and its scales, or NULL: it has rows, and each has a scale in F32. Errors: ERR_FORMAT, naming the
// tensor.
ario_status ario__scales_check(const struct ario__entry *entry, const struct ario__entry *scales,
                               ario_error *error);

// Reads a tensor's numbers into out [entry->count]. Those of I8 come without their scales. Errors: ERR_FORMAT,
// naming the tensor, for a number that is not finite; ERR_IO.
ario_status ario__safetensors_floats(const struct ario__safetensors *file, const struct ario__entry *entry,
                                     float *out, ario_error *error);

// Checks the shape of an entry. Errors: ERR_FORMAT, naming the tensor and both shapes.
ario_status ario__entry_check(const struct ario__entry *entry, size_t rank, const size_t *shape,
                              ario_error *error);

enum { ARIO__SHAPE_TEXT = 96 };
// Writes a shape as "[rows, cols]".
void ario__shape_text(char text[ARIO__SHAPE_TEXT], size_t rank, const size_t *shape);

size_t ario__dtype_bytes(ario_dtype dtype); // of one number

// Checks that the file holds exactly the tensors of the table, with their shapes, and marks in it those that are
// I8. If `load`, allocates the block of params and fills it: with whole numbers for I8, with fp32 otherwise.
// *dtype is that of the table's first tensor, or I8 if any tensor is I8. Every number must be finite. Errors:
// ERR_NOT_FOUND, ERR_IO, ERR_FORMAT, ERR_UNSUPPORTED, ERR_LIMIT, ERR_MEMORY.
ario_status ario__safetensors_read(const char *path, bool load, struct ario__params *params,
                                   ario_dtype *dtype, ario_error *error);

// Writes all tensors, rounded to `dtype`; an existing file is replaced. Errors: ERR_NUMBER if a rounded number
// is not finite, ERR_IO, ERR_MEMORY.
ario_status ario__safetensors_write(const char *path, const struct ario__params *params, ario_dtype dtype,
                                    ario_error *error);

#endif
