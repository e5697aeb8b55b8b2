// SPDX-License-Identifier: MIT
//
// Tiled attention with a running softmax (Milakov and Gimelshein 2018, arXiv 1805.02867). A task is one head
// of some rows:
//
//   scores = queries keys^T / sqrt(C)        [rows, TILE] of one tile
//   top'   = max(top, max of scores)         running maximum of each row
//   sum    = sum e^(top - top') + sum of e^(scores - top')
//   mixed  = mixed e^(top - top') + e^(scores - top') values
//
// and ends with out = mixed / sum.
#include "core/session/mix.h"
#include "core/base/sizes.h"
#include "core/math/kernels.h"
#include "core/model/packed.h"

#include <math.h>
#include <string.h>

enum { ROWS = 4 * ARIO__STRIP_ROWS, UNIT_BYTES = 4 };

// One worker's scratch.
struct scratch {
  char *queries;       // [blocks of C][ROWS][STRIP] units
  float *query_scales; // [ROWS]
  float *scores;       // [ROWS, STRIP] which is a strip of fp32
  char *weights;       // [ROWS][STRIP] units
  float *weight_scales;
  float *mixed; // [ROWS, C]
  float *top, *sum;
};

static void carve(struct scratch *s, size_t channels, struct ario__arena *arena) {
  size_t blocks = (channels + ARIO__UNITS - 1) / ARIO__UNITS, strip = ROWS * ARIO__STRIP * UNIT_BYTES;
  s->queries = ario__carve(arena, blocks, strip);
  s->scores = ario__carve(arena, 1, strip);
  s->weights = ario__carve(arena, 1, strip);
  s->mixed = ario__carve(arena, channels, ROWS * sizeof(float));
  float **vectors[] = {&s->query_scales, &s->weight_scales, &s->top, &s->sum};
  for (size_t i = 0; i < 4; i++) *vectors[i] = ario__carve(arena, ROWS, sizeof(float));
}

size_t ario__mix_scratch(size_t head_channels) {
  struct scratch s;
  struct ario__arena arena = {0};
  carve(&s, head_channels, &arena);
  return arena.used;
}

struct tile;

// The work of one task: rows first .. first + rows - 1 of a head.
struct part {
  const struct ario__mix_job *job;
  struct scratch s;
  size_t head, first, rows;
  void (*visit)(const struct part *part, const struct tile *tile); // what is done with each tile
  float share, *weights;                                           // of ario__mix_weigh
};

static void fill_queries(const struct part *p) {
  const struct ario__mix_job *job = p->job;
  size_t width = job->heads * job->channels, numbers = ario__strip_numbers(job->precision);
  const float *x = job->queries + p->first * width + p->head * job->channels;
  if (job->precision == ARIO_PRECISION_INT8)
    for (size_t r = 0; r < p->rows; r++)
      p->s.query_scales[r] = ario__strip_scale(x + r * width, job->channels);
  for (size_t at = 0, block = 0; at < job->channels; at += numbers, block++) {
    char *to = p->s.queries + block * ROWS * ARIO__STRIP * UNIT_BYTES;
    size_t count = ario__smaller(job->channels - at, numbers);
    if (job->precision == ARIO_PRECISION_INT8)
      for (size_t r = 0; r < p->rows; r++)
        ario__strip_int8(to + r * ARIO__STRIP * UNIT_BYTES, x + r * width + at, count, p->s.query_scales[r]);
    else
      job->micro->strip[job->precision](to, x + at, width, p->rows, count);
  }
}

// Positions tile .. tile + cols - 1, in slots from `slot` on, and rows row .. row + rows - 1 of the task.
struct tile {
  const struct ario__mix_source *source;
  size_t tile, cols, slot, row, rows;
};

