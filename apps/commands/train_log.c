// SPDX-License-Identifier: MIT
//
// Rows in a file, and in memory for the curves.
#include "apps/commands/train_log.h"
#include "apps/cli/csv.h"
#include "apps/cli/paths.h"
#include "apps/draw/curves.h"
#include "arioso/file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char columns[] = "step,minutes,tokens,epochs,nll,valid_nll,gradient_norm,rate,tokens_per_s\n";

struct point {
  double minutes, nll, valid_nll; // NAN: none
};

struct ario__train_log {
  char path[ARIO__PATH_MOST];
  FILE *file;
  struct point *points; // [count]
  size_t count, room;
};

static bool remember(ario__train_log *log, struct point point) {
  if (log->count == log->room) {
    size_t room = log->room ? 2 * log->room : 256;
    struct point *grown = realloc(log->points, room * sizeof *grown);
    if (!grown) return false;
    log->points = grown;
    log->room = room;
  }
  log->points[log->count++] = point;
  return true;
}

static double number_in(const char *field) {
  return *field ? strtod(field, NULL) : NAN;
}

// Copies the rows up to that step to the new file.
static ario_status copy_rows(ario__train_log *log, const ario__csv *csv, uint64_t steps, FILE *to,
                             ario_error *error) {
  size_t width = ario__csv_columns(csv);
  size_t step = ario__csv_find(csv, "step"), minutes = ario__csv_find(csv, "minutes"),
         nll = ario__csv_find(csv, "nll"), valid = ario__csv_find(csv, "valid_nll");
  if (step == SIZE_MAX || minutes == SIZE_MAX || nll == SIZE_MAX || valid == SIZE_MAX)
    return ario_fail(error, ARIO_ERR_FORMAT, "%s: is not the log of a training run", log->path);
  for (size_t row = 0; row < ario__csv_rows(csv); row++) {
    if (strtoull(ario__csv_field(csv, row, step), NULL, 10) > steps) break;
    struct point point = {number_in(ario__csv_field(csv, row, minutes)),
                          number_in(ario__csv_field(csv, row, nll)),
                          number_in(ario__csv_field(csv, row, valid))};
    if (!remember(log, point)) return ario_fail(error, ARIO_ERR_MEMORY, "not enough memory for the log");
    for (size_t i = 0; i < width; i++)
      fprintf(to, "%s%c", ario__csv_field(csv, row, i), i + 1 < width ? ',' : '\n');
  }
  return ARIO_OK;
}

// Begins the new file: the column names, and the rows of a resumed run.
static ario_status begin(ario__train_log *log, uint64_t resumed_steps, ario_error *error) {
  ario__csv *csv = NULL;
  ario_status status = ARIO_OK;
  if (resumed_steps) {
    status = ario__csv_open(log->path, &csv, error);
    if (status == ARIO_ERR_NOT_FOUND) status = ARIO_OK; // the run had no log so far
  }
  ario_file_output *output = NULL;
  if (!status) status = ario_file_output_create(log->path, true, &output, error);
  FILE *file = output ? fopen(ario_file_output_path(output), "w") : NULL;
  if (!status && !file) status = ario_fail(error, ARIO_ERR_IO, "%s: %s", log->path, strerror(errno));
  if (!status) fputs(columns, file);
  if (!status && csv) status = copy_rows(log, csv, resumed_steps, file, error);
  if (file && fclose(file) != 0 && !status)
    status = ario_fail(error, ARIO_ERR_IO, "%s: %s", log->path, strerror(errno));
  if (!status) status = ario_file_output_commit(output, error);
  ario_file_output_free(output);
  ario__csv_free(csv);
  return status;
}

ario_status ario__train_log_open(const char *path, uint64_t resumed_steps, ario__train_log **out,
                                 ario_error *error) {
  *out = NULL;
  ario__train_log *log = calloc(1, sizeof *log);
  if (!log) return ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", path, ario_strerror(ARIO_ERR_MEMORY));
  ario_status status = ARIO_OK;
  if (snprintf(log->path, sizeof log->path, "%s", path) >= ARIO__PATH_MOST)
    status = ario_fail(error, ARIO_ERR_ARGUMENT, "%s: the name is too long", path);
  if (!status) status = begin(log, resumed_steps, error);
  if (!status && !(log->file = fopen(path, "a")))
    status = ario_fail(error, ARIO_ERR_IO, "%s: %s", path, strerror(errno));
  if (status)
    ario__train_log_free(log);
  else
    *out = log;
  return status;
}

void ario__train_log_free(ario__train_log *log) {
  if (!log) return;
  if (log->file) fclose(log->file);
  free(log->points);
  free(log);
}

// Writes an NLL, or nothing for NAN, and a comma.
static void put_nll(FILE *file, double nll) {
  if (isfinite(nll)) fprintf(file, "%.5f", nll);
  fputc(',', file);
}

ario_status ario__train_log_add(ario__train_log *log, const ario__train_row *row, ario_error *error) {
  const ario_train_progress *p = &row->progress;
  fprintf(log->file, "%ju,%.3f,%ju,%.4f,", (uintmax_t)p->steps, p->seconds / 60, (uintmax_t)p->tokens,
          p->epochs);
  put_nll(log->file, row->nll);
  put_nll(log->file, row->valid_nll);
  fprintf(log->file, "%.4f,%.5f,%.0f\n", row->gradient_norm, row->rate, row->tokens_per_s);
  if (fflush(log->file) != 0)
    return ario_fail(error, ARIO_ERR_IO, "%s: cannot be written: %s", log->path, strerror(errno));
  if (!remember(log, (struct point){p->seconds / 60, row->nll, row->valid_nll}))
    return ario_fail(error, ARIO_ERR_MEMORY, "not enough memory for the log");
  return ARIO_OK;
}

ario_status ario__train_log_draw(const ario__train_log *log, ario_error *error) {
  char name[ARIO__PATH_MOST];
  if (!ario__with_suffix(log->path, ".png", name))
    return ario_fail(error, ARIO_ERR_ARGUMENT, "%s: the name is too long", log->path);
  double *numbers = calloc(3 * log->count + 1, sizeof *numbers);
  if (!numbers) return ario_fail(error, ARIO_ERR_MEMORY, "not enough memory for the curves");
  double *minutes = numbers, *nll = minutes + log->count, *valid = nll + log->count;
  for (size_t i = 0; i < log->count; i++) {
    minutes[i] = log->points[i].minutes;
    nll[i] = log->points[i].nll;
    valid[i] = log->points[i].valid_nll;
  }
  ario__curve curves[] = {{"training", minutes, nll, log->count, false},
                          {"validation", minutes, valid, log->count, true}};
  ario_status status = ario__curves_save(name,
                                         &(ario__curves){.title = "Training",
                                                         .subtitle = log->path,
                                                         .x_label = "minutes",
                                                         .y_label = "NLL, nats per token",
                                                         .curves = curves,
                                                         .count = 2,
                                                         .ceiling = 4.5},
                                         error);
  free(numbers);
  return status;
}
