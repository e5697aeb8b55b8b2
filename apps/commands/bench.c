// SPDX-License-Identifier: MIT
//
// arioso bench: how fast the work is, and how close it comes to the machine's limits.
#include "apps/commands/bench.h"
#include "apps/cli/free_memory.h"
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/report.h"
#include "apps/cli/threads.h"
#include "apps/commands/commands.h"
#include "apps/generate/models.h"
#include "arioso/cost.h"
#include "arioso/takes.h"

#include <stdio.h>
#include <string.h>

static const char *const self = ARIO__BENCH;

enum { SHORT_CONTEXT = 4096 }; // up to here the slowest tokens are measured by default

struct bench {
  // The command line.
  const char *work_name, *precision_name, *model_name, *audio_codec, *sweep, *output;
  bool sound; // the work is of sound
  double patience;
  bool json, work_given, precision_given, shape_given, vocab_given, context_given, latents_given;
  bool output_given, patience_given;

  bool works[ARIO__WORKS], precisions[ARIO__PRECISIONS];
  ario__bench_setup setup;
  ario_model *model;
  ario__bench_machine machine;
  ario__report *report;
};

// ---- Settings ----

static int settle_sound(struct bench *b) {
  if (b->audio_codec && !b->sound)
    return ario__usage_error(self, "--audio-codec is for --work encode, decode and audio");
  if (!b->sound) return ARIO__DONE;
  if (b->setup.batch > 1 || b->sweep)
    return ario__usage_error(self, "--work %s takes no --batch and no --sweep", b->work_name);
  if (strcmp(b->work_name, "audio") != 0 && b->precision_given && strcmp(b->precision_name, "fp32") != 0)
    return ario__usage_error(self, "--precision: --work %s is computed in fp32", b->work_name);
  return ARIO__DONE;
}

static int settle_work(struct bench *b) {
  if (b->sound) return ARIO__DONE;
  bool all = strcmp(b->work_name, "all") == 0, found = all;
  for (int w = 0; w < ARIO__WORKS; w++) {
    b->works[w] = all || strcmp(b->work_name, ario__bench_work_name((ario__bench_work)w)) == 0;
    found = found || b->works[w];
  }
  if (!found)
    return ario__usage_error(self,
                             "--work: %s is none of train, generate, prefill, first-note, optimizer, all, "
                             "encode, decode and audio",
                             b->work_name);
  if (b->setup.batch > 1 && (all || !(b->works[ARIO__TRAIN] || b->works[ARIO__GENERATE])))
    return ario__usage_error(self, "--batch: only --work train and --work generate take several at once");
  if (b->setup.batch > ARIO_TAKES_MOST && b->works[ARIO__GENERATE])
    return ario__usage_error(self, "--batch: at most %d takes are generated together", ARIO_TAKES_MOST);
  return ARIO__DONE;
}

static int settle_precision(struct bench *b) {
  ario_precision one;
  bool all = strcmp(b->precision_name, "all") == 0, has = false;
  if (!all && !ario__precision_find(b->precision_name, &one))
    return ario__usage_error(self, "--precision: %s is none of fp32, bf16, int8 and all", b->precision_name);
  for (int p = 0; p < ARIO__PRECISIONS; p++) {
    b->precisions[p] = all || (ario_precision)p == one;
    for (int w = 0; w < ARIO__WORKS; w++)
      has =
          has || (b->works[w] && b->precisions[p] && ario__bench_has((ario__bench_work)w, (ario_precision)p));
  }
  if (!has && !b->sound)
    return ario__usage_error(self, "--precision: %s is not for --work %s", b->precision_name, b->work_name);
  return ARIO__DONE;
}

// A sweep is of one precision, of training and generation.
static int settle_sweep(struct bench *b) {
  if (!b->sweep && (b->output_given || b->patience_given))
    return ario__usage_error(self, "--output and --patience are for --sweep");
  if (!b->sweep) return ARIO__DONE;
  if (strcmp(b->sweep, "context") != 0)
    return ario__usage_error(self, "--sweep: there is only context, not %s", b->sweep);
  if (b->work_given || b->json || b->context_given || b->setup.batch > 1)
    return ario__usage_error(self, "--sweep measures training and generation at contexts of its own, for "
                                   "people: no --work, --json, --batch, --max-context");
  if (!b->precision_given) b->precision_name = "fp32";
  if (strcmp(b->precision_name, "fp32") != 0 && strcmp(b->precision_name, "bf16") != 0)
    return ario__usage_error(self, "--sweep: --precision is fp32 or bf16, not %s", b->precision_name);
  if (!ario__has_suffix(b->output, ".png"))
    return ario__usage_error(self, "--output: %s does not end in .png", b->output);
  return ARIO__DONE;
}

