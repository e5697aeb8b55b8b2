// SPDX-License-Identifier: MIT
//
// A model's linear layers as a session multiplies them: in its precision, and packed into panels once
// (micro.h), so that a token reads each weight once and in order.
#ifndef ARIO_PACKED_H
#define ARIO_PACKED_H

#include "core/base/memory.h"
#include "core/base/pool.h"
#include "core/math/micro.h"
#include "core/model/params.h"

#include <pthread.h>

// One layer's weights [out, in], packed.
struct ario__panels {
  char *data;    // [out / PANEL][units][PANEL]
  float *scales; // [out] int8: what a 1 stands for; the largest magnitude of a row is 127
  size_t out, in, units;
};

// The packed weights of a whole model. Immutable; shared by the sessions of one model and precision.
struct ario__packed {
  ario_precision precision;
  struct ario__panels *layers; // [linear_count]
  char *block;
  size_t users; // sessions; guarded by the shelf's mutex
};

// The packed weights of a model that are in use, one for each precision.
struct ario__packed_shelf {
  pthread_mutex_t mutex;
  struct ario__packed *packed[3];
};

ario_status ario__packed_shelf_create(struct ario__packed_shelf **out);
void ario__packed_shelf_free(struct ario__packed_shelf *shelf); // safe on NULL

// Takes a model's packed weights, and packs them if nobody uses them yet. Errors: ERR_MEMORY, ERR_LIMIT.
ario_status ario__packed_take(const ario_model *model, ario_precision precision,
                              const struct ario__packed **out);
void ario__packed_give_back(const ario_model *model, const struct ario__packed *packed); // safe on NULL
ario_status ario__packed_bytes(const ario_model *model, ario_precision precision, size_t *bytes);

// Inputs packed into strips (micro.h): rows [rows, in] of at most `in_most` numbers.
struct ario__strips {
  char *data;    // [blocks][rows][STRIP] units
  float *scales; // [rows] int8
  size_t rows;   // most rows
};

void ario__strips_carve(struct ario__strips *strips, size_t rows, size_t in_most, ario_precision precision,
                        struct ario__arena *arena);

struct ario__packed_use {
  const struct ario__panels *panels;
  const float *bias; // [out]
  const float *from; // [rows, out] or NULL
  float *to;         // [rows, out]
};

// Packs x [rows, in] into strips.
void ario__strips_fill(struct ario__strips *strips, const struct ario__micro *micro, ario_precision precision,
                       struct ario__pool *pool, const float *x, size_t rows, size_t in);

// to = from + x W^T + bias, for layers that share the input x in the strips
void ario__packed_multiply(const struct ario__strips *strips, const struct ario__micro *micro,
                           ario_precision precision, struct ario__pool *pool,
                           const struct ario__packed_use *uses, size_t count, size_t rows);

// The largest magnitude in x [count]; NaN if there is a NaN; 0 for no numbers.
float ario__largest(const float *x, size_t count);

// Rounds a row of weights [count] to whole numbers up to 127. Returns what a 1 stands for: the largest
// magnitude over 127, rounded up to 11 significant bits, so that rounding weights that were rounded before
// changes nothing.
float ario__round_weights(int8_t *to, const float *row, size_t count);

// For int8: what a 1 stands for in the strip of x [count], and x, or a part of it, packed into such a strip.
float ario__strip_scale(const float *x, size_t count);
void ario__strip_int8(void *to, const float *x, size_t count, float scale);

// The nearest whole number, for magnitudes below 2^22.
static inline int ario__whole(float x) {
  const float to_whole = 12582912.0f; // 1.5 * 2^23: a number added to it is rounded to a whole one
  return (int)(x + to_whole - to_whole);
}

#endif
