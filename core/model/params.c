// SPDX-License-Identifier: MIT
//
// The table of tensors: names, shapes and places, built in one walk in the order of the file; and their rows.
#include "core/model/params.h"
#include "core/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  TENSORS_OF_LAYER = 16, // norm 2, attention 8, mlp norm 2, up 2, down 2
  TENSORS_OF_CROSS = 18, // one more norm
  TENSORS_BESIDE = 7,    // the rest: embed 1, query 2, norm 2, logits 2
  LINEARS_OF_BLOCK = 6,  // attention 4, mlp 2
  LINEARS_BESIDE = 2     // the rest: query, logits
};

// The walk: each call adds the next tensor.
struct walk {
  struct ario__params *params;
  bool overflow;
};

static void add(struct walk *walk, float **pointer, const char *prefix, const char *suffix, size_t rows,
                size_t cols) {
  struct ario__params *params = walk->params;
  struct ario__tensor_slot *slot = &params->tensors[params->tensor_count++];
  snprintf(slot->name, sizeof slot->name, "%s.%s", prefix, suffix);
  slot->rows = rows;
  slot->cols = cols;
  slot->pointer = pointer;
  if (!ario__multiply(rows, ario__tensor_width(slot), &slot->count)) walk->overflow = true;
}

static void add_norm(struct walk *walk, struct ario__norm *norm, const char *prefix, size_t channels) {
  add(walk, &norm->weight, prefix, "weight", channels, 0);
  add(walk, &norm->bias, prefix, "bias", channels, 0);
}

static void add_linear(struct walk *walk, struct ario__linear *linear, const char *prefix, size_t out,
                       size_t in) {
  linear->out = out;
  linear->in = in;
  linear->slot = &walk->params->tensors[walk->params->tensor_count];
  linear->number = walk->params->linear_count++;
  walk->params->linears[linear->number] = linear;
  add(walk, &linear->weight, prefix, "weight", out, in);
  add(walk, &linear->bias, prefix, "bias", out, 0);
}

// "layers.3" and "attn.q" -> "layers.3.attn.q", in a buffer of the caller.
static const char *join(char buffer[48], const char *prefix, const char *part) {
  snprintf(buffer, 48, "%s.%s", prefix, part);
  return buffer;
}

static void add_attention(struct walk *walk, struct ario__attention *attn, const char *prefix,
                          size_t channels) {
  char name[48];
  add_linear(walk, &attn->q, join(name, prefix, "attn.q"), channels, channels);
  add_linear(walk, &attn->k, join(name, prefix, "attn.k"), channels, channels);
  add_linear(walk, &attn->v, join(name, prefix, "attn.v"), channels, channels);
  add_linear(walk, &attn->out, join(name, prefix, "attn.out"), channels, channels);
}

static void add_mlp(struct walk *walk, struct ario__mlp *mlp, const char *prefix, size_t channels,
                    size_t wide) {
  char name[48];
  add_norm(walk, &mlp->norm, join(name, prefix, "mlp.norm"), channels);
  add_linear(walk, &mlp->up, join(name, prefix, "mlp.up"), wide, channels);
  add_linear(walk, &mlp->down, join(name, prefix, "mlp.down"), channels, wide);
}

static void add_all(struct walk *walk, const ario_config *config) {
  struct ario__params *params = walk->params;
  size_t channels = config->channels, wide = config->channels * config->mlp_widening;
  params->embed_slot = params->tensors;
  add(walk, &params->embed, "embed", "weight", config->vocab_size, channels);
  add_linear(walk, &params->query, "query", channels, channels);
  add_norm(walk, &params->cross.norm_q, "cross.norm_q", channels);
  add_norm(walk, &params->cross.norm_kv, "cross.norm_kv", channels);
  add_attention(walk, &params->cross.attn, "cross", channels);
  add_mlp(walk, &params->cross.mlp, "cross", channels, wide);
  for (size_t i = 0; i < config->layers; i++) {
    char prefix[32], name[48];
    snprintf(prefix, sizeof prefix, "layers.%zu", i);
    add_norm(walk, &params->layers[i].norm, join(name, prefix, "norm"), channels);
    add_attention(walk, &params->layers[i].attn, prefix, channels);
    add_mlp(walk, &params->layers[i].mlp, prefix, channels, wide);
  }
  add_norm(walk, &params->norm, "norm", channels);
  add_linear(walk, &params->logits, "logits", config->vocab_size, channels);
}