static void score(const struct part *p, const struct tile *t) {
  const struct ario__mix_job *job = p->job;
  const struct ario__kv *kv = t->source->kv;
  size_t numbers = ario__strip_numbers(job->precision);
  const char *keys = ario__kv_keys(kv, p->head, t->slot);
  size_t unit = job->precision == ARIO_PRECISION_INT8 ? 2 : 4;
  for (size_t at = 0, block = 0; at < job->channels; at += numbers, block++)
    job->micro->multiply[job->precision](&(struct ario__micro_job){
        .rows = t->rows,
        .cols = t->cols,
        .units = ario__units(job->precision, ario__smaller(job->channels - at, numbers)),
        .a = p->s.queries + (block * ROWS + t->row) * ARIO__STRIP * UNIT_BYTES,
        .b = keys + ario__units(job->precision, at) * ARIO__PANEL * unit,
        .width = ARIO__PANEL,
        .panel_stride = ario__kv_key_stride(kv),
        .alpha = 1.0f / sqrtf((float)job->channels),
        .add = block > 0,
        .c = p->s.scores + t->row * ARIO__STRIP,
        .ldc = ARIO__STRIP,
        .a_scale = p->s.query_scales + t->row,
        .b_scale = kv->key_scales ? kv->key_scales + p->head * kv->capacity + t->slot : NULL});
}

// The columns from .. until - 1 of a tile are what a row sees of it; until may be beyond the tile.
struct seen {
  size_t from, until;
};

static struct seen seen_by(const struct part *p, const struct tile *t, size_t row) {
  const struct ario__sight *sight = &p->job->sights[p->first + row];
  size_t oldest = ario__larger(sight->oldest, t->source->from);
  size_t end = ario__smaller(sight->newest + 1, t->source->until);
  return (struct seen){oldest > t->tile ? oldest - t->tile : 0, end > t->tile ? end - t->tile : 0};
}

// Turns the scores of one row into weights; positions that the row does not see weigh nothing. The row's `channels`
// values so far are rescaled.
static void fold_row(const struct part *p, const struct tile *t, size_t row, size_t channels) {
  const struct scratch *s = &p->s;
  const struct seen seen = seen_by(p, t, row);
  ario__softmax_fold(&(struct ario__softmax){s->scores + row * ARIO__STRIP, s->mixed + row * p->job->channels,
                                             channels, &s->top[row], &s->sum[row]},
                     seen.from, seen.until, t->cols);
}

// Packs the weights into the strip that multiplies the values. A value's scale is applied to its weight.
static const void *fill_weights(const struct part *p, const struct tile *t) {
  const struct scratch *s = &p->s;
  const struct ario__kv *kv = t->source->kv;
  float *scores = s->scores + t->row * ARIO__STRIP;
  char *to = s->weights + t->row * ARIO__STRIP * UNIT_BYTES;
  if (p->job->precision == ARIO_PRECISION_FP32) return scores;
  if (p->job->precision == ARIO_PRECISION_BF16) {
    p->job->micro->strip[ARIO_PRECISION_BF16](to, scores, ARIO__STRIP, t->rows, t->cols);
    return to;
  }
  const float *scales = kv->value_scales + p->head * kv->capacity + t->slot;
  for (size_t r = 0; r < t->rows; r++) {
    float *row = scores + r * ARIO__STRIP;
    for (size_t i = 0; i < t->cols; i++) row[i] *= scales[i];
    s->weight_scales[t->row + r] = ario__strip_scale(row, t->cols);
    ario__strip_int8(to + r * ARIO__STRIP * UNIT_BYTES, row, t->cols, s->weight_scales[t->row + r]);
  }
  return to;
}

static void mix_tile(const struct part *p, const struct tile *t) {
  const struct ario__mix_job *job = p->job;
  const struct ario__kv *kv = t->source->kv;
  score(p, t);
  for (size_t r = 0; r < t->rows; r++) fold_row(p, t, t->row + r, job->channels);
  const struct ario__micro_job product = {
      .rows = t->rows,
      .cols = job->channels,
      .units = ario__units(job->precision, t->cols),
      .a = fill_weights(p, t),
      .b = ario__kv_values(kv, p->head, t->slot),
      .width = ario__kv_value_width(kv),
      .panel_stride = ario__kv_value_stride(kv),
      .alpha = 1,
      .add = true,
      .c = p->s.mixed + t->row * job->channels,
      .ldc = job->channels,
      .a_scale = p->s.weight_scales + t->row,
  };
  job->micro->multiply[job->precision](&product);
}

