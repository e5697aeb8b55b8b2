// SPDX-License-Identifier: MIT
//
// bench --sweep context: the time of a training step and of a generated token against the context, beside a
// decoder-only transformer of the same width and depth. The transformer is a Perceiver AR with as many
// latents as context: the same blocks on the same kernels, each over the whole context.
#include "apps/cli/interrupt.h"
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/print.h"
#include "apps/commands/bench.h"
#include "apps/draw/curves.h"
#include "arioso/cost.h"
#include "arioso/file.h"

#include <stdio.h>
#include <string.h>

static const char *const self = ARIO__BENCH;

enum { FIRST_CONTEXT = 1024, LAST_CONTEXT = 131072, MOST_POINTS = 8, SERIES = 4, TABLE_MOST = 1 << 14 };

// One curve. It ends where the longest piece of work at a point (the step, or the prefill before a token)
// would take too long.
struct series {
  const char *name;
  bool transformer, token;
  double contexts[MOST_POINTS], seconds[MOST_POINTS];
  size_t count;
  double flops, stretch; // of the last point's longest stretch
  bool stopped;
};

struct sweep {
  ario_model *model;
  ario__bench_setup *setup;
  size_t latents; // of the Perceiver AR
  double patience;
  struct series series[SERIES];
  char table[TABLE_MOST];
  size_t table_size;
};

// ---- Points ----

static double stretch_flops(const ario_config *config, bool transformer, bool token) {
  size_t context = config->max_context, latents = config->max_latents;
  if (!token) return ario_cost_train_flops(config, context, latents);
  return ario_cost_prefill_flops(config, context, transformer || latents < 2 ? latents : latents / 2);
}

// Sets the model and the setup to this context.
static ario_status set_window(struct sweep *sweep, const struct series *series, size_t context,
                              ario_error *error) {
  ario_config *config = &sweep->setup->config;
  config->max_context = context;
  config->max_latents = series->transformer || sweep->latents > context ? context : sweep->latents;
  return ario_model_set_window(sweep->model, context, config->max_latents, error);
}

// Why a curve ends before this point; NULL: it goes on.
static const char *obstacle(const struct sweep *sweep, const struct series *series, double flops) {
  size_t bytes;
  if (series->count && series->stretch * flops / series->flops > sweep->patience)
    return series->token ? "its prompt would take too long" : "a step would take too long";
  if (!ario__bench_fits(sweep->setup, series->token ? ARIO__GENERATE : ARIO__TRAIN, &bytes))
    return "it does not fit in memory";
  return NULL;
}

static ario_status measure(struct sweep *sweep, struct series *series, double *seconds, ario_error *error) {
  ario__bench_row row;
  if (series->token)
    return ario__bench_token(sweep->setup, series->transformer, seconds, &series->stretch, error);
  ario_status status = ario__bench_measure(sweep->setup, ARIO__TRAIN, &row, error);
  series->stretch = *seconds = row.seconds;
  return status;
}

static void add_row(struct sweep *sweep, const struct series *series, double seconds) {
  const ario_config *config = &sweep->setup->config;
  int size =
      snprintf(sweep->table + sweep->table_size, TABLE_MOST - sweep->table_size,
               "%s,%s,%s,%zu,%zu,%zu,%zu,%zu,%zu,%.6g\n",
               series->transformer ? "transformer" : "perceiver_ar", series->token ? "token" : "step",
               ario_precision_name(sweep->setup->precision), config->channels, config->layers, config->heads,
               config->max_context, config->max_latents, sweep->setup->threads, seconds);
  sweep->table_size += (size_t)size;
}