static int settle(struct bench *b) {
  size_t cores = ario__cores();
  if (b->setup.threads > cores)
    return ario__usage_error(self, "--threads: %zu are more than the %zu core%s of this machine",
                             b->setup.threads, cores, cores == 1 ? "" : "s");
  b->setup.threads = ario__threads(b->setup.threads);
  b->sound = ario__bench_of_sound(b->work_name);
  int result = settle_sound(b);
  if (!result) result = settle_sweep(b);
  if (!result) result = settle_work(b);
  if (!result) result = settle_precision(b);
  if (result) return result;
  for (int p = ARIO__PRECISIONS; p-- > 0;)
    if (b->precisions[p]) b->setup.precision = (ario_precision)p;
  b->setup.tail =
      b->setup.config.max_context <= SHORT_CONTEXT || (b->work_given && strcmp(b->work_name, "all") != 0);
  return ARIO__DONE;
}

// ---- The model ----

// Where the context is shorter than the default latents, it limits them.
static void settle_latents(struct bench *b) {
  ario_config *config = &b->setup.config;
  if (!b->latents_given && config->max_latents > config->max_context)
    config->max_latents = config->max_context;
}

static int open_model(struct bench *b) {
  char found[ARIO__PATH_MOST];
  ario_error error = {""};
  ario_config *config = &b->setup.config;
  if (b->shape_given || b->vocab_given)
    return ario__usage_error(self, "--model gives the shape; only --max-context and --max-latents can be set "
                                   "beside it");
  if (ario__models_open(b->model_name, ARIO__DEFAULT_MODEL, &b->model, found, sizeof found, &error))
    return ario__complain(self, "%s", error.text);
  size_t context = config->max_context, latents = config->max_latents;
  *config = *ario_model_config(b->model);
  if (b->context_given) config->max_context = context;
  if (b->latents_given) config->max_latents = latents;
  settle_latents(b);
  if (ario_model_set_window(b->model, config->max_context, config->max_latents, &error))
    return ario__usage_error(self, "%s", error.text);
  return ARIO__DONE;
}

static int make_model(struct bench *b) {
  ario_error error = {""};
  const ario_config *config = &b->setup.config;
  settle_latents(b);
  if (ario_config_check(config, &error)) return ario__usage_error(self, "%s", error.text);
  double bytes = sizeof(float) * ario_cost_parameters(config);
  if (bytes > 0.9 * (double)b->setup.memory)
    return ario__complain(self,
                          "a model of this shape has %.1f GB of weights, and %.1f GB are free: use fewer "
                          "--channels or --layers",
                          bytes / 1e9, (double)b->setup.memory / 1e9);
  if (ario_model_random(config, 1, &b->model, &error)) return ario__complain(self, "%s", error.text);
  return ARIO__DONE;
}

// ---- Memory ----

static void set_window(struct bench *b, size_t context, size_t latents) {
  b->setup.config.max_context = context;
  b->setup.config.max_latents = latents < context ? latents : context;
  // Cannot fail: it is smaller than one that has been checked.
  if (ario_model_set_window(b->model, context, b->setup.config.max_latents, NULL)) return;
}

// The largest batch or context for which the work fits in memory; 0: none.
static size_t largest(struct bench *b, ario__bench_work work, bool batch) {
  ario__bench_setup *setup = &b->setup;
  const ario__bench_setup wanted = *setup;
  size_t good = 0, bad = batch ? wanted.batch : wanted.config.max_context, bytes;
  while (bad - good > 1) {
    size_t middle = good + (bad - good) / 2;
    if (batch)
      setup->batch = middle;
    else
      set_window(b, middle, wanted.config.max_latents);
    *(ario__bench_fits(setup, work, &bytes) ? &good : &bad) = middle;
  }
  setup->batch = wanted.batch;
  set_window(b, wanted.config.max_context, wanted.config.max_latents);
  return good;
}

// Names the largest batch or context that would fit.
static int refuse(struct bench *b, ario__bench_work work, size_t bytes) {
  bool batch = b->setup.batch > 1 && largest(b, work, true);
  size_t most = largest(b, work, batch);
  char size[32] = "more than any machine has", offer[64] = "use fewer --channels or --layers";
  if (bytes < SIZE_MAX) snprintf(size, sizeof size, "%.1f GB", (double)bytes / 1e9);
  if (most)
    snprintf(offer, sizeof offer, "--%s %zu is the largest that fits", batch ? "batch" : "max-context", most);
  return ario__complain(self, "%s at a context of %zu%s takes %s, and %.1f GB are free: %s",
                        ario__bench_work_name(work), b->setup.config.max_context,
                        batch ? " in this batch" : "", size, (double)b->setup.memory / 1e9, offer);
}