// Gives the tensors their places in the block.
static void carve(struct ario__params *params, struct ario__arena *arena) {
  for (size_t i = 0; i < params->tensor_count; i++) {
    struct ario__tensor_slot *slot = &params->tensors[i];
    slot->offset = arena->used / sizeof(float);
    if (slot->whole) {
      slot->scales = ario__carve(arena, slot->rows, sizeof *slot->scales);
      slot->numbers = ario__carve(arena, slot->count, sizeof *slot->numbers);
    } else {
      *slot->pointer = ario__carve(arena, slot->count, sizeof **slot->pointer);
    }
  }
  params->block_count = arena->used / sizeof(float);
}

ario_status ario__params_create(const ario_config *config, struct ario__params **out) {
  *out = NULL;
  struct ario__params *params = calloc(1, sizeof *params);
  if (!params) return ARIO_ERR_MEMORY;
  params->layers = calloc(config->layers + 1, sizeof *params->layers);
  params->tensors =
      calloc(TENSORS_BESIDE + TENSORS_OF_CROSS + config->layers * TENSORS_OF_LAYER, sizeof *params->tensors);
  params->linears = calloc(LINEARS_BESIDE + (1 + config->layers) * LINEARS_OF_BLOCK, sizeof *params->linears);
  struct walk walk = {.params = params};
  if (params->layers && params->tensors && params->linears) {
    struct ario__arena arena = {0};
    add_all(&walk, config);
    carve(params, &arena);
    walk.overflow |= arena.overflow;
    if (!walk.overflow) {
      *out = params;
      return ARIO_OK;
    }
  }
  ario__params_free(params);
  return walk.overflow ? ARIO_ERR_LIMIT : ARIO_ERR_MEMORY;
}

ario_status ario__params_allocate(struct ario__params *params, bool zeroed) {
  struct ario__arena measured = {0};
  carve(params, &measured);
  if (measured.overflow) return ARIO_ERR_LIMIT;
  params->block = zeroed ? ario__block(measured.used) : ario__unset_block(measured.used);
  if (!params->block) return ARIO_ERR_MEMORY;
  carve(params, &(struct ario__arena){.base = (char *)params->block});
  for (size_t i = 0; i < params->tensor_count; i++) {
    const struct ario__tensor_slot *slot = &params->tensors[i];
    if (slot->whole) continue;
    size_t end = i + 1 < params->tensor_count ? slot[1].offset : params->block_count;
    memset(*slot->pointer + slot->count, 0, (end - slot->offset - slot->count) * sizeof(float));
  }
  return ARIO_OK;
}

void ario__params_free(struct ario__params *params) {
  if (!params) return;
  free(params->block);
  free(params->linears);
  free(params->tensors);
  free(params->layers);
  free(params);
}

size_t ario__params_numbers(const struct ario__params *params) {
  size_t numbers = 0;
  for (size_t i = 0; i < params->tensor_count; i++) numbers += params->tensors[i].count;
  return numbers;
}

size_t ario__params_bytes(const struct ario__params *params) {
  size_t bytes = 0;
  for (size_t i = 0; i < params->tensor_count; i++) {
    const struct ario__tensor_slot *slot = &params->tensors[i];
    bytes += slot->whole ? slot->count + slot->rows * sizeof *slot->scales : slot->count * sizeof(float);
  }
  return bytes;
}

const struct ario__tensor_slot *ario__params_find(const struct ario__params *params, const char *name) {
  for (size_t i = 0; i < params->tensor_count; i++)
    if (strcmp(params->tensors[i].name, name) == 0) return &params->tensors[i];
  return NULL;
}

// ---- Rows ----

size_t ario__tensor_width(const struct ario__tensor_slot *slot) {
  return slot->cols ? slot->cols : 1;
}

size_t ario__params_widest(const struct ario__params *params) {
  size_t widest = 0;
  for (size_t i = 0; i < params->tensor_count; i++) {
    size_t width = ario__tensor_width(&params->tensors[i]);
    widest = width > widest ? width : widest;
  }
  return widest;
}

ARIO__CLONES
static void scale_row(float *to, const int8_t *row, size_t count, float scale) {
  for (size_t i = 0; i < count; i++) to[i] = (float)row[i] * scale;
}

void ario__tensor_copy(const struct ario__tensor_slot *slot, size_t first, size_t rows, float *to) {
  size_t width = ario__tensor_width(slot);
  if (!slot->whole) {
    memcpy(to, *slot->pointer + first * width, rows * width * sizeof *to);
    return;
  }
  for (size_t r = first; r < first + rows; r++, to += width)
    scale_row(to, slot->numbers + r * width, width, slot->scales[r]);
}

const float *ario__tensor_rows(const struct ario__tensor_slot *slot, size_t first, size_t rows, float *room) {
  if (!slot->whole) return *slot->pointer + first * ario__tensor_width(slot);
  ario__tensor_copy(slot, first, rows, room);
  return room;
}
