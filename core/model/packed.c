// SPDX-License-Identifier: MIT
//
// Packs a model's weights, and multiplies by them.
#include "core/model/packed.h"
#include "core/base/sizes.h"
#include "core/math/kernels.h"
#include "core/model/model_internal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TASK_PANELS = 2, UNIT_BYTES = 4, INT8_UNIT_BYTES = 2, INT8_WEIGHT = 127 };

static size_t panels_of(size_t out) {
  return (out + ARIO__PANEL - 1) / ARIO__PANEL;
}

static size_t panel_bytes(ario_precision precision, size_t units) {
  return units * ARIO__PANEL * (precision == ARIO_PRECISION_INT8 ? INT8_UNIT_BYTES : UNIT_BYTES);
}

// ---- Rounding to whole numbers ----

// Compares magnitudes by their bits, as integers: then a NaN is the largest of all, and shows.
ARIO__CLONES
float ario__largest(const float *x, size_t count) {
  enum { LANES = 64 }; // several vectors: a single one would wait for itself
  uint32_t lanes[LANES] = {0}, top = 0;
  for (size_t i = 0; i < count; i += LANES)
    for (size_t l = 0; l < (count - i < LANES ? count - i : LANES); l++) {
      uint32_t bits;
      memcpy(&bits, &x[i + l], sizeof bits);
      bits &= 0x7fffffff;
      lanes[l] = bits > lanes[l] ? bits : lanes[l];
    }
  for (size_t l = 0; l < LANES; l++) top = lanes[l] > top ? lanes[l] : top;
  float largest;
  memcpy(&largest, &top, sizeof largest);
  return largest;
}

// What numbers are multiplied by to become whole ones, of which 1 stands for `scale`; 0 if the scale is not
// finite, which shows later.
static float inverse(float scale) {
  return scale > 0 && isfinite(scale) ? 1 / scale : 0;
}

float ario__strip_scale(const float *x, size_t count) {
  return ario__largest(x, count) / ARIO__INT8_ACTIVATION;
}

ARIO__CLONES
static void round_strip(int16_t *to, const float *x, size_t count, float factor) {
  for (size_t i = 0; i < count; i++) to[i] = (int16_t)ario__whole(x[i] * factor);
}

void ario__strip_int8(void *to, const float *x, size_t count, float scale) {
  float factor = inverse(scale);
  if (factor > 0)
    round_strip(to, x, count, factor);
  else
    memset(to, 0, count * sizeof(int16_t));
  if (count % 2) ((int16_t *)to)[count] = 0;
}

// ---- Weights ----

static float weight_scale(const float *row, size_t count) {
  float scale = ario__largest(row, count) / INT8_WEIGHT;
  uint32_t bits;
  memcpy(&bits, &scale, sizeof bits);
  if (scale > FLT_MIN && scale < FLT_MAX / 2) bits = (bits + 0xfff) & ~(uint32_t)0xfff;
  memcpy(&scale, &bits, sizeof scale);
  return scale;
}

ARIO__CLONES
static void round_row(int8_t *to, const float *row, size_t count, float factor) {
  for (size_t i = 0; i < count; i++) to[i] = (int8_t)ario__whole(row[i] * factor);
}

float ario__round_weights(int8_t *to, const float *row, size_t count) {
  float scale = weight_scale(row, count), factor = inverse(scale);
  if (factor > 0)
    round_row(to, row, count, factor);
  else
    memset(to, 0, count);
  return scale;
}

// What packing needs for one panel.
struct rooms {
  float *rows;   // [PANEL, widest] the weights, if the model keeps them as whole numbers
  int8_t *whole; // [widest] one row of them for int8
};

static bool rooms_create(struct rooms *rooms, size_t widest) {
  size_t bytes;
  *rooms = (struct rooms){NULL, NULL};
  if (!ario__multiply(widest, ARIO__PANEL * sizeof *rooms->rows, &bytes)) return false;
  rooms->rows = malloc(bytes);
  rooms->whole = malloc(widest);
  return rooms->rows && rooms->whole;
}

static void rooms_free(struct rooms *rooms) {
  free(rooms->rows);
  free(rooms->whole);
}

// Packs weight [rows, in] into one panel, with scales [rows].
static void pack_int8(char *panel, float *scales, const float *weight, size_t rows, size_t in,
                      int8_t *whole) {
  for (size_t r = 0; r < rows; r++) {
    int8_t *to = (int8_t *)panel + r * 2;
    scales[r] = ario__round_weights(whole, weight + r * in, in);
    for (size_t i = 0; i < in; i++) to[i / 2 * ARIO__PANEL * 2 + i % 2] = whole[i];
  }
}

