// SPDX-License-Identifier: MIT
//
// Packs keys and values.
#include "core/session/kv.h"
#include "core/base/sizes.h"
#include "core/math/bf16.h"
#include "core/model/packed.h"

#include <math.h>
#include <string.h>

enum { INT8_MOST = 127 };

static size_t unit_bytes(const struct ario__kv *kv) {
  return kv->precision == ARIO_PRECISION_INT8 ? 2 : 4;
}

size_t ario__kv_value_width(const struct ario__kv *kv) {
  return ario__smaller((kv->channels + ARIO__VECTOR - 1) / ARIO__VECTOR * ARIO__VECTOR, ARIO__PANEL);
}

static size_t value_panels(const struct ario__kv *kv) {
  return (kv->channels + ARIO__PANEL - 1) / ARIO__PANEL;
}

size_t ario__kv_key_stride(const struct ario__kv *kv) {
  return ario__units(kv->precision, kv->channels) * ARIO__PANEL;
}

size_t ario__kv_value_stride(const struct ario__kv *kv) {
  return ario__units(kv->precision, kv->capacity) * ario__kv_value_width(kv);
}

const char *ario__kv_keys(const struct ario__kv *kv, size_t head, size_t slot) {
  return kv->keys + (head * kv->capacity + slot) / ARIO__PANEL * ario__kv_key_stride(kv) * unit_bytes(kv);
}

const char *ario__kv_values(const struct ario__kv *kv, size_t head, size_t slot) {
  size_t unit = kv->precision == ARIO_PRECISION_FP32 ? slot : slot / 2;
  return kv->values +
         (head * value_panels(kv) * ario__kv_value_stride(kv) + unit * ario__kv_value_width(kv)) *
             unit_bytes(kv);
}

void ario__kv_carve(struct ario__kv *kv, const ario_config *config, ario_precision precision, size_t capacity,
                    struct ario__arena *arena) {
  size_t whole =
      capacity > SIZE_MAX - ARIO__TILE ? capacity : (capacity + ARIO__TILE - 1) / ARIO__TILE * ARIO__TILE;
  *kv = (struct ario__kv){.precision = precision,
                          .heads = config->heads,
                          .channels = config->channels / config->heads,
                          .capacity = whole};
  size_t unit = unit_bytes(kv);
  kv->keys = ario__carve(arena, whole / ARIO__PANEL, kv->heads * ario__kv_key_stride(kv) * unit);
  kv->values = ario__carve(arena, ario__units(precision, whole),
                           kv->heads * value_panels(kv) * ario__kv_value_width(kv) * unit);
  if (precision != ARIO_PRECISION_INT8) return;
  kv->key_scales = ario__carve(arena, whole, kv->heads * sizeof(float));
  kv->value_scales = ario__carve(arena, whole, kv->heads * sizeof(float));
}

// ---- Storing ----

// The factor for a head's key or value before it is rounded to whole numbers.
static float start_int8(float *scale, const float *x, size_t count) {
  float top = ario__largest(x, count);
  *scale = top / INT8_MOST;
  return top > 0 && isfinite(top) ? INT8_MOST / top : 0;
}

static void put_key(const struct ario__kv *kv, size_t head, size_t slot, const float *k) {
  char *panel = (char *)ario__kv_keys(kv, head, slot / ARIO__PANEL * ARIO__PANEL);
  size_t column = slot % ARIO__PANEL, channels = kv->channels;
  if (kv->precision == ARIO_PRECISION_FP32) {
    float *to = (float *)panel + column;
    for (size_t i = 0; i < channels; i++) to[i * ARIO__PANEL] = k[i];
  } else if (kv->precision == ARIO_PRECISION_BF16) {
    uint32_t *to = (uint32_t *)panel + column;
    for (size_t i = 0; i < channels; i += 2)
      to[i / 2 * ARIO__PANEL] = ario__bf16_pair(k[i], i + 1 < channels ? k[i + 1] : 0);
  } else {
    int8_t *to = (int8_t *)panel + 2 * column;
    float scale = start_int8(&kv->key_scales[head * kv->capacity + slot], k, channels);
    for (size_t i = 0; i < channels; i++)
      to[i / 2 * 2 * ARIO__PANEL + i % 2] = (int8_t)ario__whole(k[i] * scale);
  }
}