// Checks everything before anything is measured.
static int check_memory(struct bench *b) {
  for (int w = 0; w < ARIO__WORKS; w++)
    for (int p = 0; p < ARIO__PRECISIONS; p++) {
      size_t bytes;
      if (!b->works[w] || !b->precisions[p] || !ario__bench_has((ario__bench_work)w, (ario_precision)p))
        continue;
      b->setup.precision = (ario_precision)p;
      if (!ario__bench_fits(&b->setup, (ario__bench_work)w, &bytes))
        return refuse(b, (ario__bench_work)w, bytes);
    }
  return ARIO__DONE;
}

// ---- Measuring ----

static int measure(struct bench *b, ario__bench_work work, ario_precision precision) {
  ario__bench_row row;
  ario_error error = {""};
  b->setup.precision = precision;
  if (ario__bench_measure(&b->setup, work, &row, &error)) return ario__complain(self, "%s", error.text);
  if (row.precision != precision) {
    ario__warn("%s: not available on this processor for %s; computed in %s instead",
               ario_precision_name(precision), ario__bench_work_name(work),
               ario_precision_name(row.precision));
    if (b->precisions[row.precision]) return ARIO__DONE; // has a row of its own
  }
  ario__bench_limit(&b->machine, &b->setup.config, &row);
  if (b->json)
    ario__bench_report_row(b->report, &row);
  else
    ario__bench_print_row(&row);
  return ARIO__DONE;
}

static int measure_all(struct bench *b) {
  ario_error error = {""};
  if (ario__bench_machine_measure(&b->setup, b->precisions, &b->machine, &error))
    return ario__complain(self, "%s", error.text);
  if (!b->json) {
    ario__bench_print_machine(&b->machine);
    ario__bench_print_heading();
  }
  int result = ARIO__DONE;
  b->report = ario__report_array();
  for (int w = 0; w < ARIO__WORKS && !result; w++)
    for (int p = 0; p < ARIO__PRECISIONS && !result; p++)
      if (b->works[w] && b->precisions[p] && ario__bench_has((ario__bench_work)w, (ario_precision)p))
        result = measure(b, (ario__bench_work)w, (ario_precision)p);
  if (!result && b->json) result = ario__report_print(b->report, self);
  ario__report_free(b->report);
  return result;
}

static int open_audio(struct bench *b, ario_audio_codec **codec) {
  char found[ARIO__PATH_MOST];
  ario_error error = {""};
  ario_codes codes = {0}; // any
  if (b->model_name && ario_codes_of(&b->setup.config, &codes, &error))
    return ario__complain(self, "%s: %s", b->model_name, error.text);
  if (b->model_name && !codes.levels)
    return ario__complain(self, "%s: its tokens are no codes of sound", b->model_name);
  if (ario__models_open_audio(b->audio_codec, &codes, codec, found, sizeof found, &error))
    return ario__complain(self, "%s; name the codec's folder with --audio-codec", error.text);
  return ARIO__DONE;
}

// A random model of the chosen shape, for the codec's codes.
static int make_audio_model(struct bench *b, const ario_audio_codec *codec) {
  const ario_codes codes = ario_audio_codec_codes(codec, ario_audio_codec_config(codec)->levels);
  ario_codes_set(&codes, &b->setup.config);
  return make_model(b);
}

static int run_sound(struct bench *b) {
  ario_audio_codec *codec = NULL;
  int result = b->model_name ? open_model(b) : ARIO__DONE;
  if (!result) result = open_audio(b, &codec);
  if (!result && !b->model_name && strcmp(b->work_name, "audio") == 0) result = make_audio_model(b, codec);
  b->setup.model = b->model;
  if (!result) result = ario__bench_audio(&b->setup, b->precisions, b->work_name, codec, b->json);
  ario_audio_codec_free(codec);
  ario_model_free(b->model);
  return result;
}

static int run(struct bench *b) {
  b->setup.memory = ario__memory_available();
  if (b->sound) return run_sound(b);
  int result = b->model_name ? open_model(b) : make_model(b);
  b->setup.model = b->model;
  if (!result && b->sweep) {
    result = ario__bench_sweep(b->model, &b->setup, b->patience, b->output);
  } else if (!result) {
    result = check_memory(b);
    if (!result) result = measure_all(b);
  }
  ario_model_free(b->model);
  return result;
}