static void pack_layer(ario_precision precision, struct ario__panels *panels,
                       const struct ario__tensor_slot *slot, const struct rooms *rooms) {
  const struct ario__micro *micro = ario__micro_best(); // all tables pack alike
  size_t in = panels->in;
  for (size_t o = 0; o < panels->out; o += ARIO__PANEL) {
    size_t rows = ario__smaller(panels->out - o, ARIO__PANEL);
    const float *weight = ario__tensor_rows(slot, o, rows, rooms->rows);
    char *panel = panels->data + o / ARIO__PANEL * panel_bytes(precision, panels->units);
    if (precision == ARIO_PRECISION_INT8)
      pack_int8(panel, panels->scales + o, weight, rows, in, rooms->whole);
    else
      micro->columns[precision](panel, ARIO__PANEL, weight, in, rows, in);
  }
}

static void carve(struct ario__packed *packed, const struct ario__params *params, struct ario__arena *arena) {
  packed->layers = ario__carve(arena, params->linear_count, sizeof *packed->layers);
  for (size_t i = 0; i < params->linear_count; i++) {
    const struct ario__linear *linear = params->linears[i];
    struct ario__panels panels = {
        .out = linear->out, .in = linear->in, .units = ario__units(packed->precision, linear->in)};
    panels.data = ario__carve(arena, panels_of(linear->out), panel_bytes(packed->precision, panels.units));
    if (packed->precision == ARIO_PRECISION_INT8)
      panels.scales = ario__carve(arena, linear->out, sizeof(float));
    if (packed->layers) packed->layers[i] = panels;
  }
}

ario_status ario__packed_bytes(const ario_model *model, ario_precision precision, size_t *bytes) {
  struct ario__packed packed = {.precision = precision};
  struct ario__arena arena = {0};
  carve(&packed, model->params, &arena);
  *bytes = arena.used;
  return arena.overflow ? ARIO_ERR_LIMIT : ARIO_OK;
}

static void packed_free(struct ario__packed *packed) {
  free(packed->block);
  free(packed);
}

static ario_status packed_create(const ario_model *model, ario_precision precision,
                                 struct ario__packed **out) {
  size_t bytes;
  struct rooms rooms;
  ario_status status = ario__packed_bytes(model, precision, &bytes);
  if (status) return status;
  struct ario__packed *packed = calloc(1, sizeof *packed);
  bool enough = rooms_create(&rooms, ario__params_widest(model->params));
  if (packed) *packed = (struct ario__packed){.precision = precision, .block = ario__block(bytes)};
  if (!packed || !enough || !packed->block) {
    rooms_free(&rooms);
    if (packed) packed_free(packed);
    return ARIO_ERR_MEMORY;
  }
  carve(packed, model->params, &(struct ario__arena){.base = packed->block});
  for (size_t i = 0; i < model->params->linear_count; i++)
    pack_layer(precision, &packed->layers[i], model->params->linears[i]->slot, &rooms);
  rooms_free(&rooms);
  *out = packed;
  return ARIO_OK;
}

ario_status ario__packed_take(const ario_model *model, ario_precision precision,
                              const struct ario__packed **out) {
  struct ario__packed_shelf *shelf = model->packed;
  ario_status status = ARIO_OK;
  pthread_mutex_lock(&shelf->mutex);
  struct ario__packed **packed = &shelf->packed[precision];
  if (!*packed) status = packed_create(model, precision, packed);
  if (!status) {
    (*packed)->users++;
    *out = *packed;
  }
  pthread_mutex_unlock(&shelf->mutex);
  return status;
}

void ario__packed_give_back(const ario_model *model, const struct ario__packed *packed) {
  if (!packed) return;
  struct ario__packed_shelf *shelf = model->packed;
  pthread_mutex_lock(&shelf->mutex);
  struct ario__packed **own = &shelf->packed[packed->precision];
  if (--(*own)->users == 0) {
    packed_free(*own);
    *own = NULL;
  }
  pthread_mutex_unlock(&shelf->mutex);
}

ario_status ario__packed_shelf_create(struct ario__packed_shelf **out) {
  *out = calloc(1, sizeof **out);
  if (!*out) return ARIO_ERR_MEMORY;
  pthread_mutex_init(&(*out)->mutex, NULL);
  return ARIO_OK;
}

void ario__packed_shelf_free(struct ario__packed_shelf *shelf) {
  if (!shelf) return;
  pthread_mutex_destroy(&shelf->mutex);
  free(shelf);
}

// ---- Inputs ----