static ario_status add_point(struct sweep *sweep, struct series *series, size_t context, ario_error *error) {
  double seconds = 0;
  ario_status status = set_window(sweep, series, context, error);
  if (status) return status;
  double flops = stretch_flops(&sweep->setup->config, series->transformer, series->token);
  const char *reason = obstacle(sweep, series, flops);
  if (reason) {
    ario__print("%-32s  %8zu  %s\n", series->name, context, reason);
    series->stopped = true;
    return ARIO_OK;
  }
  status = measure(sweep, series, &seconds, error);
  if (status) return status;
  ario__print("%-32s  %8zu  %.4g s\n", series->name, context, seconds);
  fflush(stdout);
  series->flops = flops;
  series->contexts[series->count] = (double)context;
  series->seconds[series->count++] = seconds;
  add_row(sweep, series, seconds);
  return ARIO_OK;
}

static ario_status measure_all(struct sweep *sweep, ario_error *error) {
  ario_status status = ARIO_OK;
  for (size_t context = FIRST_CONTEXT; context <= LAST_CONTEXT; context *= 2)
    for (size_t i = 0; i < SERIES && !status; i++)
      if (!sweep->series[i].stopped) status = add_point(sweep, &sweep->series[i], context, error);
  return status;
}

// ---- The files ----

static ario_status save_picture(const struct sweep *sweep, const char *path, ario_error *error) {
  const ario_config *config = &sweep->setup->config;
  char processor[128], subtitle[512];
  ario__curve curves[SERIES];
  for (size_t i = 0; i < SERIES; i++) {
    const struct series *s = &sweep->series[i];
    curves[i] = (ario__curve){s->name, s->contexts, s->seconds, s->count, true};
  }
  ario__bench_processor(processor, sizeof processor);
  snprintf(subtitle, sizeof subtitle,
           "%zu channels, %zu layers, %zu latents, %s; transformer: the same blocks, latents = context; %s, "
           "%zu thread%s",
           config->channels, config->layers, sweep->latents, ario_precision_name(sweep->setup->precision),
           processor, sweep->setup->threads, sweep->setup->threads == 1 ? "" : "s");
  return ario__curves_save(path,
                           &(ario__curves){.title = "What context costs",
                                           .subtitle = subtitle,
                                           .x_label = "tokens of context",
                                           .y_label = "seconds",
                                           .x_base = 2,
                                           .y_base = 10,
                                           .curves = curves,
                                           .count = SERIES},
                           error);
}

static ario_status measure_and_save(struct sweep *sweep, const char *path, const char *table_path,
                                    ario_error *error) {
  // Created now, so that a path that cannot be written fails at once.
  ario_file_output *table, *picture = NULL;
  ario_status status = ario_file_output_create(table_path, true, &table, error);
  if (!status) status = ario_file_output_create(path, true, &picture, error);
  if (!status) status = measure_all(sweep, error);
  if (!status) status = save_picture(sweep, path, error);
  if (!status) status = ario_file_write(table_path, true, sweep->table, sweep->table_size, error);
  ario_file_output_free(picture);
  ario_file_output_free(table);
  return status;
}

int ario__bench_sweep(ario_model *model, ario__bench_setup *setup, double patience, const char *path) {
  char table_path[ARIO__PATH_MOST];
  ario_error error = {""};
  struct sweep sweep = {.model = model,
                        .setup = setup,
                        .latents = setup->config.max_latents,
                        .patience = patience,
                        .series = {{"Perceiver AR, a step", false, false},
                                   {"transformer, a step", true, false},
                                   {"Perceiver AR, a token", false, true},
                                   {"transformer, a token", true, true}},
                        .table =
                            "model,work,precision,channels,layers,heads,context,latents,threads,seconds\n"};
  sweep.table_size = strlen(sweep.table);
  setup->least = 1;
  setup->enough = 3;
  if (!ario__with_suffix(path, ".csv", table_path))
    return ario__complain(self, "%s: the name is too long", path);
  if (measure_and_save(&sweep, path, table_path, &error)) return ario__complain(self, "%s", error.text);
  ario__print("%s\n", path);
  ario__print("%s\n", table_path);
  return ARIO__DONE;
}
