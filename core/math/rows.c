// SPDX-License-Identifier: MIT
//
// Shares the row-by-row kernels among workers.
#include "core/math/rows.h"

#include <string.h>

// ---- Norm ----

struct norm_job {
  float *y;
  const float *x;
  const struct ario__norm *norm;
  size_t channels;
  double eps;
};

static void norm_rows(void *context, size_t first, size_t rows) {
  const struct norm_job *job = context;
  size_t at = first * job->channels;
  ario__norm(job->y + at, job->x + at, job->norm, rows, job->channels, job->eps);
}

void ario__rows_norm(struct ario__pool *pool, float *y, const float *x, const struct ario__norm *norm,
                     size_t rows, size_t channels, double eps) {
  ario__pool_run_rows(pool, norm_rows, &(struct norm_job){y, x, norm, channels, eps}, rows);
}

size_t ario__rows_norm_back_scratch(size_t rows, size_t channels) {
  return (rows + ARIO__BLOCK_ROWS - 1) / ARIO__BLOCK_ROWS * 2 * channels;
}

static void norm_back_rows(void *context, size_t first, size_t rows) {
  const struct ario__norm_gradient *g = context;
  size_t at = first * g->channels;
  float *sums = g->scratch + first / ARIO__BLOCK_ROWS * 2 * g->channels; // [2, channels] of this block
  memset(sums, 0, 2 * g->channels * sizeof *sums);
  ario__norm_back(g->d + at, g->x + at, g->norm, &(struct ario__norm){sums, sums + g->channels}, rows,
                  g->channels, g->eps);
  if (g->stream) ario__add(g->stream + at, g->d + at, rows * g->channels);
}

void ario__rows_norm_back(struct ario__pool *pool, const struct ario__norm_gradient *gradient, size_t rows) {
  struct ario__norm_gradient job = *gradient;
  ario__pool_run_rows(pool, norm_back_rows, &job, rows);
  const float *sums = job.scratch;
  for (size_t first = 0; first < rows; first += ARIO__BLOCK_ROWS, sums += 2 * job.channels) {
    ario__add(job.d_norm->weight, sums, job.channels);
    ario__add(job.d_norm->bias, sums + job.channels, job.channels);
  }
}

// ---- Activation ----

struct activation_job {
  float *y;
  const float *x;
  const struct ario__activation *activation;
  size_t channels;
};

static void activate_rows(void *context, size_t first, size_t rows) {
  const struct activation_job *job = context;
  size_t at = first * job->channels, count = rows * job->channels;
  if (job->y != job->x) memcpy(job->y + at, job->x + at, count * sizeof(float));
  job->activation->apply(job->y + at, count);
}

static void activate_back_rows(void *context, size_t first, size_t rows) {
  const struct activation_job *job = context;
  size_t at = first * job->channels;
  job->activation->back(job->y + at, job->x + at, rows * job->channels);
}

void ario__rows_activate(struct ario__pool *pool, float *y, const float *x,
                         const struct ario__activation *activation, size_t rows, size_t channels) {
  ario__pool_run_rows(pool, activate_rows, &(struct activation_job){y, x, activation, channels}, rows);
}

void ario__rows_activate_back(struct ario__pool *pool, float *dx, const float *x,
                              const struct ario__activation *activation, size_t rows, size_t channels) {
  ario__pool_run_rows(pool, activate_back_rows, &(struct activation_job){dx, x, activation, channels}, rows);
}

// ---- Rotary positions ----

struct angles_job {
  float *cosines, *sines;
  const double *frequencies;
  size_t pairs;
  const size_t *positions;
  size_t first;
};

static void angles_rows(void *context, size_t first, size_t rows) {
  const struct angles_job *job = context;
  for (size_t r = first; r < first + rows; r++)
    ario__rotary_angles(job->cosines + r * job->pairs, job->sines + r * job->pairs, job->frequencies,
                        job->pairs, job->positions ? job->positions[r] : job->first + r, 1);
}

void ario__rows_angles(struct ario__pool *pool, float *cosines, float *sines, const double *frequencies,
                       size_t pairs, const size_t *positions, size_t first, size_t rows) {
  struct angles_job job = {cosines, sines, frequencies, pairs, positions, first};
  ario__pool_run_rows(pool, angles_rows, &job, rows);
}

struct rotation_job {
  float *x;
  const float *cosines, *sines;
  size_t pairs, heads, head_channels;
};

static void rotate_rows(void *context, size_t first, size_t rows) {
  const struct rotation_job *job = context;
  size_t angle = first * job->pairs;
  ario__rotate(job->x + first * job->heads * job->head_channels, job->cosines + angle, job->sines + angle,
               job->pairs, rows, job->heads, job->head_channels);
}

void ario__rows_rotate(struct ario__pool *pool, float *x, const float *cosines, const float *sines,
                       size_t pairs, size_t rows, size_t heads, size_t head_channels) {
  ario__pool_run_rows(pool, rotate_rows,
                      &(struct rotation_job){x, cosines, sines, pairs, heads, head_channels}, rows);
}