void ario__strips_carve(struct ario__strips *strips, size_t rows, size_t in_most, ario_precision precision,
                        struct ario__arena *arena) {
  size_t blocks = (in_most + ario__strip_numbers(precision) - 1) / ario__strip_numbers(precision);
  strips->rows = rows;
  strips->data = ario__carve(arena, rows, blocks * ARIO__STRIP * UNIT_BYTES);
  strips->scales = ario__carve(arena, rows, sizeof(float));
}

struct fill_job {
  struct ario__strips *strips;
  const struct ario__micro *micro;
  ario_precision precision;
  const float *x;
  size_t in;
};

// The strip of row `row`, block `block` of the sum.
static char *strip_of(const struct ario__strips *strips, size_t block, size_t row) {
  return strips->data + (block * strips->rows + row) * ARIO__STRIP * UNIT_BYTES;
}

static void fill_rows(void *context, size_t first, size_t rows) {
  const struct fill_job *job = context;
  size_t numbers = ario__strip_numbers(job->precision);
  for (size_t row = first; row < first + rows; row++) {
    const float *x = job->x + row * job->in;
    float *scale = &job->strips->scales[row];
    if (job->precision == ARIO_PRECISION_INT8) *scale = ario__strip_scale(x, job->in);
    for (size_t at = 0, block = 0; at < job->in; at += numbers, block++) {
      size_t count = ario__smaller(job->in - at, numbers);
      char *to = strip_of(job->strips, block, row);
      if (job->precision == ARIO_PRECISION_INT8)
        ario__strip_int8(to, x + at, count, *scale);
      else
        job->micro->strip[job->precision](to, x + at, job->in, 1, count);
    }
  }
}

void ario__strips_fill(struct ario__strips *strips, const struct ario__micro *micro, ario_precision precision,
                       struct ario__pool *pool, const float *x, size_t rows, size_t in) {
  ario__pool_run_rows(pool, fill_rows, &(struct fill_job){strips, micro, precision, x, in}, rows);
}

// ---- Products ----

struct multiply_job {
  const struct ario__strips *strips;
  const struct ario__micro *micro;
  ario_precision precision;
  const struct ario__packed_use *uses;
  size_t rows;
};

static size_t tasks_of(const struct ario__panels *panels) {
  return (panels_of(panels->out) + TASK_PANELS - 1) / TASK_PANELS;
}

// Starts `to` [rows, cols] with from + bias.
static void start(const struct ario__packed_use *use, size_t rows, size_t column, size_t cols) {
  size_t out = use->panels->out;
  const float *bias = use->bias + column;
  for (size_t r = 0; r < rows; r++) {
    float *to = use->to + r * out + column;
    const float *from = use->from ? use->from + r * out + column : NULL;
    if (from)
      for (size_t i = 0; i < cols; i++) to[i] = from[i] + bias[i];
    else
      memcpy(to, bias, cols * sizeof *to);
  }
}

static void multiply_panels(void *context, size_t task, size_t worker) {
  (void)worker;
  const struct multiply_job *job = context;
  const struct ario__packed_use *use = job->uses;
  for (; task >= tasks_of(use->panels); use++) task -= tasks_of(use->panels);
  const struct ario__panels *panels = use->panels;
  size_t column = task * TASK_PANELS * ARIO__PANEL, numbers = ario__strip_numbers(job->precision);
  size_t cols = ario__smaller(panels->out - column, TASK_PANELS * ARIO__PANEL);
  size_t bytes = panel_bytes(job->precision, panels->units);
  start(use, job->rows, column, cols);
  for (size_t at = 0, block = 0; at < panels->in; at += numbers, block++)
    job->micro->multiply[job->precision](&(struct ario__micro_job){
        .rows = job->rows,
        .cols = cols,
        .units = ario__units(job->precision, ario__smaller(panels->in - at, numbers)),
        .a = strip_of(job->strips, block, 0),
        .b = panels->data + column / ARIO__PANEL * bytes +
             panel_bytes(job->precision, ario__units(job->precision, at)),
        .width = ARIO__PANEL,
        .panel_stride = panels->units * ARIO__PANEL,
        .alpha = 1,
        .add = true,
        .c = use->to + column,
        .ldc = panels->out,
        .a_scale = job->strips->scales,
        .b_scale = panels->scales ? panels->scales + column : NULL});
}

void ario__packed_multiply(const struct ario__strips *strips, const struct ario__micro *micro,
                           ario_precision precision, struct ario__pool *pool,
                           const struct ario__packed_use *uses, size_t count, size_t rows) {
  size_t tasks = 0;
  for (size_t i = 0; i < count; i++) tasks += tasks_of(uses[i].panels);
  ario__pool_run(pool, multiply_panels, &(struct multiply_job){strips, micro, precision, uses, rows}, tasks);
}