// Visits the tiles of a source that any of its rows in this task sees.
static void visit_source(const struct part *p, const struct ario__mix_source *source) {
  size_t first = ario__larger(source->first_row, p->first);
  size_t end = ario__smaller(source->first_row + source->rows, p->first + p->rows);
  if (first >= end) return;
  size_t oldest = SIZE_MAX, newest = 0;
  for (size_t r = first; r < end; r++) {
    oldest = ario__smaller(oldest, p->job->sights[r].oldest);
    newest = ario__larger(newest, p->job->sights[r].newest);
  }
  oldest = ario__larger(oldest, source->from);
  size_t until = ario__smaller(newest + 1, source->until);
  for (size_t at = oldest / ARIO__TILE * ARIO__TILE; at < until; at += ARIO__TILE)
    p->visit(p, &(struct tile){.source = source,
                               .tile = at,
                               .cols = ario__smaller(until - at, ARIO__TILE),
                               .slot = (at - source->from) % source->kv->capacity,
                               .row = first - p->first,
                               .rows = end - first});
}

// Prepares a task whose head and rows are set.
static void begin(struct part *p, size_t worker) {
  const struct ario__mix_job *job = p->job;
  carve(&p->s, job->channels, &(struct ario__arena){.base = ario__pool_scratch(job->pool, worker)});
  for (size_t r = 0; r < p->rows; r++) {
    p->s.top[r] = -INFINITY;
    p->s.sum[r] = 0;
  }
  memset(p->s.mixed, 0, p->rows * job->channels * sizeof *p->s.mixed);
  fill_queries(p);
}

static void visit_sources(const struct part *p) {
  for (size_t i = 0; i < p->job->source_count; i++) visit_source(p, &p->job->sources[i]);
}

static void mix_part(void *context, size_t task, size_t worker) {
  const struct ario__mix_job *job = context;
  struct part p = {
      .job = job, .head = task % job->heads, .first = task / job->heads * ROWS, .visit = mix_tile};
  size_t width = job->heads * job->channels;
  p.rows = ario__smaller(job->rows - p.first, ROWS);
  begin(&p, worker);
  visit_sources(&p);
  for (size_t r = 0; r < p.rows; r++) {
    float *out = job->out + (p.first + r) * width + p.head * job->channels;
    for (size_t i = 0; i < job->channels; i++) out[i] = p.s.mixed[r * job->channels + i] / p.s.sum[r];
  }
}

void ario__mix_run(const struct ario__mix_job *job) {
  size_t parts = (job->rows + ROWS - 1) / ROWS;
  ario__pool_run(job->pool, mix_part, (void *)job, parts * job->heads);
}

// ---- The weights themselves ----

static void sum_tile(const struct part *p, const struct tile *t) {
  score(p, t);
  fold_row(p, t, 0, 0);
}

static void weigh_tile(const struct part *p, const struct tile *t) {
  const struct seen seen = seen_by(p, t, 0);
  size_t until = ario__smaller(seen.until, t->cols);
  if (seen.from >= until) return;
  float *scores = p->s.scores + seen.from;
  float *to = p->weights + (t->tile + seen.from - p->job->sights[0].oldest);
  score(p, t);
  ario__exp(scores, until - seen.from, *p->s.top);
  for (size_t i = 0; i < until - seen.from; i++) to[i] += p->share * (scores[i] / *p->s.sum);
}

// The scores are computed twice, for the sum and for the weights, so that they need no room of their own.
void ario__mix_weigh(const struct ario__mix_job *job, size_t head, float share, float *weights) {
  struct part p = {
      .job = job, .head = head, .rows = 1, .share = share, .weights = weights, .visit = sum_tile};
  begin(&p, 0);
  visit_sources(&p);
  p.visit = weigh_tile;
  visit_sources(&p);
}
