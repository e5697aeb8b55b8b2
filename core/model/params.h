// SPDX-License-Identifier: MIT
//
// The parameters of a model: one block of memory, a table of named tensors in it, and a pointer to each by its
// role. Loops over all tensors (loading, saving, an optimizer) use the table; the arithmetic uses the roles.
//
// Matrices of a file in I8 stay as they are in the file: whole numbers, with a scale for each row. Their roles
// are NULL; whoever needs their numbers asks for rows (ario__tensor_rows). All that is trained is in fp32.
#ifndef ARIO_PARAMS_H
#define ARIO_PARAMS_H

#include "arioso/model.h"
#include "core/math/kernels.h"

struct ario__tensor_slot;

struct ario__linear {
  float *weight;                        // [out, in]; NULL if whole numbers
  const struct ario__tensor_slot *slot; // of the weight
  float *bias;                          // [out]
  size_t out, in;
  size_t number; // index among the model's linear layers, in the order of the file
};

struct ario__attention {
  struct ario__linear q, k, v, out; // all [D, D]
};

struct ario__mlp {
  struct ario__norm norm;
  struct ario__linear up;   // [W, D], W = mlp_widening * D
  struct ario__linear down; // [D, W]
};

struct ario__cross {
  struct ario__norm norm_q, norm_kv;
  struct ario__attention attn;
  struct ario__mlp mlp;
};

struct ario__layer {
  struct ario__norm norm;
  struct ario__attention attn;
  struct ario__mlp mlp;
};

struct ario__tensor_slot {
  char name[64];
  size_t rows, cols; // [rows, cols]; cols 0: a vector [rows]
  size_t count;      // numbers
  float **pointer;   // the role that points to it
  size_t offset;     // into the block, in floats; a multiple of 16, so that every tensor is aligned
  bool whole;        // kept as whole numbers
  float *scales;     // [rows] if so: what a 1 stands for
  int8_t *numbers;   // [rows, cols] if so
};

struct ario__params {
  float *embed;                               // [V, D]; NULL if whole numbers
  const struct ario__tensor_slot *embed_slot; // of it
  struct ario__linear query;                  // [D, D]
  struct ario__cross cross;
  struct ario__layer *layers; // [L]
  struct ario__norm norm;
  struct ario__linear logits; // [V, D]

  struct ario__tensor_slot *tensors; // [tensor_count], in the order of the file
  size_t tensor_count;
  struct ario__linear **linears; // [linear_count], likewise
  size_t linear_count;
  size_t block_count; // floats in the block, padding included
  float *block;       // NULL until ario__params_allocate
};

// Builds the table for a checked configuration, all in fp32, without memory for the numbers. Errors:
// ERR_MEMORY, ERR_LIMIT.
ario_status ario__params_create(const ario_config *config, struct ario__params **out);

// Allocates the block and points the roles into it; what is to be kept as whole numbers has been marked in the
// table before. Without `zeroed` only the padding behind numbers in fp32 is zero, and the caller writes all
// numbers. Errors: ERR_MEMORY, ERR_LIMIT.
ario_status ario__params_allocate(struct ario__params *params, bool zeroed);

void ario__params_free(struct ario__params *params); // safe on NULL

size_t ario__params_numbers(const struct ario__params *params); // numbers in all tensors, without padding
size_t ario__params_bytes(const struct ario__params *params);   // that they take, likewise

// The tensor of this name; NULL if there is none.
const struct ario__tensor_slot *ario__params_find(const struct ario__params *params, const char *name);

size_t ario__tensor_width(const struct ario__tensor_slot *slot); // numbers in a row; 1 in a vector
size_t ario__params_widest(const struct ario__params *params);   // the largest of these

// Rows first .. first + rows - 1 of a tensor in fp32, [rows, width]: where they are, or, if they are whole
// numbers, computed into room [rows, width].
const float *ario__tensor_rows(const struct ario__tensor_slot *slot, size_t first, size_t rows, float *room);

// Copies them to `to` [rows, width].
void ario__tensor_copy(const struct ario__tensor_slot *slot, size_t first, size_t rows, float *to);

#endif
