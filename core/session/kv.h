// SPDX-License-Identifier: MIT
//
// The keys and values of one attention, as a session keeps them: in its precision and packed into panels
// (micro.h). Scores are a product of queries with panels of keys; the output is a product of weights with
// panels of values. Slots are numbered from 0; TILE of them are attended to at a time.
#ifndef ARIO_KV_H
#define ARIO_KV_H

#include "arioso/model.h"
#include "core/base/memory.h"
#include "core/base/pool.h"
#include "core/math/micro.h"

enum { ARIO__TILE = 256 };

struct ario__kv {
  ario_precision precision;
  size_t heads, channels; // C, of a head
  size_t capacity;        // a multiple of TILE
  char *keys;             // [H][capacity / PANEL][units of C][PANEL]
  char *values;           // [H][panels][units of capacity][width], width: whole vectors of C, PANEL at most
  float *key_scales, *value_scales; // int8: [H, capacity]
};

// Lays out a cache; `capacity` is rounded up to whole tiles.
void ario__kv_carve(struct ario__kv *kv, const ario_config *config, ario_precision precision, size_t capacity,
                    struct ario__arena *arena);

// Stores keys and values k, v [rows, H * C] in the slots from `slot` on.
void ario__kv_store(struct ario__kv *kv, struct ario__pool *pool, const struct ario__micro *micro,
                    const float *k, const float *v, size_t rows, size_t slot);

// Copies `count` slots between caches of the same shape (but any capacity). Both slots are multiples of TILE.
void ario__kv_copy(struct ario__kv *to, size_t to_slot, const struct ario__kv *from, size_t from_slot,
                   size_t count);

// The panels of a head's keys from `slot` on (a multiple of PANEL), and of its values from `slot` on (a
// multiple of TILE).
const char *ario__kv_keys(const struct ario__kv *kv, size_t head, size_t slot);
const char *ario__kv_values(const struct ario__kv *kv, size_t head, size_t slot);
// The distance from one of a head's panels to the next, in units times columns; and the width of a panel of
// values.
size_t ario__kv_key_stride(const struct ario__kv *kv);
size_t ario__kv_value_stride(const struct ario__kv *kv);
size_t ario__kv_value_width(const struct ario__kv *kv);

#endif
