// SPDX-License-Identifier: MIT
//
// A model directory of any kind, as codecs have them: the values of its config.json, and the tensors of its
// model.safetensors (F32, BF16, F16, or I8) by name, in fp32. A tensor NAME in I8 has two or more dimensions, and beside it
// NAME_scale in F32, [first dimension]: what 1 stands for in each row. Numbers stay in the file until they are asked for.
// Immutable; any thread.
#ifndef ARIOSO_TENSORS_H
#define ARIOSO_TENSORS_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  ARIO_TENSOR_RANK = 4,    // most dimensions of a tensor
  ARIO_TENSORS_MOST = 8192 // most tensors of a file
};

typedef struct ario_tensors ario_tensors;

// Opens a model directory. The tensors must cover the file's data without overlap, and those in I8 have 32 million numbers
// at most. Errors: ERR_NOT_FOUND, ERR_IO, ERR_FORMAT, ERR_UNSUPPORTED, ERR_LIMIT, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_tensors_open(const char *directory, ario_tensors **out,
                                                      ario_error *error);
ARIO_API void ario_tensors_free(ario_tensors *tensors); // safe on NULL

// Reads the tensor `name` of this shape [rank]: *data is row-major, and the caller frees it with free().
// Errors: ERR_FORMAT, naming the tensor, if it is missing, has another shape or a number that is not finite;
// ERR_IO, ERR_MEMORY.
ARIO_API ARIO_NODISCARD ario_status ario_tensors_read(const ario_tensors *tensors, const char *name,
                                                      size_t rank, const size_t *shape, float **data,
                                                      ario_error *error);

// True if there is a tensor of this name.
ARIO_API bool ario_tensors_has(const ario_tensors *tensors, const char *name);

// The number of tensors, not counting the scales of I8 tensors.
ARIO_API size_t ario_tensors_count(const ario_tensors *tensors);

// Values of config.json; "object.key" is a value inside an object. A missing key, or object, leaves *value as it is, so set
// the default first. Errors: ERR_FORMAT, naming the key, for a value of another kind or outside least..most.
ARIO_API ARIO_NODISCARD ario_status ario_tensors_size(const ario_tensors *tensors, const char *key,
                                                      size_t least, size_t most, size_t *value,
                                                      ario_error *error);
// A string, with its final 0, in text [room]. A longer one is ERR_FORMAT.
ARIO_API ARIO_NODISCARD ario_status ario_tensors_text(const ario_tensors *tensors, const char *key,
                                                      char *text, size_t room, ario_error *error);
// An array of whole numbers: *count of them in values [room]. More than `room` are ERR_FORMAT.
ARIO_API ARIO_NODISCARD ario_status ario_tensors_sizes(const ario_tensors *tensors, const char *key,
                                                       size_t least, size_t most, size_t *values, size_t room,
                                                       size_t *count, ario_error *error);

#ifdef __cplusplus
}
#endif

#endif
