// SPDX-License-Identifier: MIT
//
// A model's linear layers as a session multiplies them: in its precision, packed into panels once (micro.h),
// so that a token reads each weight once and in order.
#ifndef ARIO_PACKED_H
#define ARIO_PACKED_H

#include "core/base/memory.h"
#include "core/base/pool.h"
#include "core/math/micro.h"
#include "core/model/params.h"

#include <pthread.h>

// One layer's weights [out, in].
struct ario__panels {
  char *data;    // [out / PANEL][units][PANEL]
  float *scales; // [out] int8: the largest magnitude of a row stands for 127
  size_t out, in, units;
};

// Those of a whole model. Immutable; sessions of one model and precision share them.
struct ario__packed {
  ario_precision precision;
  struct ario__panels *layers; // [linear_count]
  char *block;
  size_t users; // under the shelf's mutex
};

// Where a model has those that are in use, one for each precision.
struct ario__packed_shelf {
  pthread_mutex_t mutex;
  struct ario__packed *packed[3];
};

ario_status ario__packed_shelf_create(struct ario__packed_shelf **out);
void ario__packed_shelf_free(struct ario__packed_shelf *shelf); // safe on NULL

// The model's, made if nobody else uses them now. Errors: ERR_MEMORY, ERR_LIMIT.
ario_status ario__packed_take(const ario_model *model, ario_precision precision,
                              const struct ario__packed **out);
void ario__packed_give_back(const ario_model *model, const struct ario__packed *packed); // safe on NULL
ario_status ario__packed_bytes(const ario_model *model, ario_precision precision, size_t *bytes);

// Inputs brought into strips: those of rows [rows, in], at most `in_most` wide.
struct ario__strips {
  char *data;    // [blocks][rows][STRIP] units
  float *scales; // [rows] int8
  size_t rows;   // at most
};

void ario__strips_carve(struct ario__strips *strips, size_t rows, size_t in_most, ario_precision precision,
                        struct ario__arena *arena);

struct ario__packed_use {
  const struct ario__panels *panels;
  const float *bias; // [out]
  const float *from; // [rows, out] or NULL
  float *to;         // [rows, out]
};

// x [rows, in] into strips.
void ario__strips_fill(struct ario__strips *strips, const struct ario__micro *micro, ario_precision precision,
                       struct ario__pool *pool, const float *x, size_t rows, size_t in);

// to = from + x W^T + bias for layers that share an input, which lies in the strips.
void ario__packed_multiply(const struct ario__strips *strips, const struct ario__micro *micro,
                           ario_precision precision, struct ario__pool *pool,
                           const struct ario__packed_use *uses, size_t count, size_t rows);

// The largest magnitude in x [count], a NaN if there is any; 0 of none.
float ario__largest(const float *x, size_t count);

// A row of weights [count] in whole numbers up to 127; returns what a 1 stands for: the largest magnitude
// over 127, rounded up to 11 binary digits, so that weights that were rounded once are what they were when
// they are rounded again.
float ario__round_weights(int8_t *to, const float *row, size_t count);

// What a 1 stands for in a strip for int8 of x [count], and x, or a part of it, into such a strip.
float ario__strip_scale(const float *x, size_t count);
void ario__strip_int8(void *to, const float *x, size_t count, float scale);

// The nearest whole number, for magnitudes below 2^22.
static inline int ario__whole(float x) {
  const float to_whole = 12582912.0f; // 1.5 * 2^23: a number added to it is rounded to a whole one
  return (int)(x + to_whole - to_whole);
}

#endif