int ario__bench_main(int argc, char **argv) {
  struct bench b = {.work_name = "all",
                    .precision_name = "all",
                    .output = "bench-context.png",
                    .patience = 20,
                    .setup = {.config = ario_config_default(), .batch = 1, .least = 5, .enough = 2}};
  ario_config *config = &b.setup.config;
  config->max_context = 2048;
  const ario__option options[] = {
      {"work", 0, ARIO__TEXT, &b.work_name, "WORK",
       "what to measure: train, generate, prefill, first-note, optimizer or all (the default); for sound "
       "encode, decode or audio",
       .given = &b.work_given},
      {"model", 0, ARIO__TEXT, &b.model_name, "DIR", "measure this model instead of a random one"},
      {"channels", 0, ARIO__SIZE, &config->channels, "D", "width; 512 by default", .least = 1, .most = 65536,
       .given = &b.shape_given},
      {"layers", 0, ARIO__SIZE, &config->layers, "L", "layers after the cross-attention; 8 by default",
       .least = 0, .most = 1000, .given = &b.shape_given},
      {"heads", 0, ARIO__SIZE, &config->heads, "H", "attention heads; 8 by default", .least = 1,
       .most = 65536, .given = &b.shape_given},
      {"max-context", 0, ARIO__SIZE, &config->max_context, "N", "tokens of context; 2048 by default",
       .least = 1, .most = 1 << 30, .given = &b.context_given},
      {"max-latents", 0, ARIO__SIZE, &config->max_latents, "M", "latents; 1024 by default", .least = 1,
       .most = 1 << 30, .given = &b.latents_given},
      {"vocab-size", 0, ARIO__SIZE, &config->vocab_size, "V", "vocabulary; 391 by default", .least = 1,
       .most = 65536, .given = &b.vocab_given},
      {"batch", 0, ARIO__SIZE, &b.setup.batch, "B",
       "crops in a training step, or takes generated together; 1 by default", .least = 1, .most = 65536},
      {"precision", 0, ARIO__TEXT, &b.precision_name, "P", "fp32, bf16, int8 or all (the default)",
       .given = &b.precision_given},
      ARIO__AUDIO_CODEC_OPTION(&b.audio_codec),
      ARIO__THREADS_OPTION(&b.setup.threads),
      {"json", 0, ARIO__FLAG, &b.json, NULL, "print JSON: a list with one object a row"},
      {"sweep", 0, ARIO__TEXT, &b.sweep, "context",
       "draw seconds per training step and per token against contexts of 1024 to 131072, beside those of a "
       "transformer; writes a picture and a table"},
      {"output", 'o', ARIO__TEXT, &b.output, "FILE.png",
       "the sweep's picture; the table lies beside it as .csv. bench-context.png by default",
       .given = &b.output_given},
      {"patience", 0, ARIO__REAL, &b.patience, "S",
       "the sweep leaves out steps and prompts that would take longer than S seconds; 20 by default",
       .least = 0, .most = 1e6, .given = &b.patience_given}};
  const ario__command command = {
      .name = self,
      .usage = "[--work WORK] [--model DIR] [options]",
      .summary = "Measures how fast training and generation are on this machine, and compares them with its "
                 "limits: matrix products and memory bandwidth, measured in the same run.",
      .notes = "Work:\n"
               "train       a step: forward and backward pass, AdamW (see optimizer for Muon)\n"
               "generate    one more token after a full context\n"
               "prefill     reading a prompt that fills the context, with M/2 latents\n"
               "first-note  from the last token of a prompt that came token by token to the\n"
               "            first new one\n"
               "optimizer   Muon's part of a training step\n"
               "encode      sound to codes, 150 frames at a time, as in files, and one at a\n"
               "            time, as live; decode: codes to sound\n"
               "audio       sound from a model of its codes: frames generated and decoded\n"
               "Columns:\n"
               "limit       what products or memory alone would allow (see arioso/cost.h)\n"
               "p99.9/50    the slowest tokens over the median, of 4000 with refills\n"
               "memory      the trainer's, or the session's and the model's weights\n"
               "real time   seconds of sound a second\n\n"
               "Times are medians after a warm-up. Let nothing else run meanwhile.",
      .options = options,
      .option_count = sizeof options / sizeof *options};
  ario__command_line line;
  int result = ario__options_parse(&command, argc, argv, &line);
  if (result || line.finished) return result;
  result = settle(&b);
  return result ? result : run(&b);
}