static void put_value(const struct ario__kv *kv, size_t head, size_t slot, const float *v) {
  char *values = (char *)ario__kv_values(kv, head, slot);
  size_t stride = ario__kv_value_stride(kv), width = ario__kv_value_width(kv);
  float scale = 0;
  if (kv->precision == ARIO_PRECISION_INT8)
    scale = start_int8(&kv->value_scales[head * kv->capacity + slot], v, kv->channels);
  for (size_t i = 0; i < kv->channels; i++) {
    size_t place = i / width * stride + i % width;
    if (kv->precision == ARIO_PRECISION_FP32)
      ((float *)values)[place] = v[i];
    else if (kv->precision == ARIO_PRECISION_BF16)
      ((uint16_t *)values)[2 * place + slot % 2] = ario__bf16(v[i]);
    else
      ((int8_t *)values)[2 * place + slot % 2] = (int8_t)ario__whole(v[i] * scale);
  }
}

struct store_job {
  struct ario__kv *kv;
  const struct ario__micro *micro;
  const float *k, *v;
  size_t rows, slot;
};

// Stores slot by slot.
static void store_slots(const struct store_job *job, size_t head, size_t first, size_t rows) {
  const struct ario__kv *kv = job->kv;
  size_t width = kv->heads * kv->channels;
  for (size_t r = first; r < first + rows; r++) {
    size_t at = r * width + head * kv->channels;
    put_key(kv, head, job->slot + r, job->k + at);
    put_value(kv, head, job->slot + r, job->v + at);
  }
}

// Stores PANEL slots at once: a whole panel of keys.
static void store_panel(const struct store_job *job, size_t head, size_t first) {
  const struct ario__kv *kv = job->kv;
  size_t width = kv->heads * kv->channels, slot = job->slot + first;
  const float *k = job->k + first * width + head * kv->channels;
  const float *v = job->v + first * width + head * kv->channels;
  job->micro->columns[kv->precision]((char *)ario__kv_keys(kv, head, slot), ARIO__PANEL, k, width,
                                     ARIO__PANEL, kv->channels);
  char *values = (char *)ario__kv_values(kv, head, slot);
  for (size_t i = 0; i < kv->channels; i += ARIO__PANEL)
    job->micro->across[kv->precision](values + i / ARIO__PANEL * ario__kv_value_stride(kv) * unit_bytes(kv),
                                      ario__kv_value_width(kv), v + i, width,
                                      ario__smaller(kv->channels - i, ARIO__PANEL), ARIO__PANEL);
}

static void store_head(void *context, size_t head, size_t worker) {
  (void)worker;
  const struct store_job *job = context;
  bool in_panels = job->kv->precision != ARIO_PRECISION_INT8;
  for (size_t row = 0; row < job->rows;) {
    size_t to_panel = ARIO__PANEL - (job->slot + row) % ARIO__PANEL, rest = job->rows - row;
    if (in_panels && to_panel == ARIO__PANEL && rest >= ARIO__PANEL) {
      store_panel(job, head, row);
      row += ARIO__PANEL;
    } else {
      size_t rows = ario__smaller(to_panel, rest);
      store_slots(job, head, row, rows);
      row += rows;
    }
  }
}

void ario__kv_store(struct ario__kv *kv, struct ario__pool *pool, const struct ario__micro *micro,
                    const float *k, const float *v, size_t rows, size_t slot) {
  struct store_job job = {kv, micro, k, v, rows, slot};
  if (rows > 1)
    ario__pool_run(pool, store_head, &job, kv->heads);
  else // sharing would take longer than the work
    for (size_t head = 0; head < kv->heads; head++) store_head(&job, head, 0);
}

void ario__kv_copy(struct ario__kv *to, size_t to_slot, const struct ario__kv *from, size_t from_slot,
                   size_t count) {
  size_t whole = (count + ARIO__TILE - 1) / ARIO__TILE * ARIO__TILE, unit = unit_bytes(to);
  for (size_t h = 0; h < to->heads; h++) {
    memcpy((char *)ario__kv_keys(to, h, to_slot), ario__kv_keys(from, h, from_slot),
           whole / ARIO__PANEL * ario__kv_key_stride(to) * unit);
    for (size_t p = 0; p < value_panels(to); p++)
      memcpy((char *)ario__kv_values(to, h, to_slot) + p * ario__kv_value_stride(to) * unit,
             ario__kv_values(from, h, from_slot) + p * ario__kv_value_stride(from) * unit,
             ario__units(to->precision, whole) * ario__kv_value_width(to) * unit);
    if (to->precision != ARIO_PRECISION_INT8) continue;
    memcpy(to->key_scales + h * to->capacity + to_slot, from->key_scales + h * from->capacity + from_slot,
           whole * sizeof(float));
    memcpy(to->value_scales + h * to->capacity + to_slot, from->value_scales + h * from->capacity + from_slot,
           whole * sizeof(float));
  }
}
