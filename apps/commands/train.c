// SPDX-License-Identifier: MIT
//
// arioso train: trains a model on a folder of music, on a CPU.
#include "arioso/train.h"
#include "apps/cli/file_list.h"
#include "apps/cli/folder_lock.h"
#include "apps/cli/free_memory.h"
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/print.h"
#include "apps/cli/report.h"
#include "apps/cli/stopwatch.h"
#include "apps/cli/threads.h"
#include "apps/commands/commands.h"
#include "apps/commands/dataset.h"
#include "apps/commands/token_io.h"
#include "apps/commands/train_log.h"
#include "apps/commands/train_run.h"
#include "apps/generate/models.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const self = "train";

// How pieces are varied; the context of the trainer's `vary`.
struct augmentation {
  const ario_codec *codec;
  size_t semitones; // up to so many up or down
  double tempo;     // up to this share faster or slower
};

struct train {
  // The command line.
  const char *output, *config_file, *init, *log_file;
  size_t levels; // of audio codes; 0: all
  const char *codec_name, *audio_codec, *activation, *optimizer, *precision_name, *dtype_name, *split_column;
  const char *path_column;
  ario__text_list where;
  ario_dtype dtype; // by its name
  ario_config config;
  ario_train_options options;
  struct augmentation augmentation;
  double hold_out, checkpoint_minutes, minutes, passes;
  size_t stop_after, validations, valid_tokens, steps;
  bool resume, tokenize_only, quiet, json;
  bool folder_made; // by this run
  ario__folder_lock lock;
  bool shape_given, vocab_given, context_given, latents_given, minutes_given, steps_given, passes_given;
  bool muon_rate_given, adamw_rate_given, patience_given, keep_given;
  double began; // ario__seconds_now()
  bool valid_given;
  bool length_in_file; // --config has --minutes, --steps or --passes

  // What the run works with.
  ario_corpus *corpus;
  ario_model *start;
  ario_trainer *trainer;
  ario__train_log *log;
  char state_file[ARIO__PATH_MOST], settings_file[ARIO__PATH_MOST];
};

// ---- Settings ----

static bool make_names(struct train *t) {
  const char *slash = t->output[strlen(t->output) - 1] == '/' ? "" : "/";
  return snprintf(t->state_file, ARIO__PATH_MOST, "%s%straining.state", t->output, slash) < ARIO__PATH_MOST &&
         snprintf(t->settings_file, ARIO__PATH_MOST, "%s%straining.json", t->output, slash) < ARIO__PATH_MOST;
}

static bool exists(const char *path) {
  struct stat info;
  return lstat(path, &info) == 0;
}

static int settle_names(struct train *t) {
  if (strcmp(t->optimizer, "muon") != 0 && strcmp(t->optimizer, "adamw") != 0)
    return ario__usage_error(self, "--optimizer: %s is neither muon nor adamw", t->optimizer);
  t->options.optimizer = strcmp(t->optimizer, "adamw") == 0 ? ARIO_ADAMW : ARIO_MUON;
  if (strcmp(t->activation, "squared_relu") != 0 && strcmp(t->activation, "gelu") != 0)
    return ario__usage_error(self, "--activation: %s is neither squared_relu nor gelu", t->activation);
  t->config.activation = strcmp(t->activation, "gelu") == 0 ? ARIO_GELU : ARIO_SQUARED_RELU;
  if (!ario__precision_find(t->precision_name, &t->options.precision) ||
      t->options.precision == ARIO_PRECISION_INT8)
    return ario__usage_error(self, "--precision: %s is neither fp32 nor bf16", t->precision_name);
  for (int i = ARIO_F32; i <= ARIO_F16; i++)
    if (strcmp(t->dtype_name, ario_dtype_name((ario_dtype)i)) == 0) {
      t->dtype = (ario_dtype)i;
      return ARIO__DONE;
    }
  return ario__usage_error(self, "--dtype: %s is none of BF16, F16 and F32", t->dtype_name);
}

// A resumed run keeps its codes.
static int settle_codes_of_run(struct train *t) {
  ario_model *model;
  ario_error error = {""};
  if (ario_model_inspect(t->output, &model, &error)) return ario__complain(self, "%s", error.text);
  ario_codes codes;
  ario_status status = ario_codes_of(ario_model_config(model), &codes, &error);
  ario_model_free(model);
  if (status) return ario__complain(self, "%s: %s", t->output, error.text);
  if (t->levels && t->levels != codes.levels)
    return ario__usage_error(self, "--levels: %s has %zu levels", t->output, codes.levels);
  ario_codes_set(&codes, &t->config);
  return ARIO__DONE;
}

// The codes of an audio codec; with --init the model has them.
static int settle_codes(struct train *t) {
  char found[ARIO__PATH_MOST];
  ario_audio_codec *codec;
  ario_error error = {""};
  const ario_codec *chosen = ario_codec_find(t->codec_name);
  if (!chosen || chosen->medium != ARIO_SOUND || t->start) return ARIO__DONE;
  if (t->resume) return settle_codes_of_run(t);
  if (ario__models_open_audio(t->audio_codec, NULL, &codec, found, sizeof found, &error))
    return ario__complain(self, "%s; name the codec's folder with --audio-codec", error.text);
  size_t levels = ario_audio_codec_config(codec)->levels;
  const ario_codes codes = ario_audio_codec_codes(codec, t->levels ? t->levels : levels);
  ario_codes_set(&codes, &t->config);
  ario_audio_codec_free(codec);
  if (t->levels > levels) return ario__usage_error(self, "--levels: %s has %zu levels", found, levels);
  return ARIO__DONE;
}

static int settle_codec(struct train *t) {
  t->augmentation.codec = ario_codec_find(t->codec_name);
  if (!t->augmentation.codec)
    return ario__usage_error(self, "--codec: there is none named %s", t->codec_name);
  if (t->augmentation.codec->vocab_size)
    t->config.vocab_size = t->augmentation.codec->vocab_size;
  else if (!t->start && !t->vocab_given)
    t->config.vocab_size = 256; // bytes
  if (t->codec_name != t->config.codec)
    snprintf(t->config.codec, sizeof t->config.codec, "%s", t->codec_name);
  return settle_codes(t);
}

// The initial model gives the shape; only context and latents, on which no tensor depends, can be changed.
static int open_start(struct train *t) {
  char found[ARIO__PATH_MOST];
  ario_error error = {""};
  size_t context = t->config.max_context, latents = t->config.max_latents;
  if (ario__models_open(t->init, ARIO__DEFAULT_MODEL, &t->start, found, sizeof found, &error))
    return ario__complain(self, "%s", error.text);
  if (t->shape_given || t->vocab_given)
    return ario__usage_error(
        self, "--init gives the model's shape and codec; only --max-context and --max-latents can be "
              "set beside it");
  t->config = *ario_model_config(t->start);
  t->codec_name = t->config.codec;
  t->activation = t->config.activation == ARIO_GELU ? "gelu" : "squared_relu";
  if (t->context_given) t->config.max_context = context;
  if (t->latents_given) t->config.max_latents = latents;
  return ARIO__DONE;
}

// The command line comes before a file of settings, and that before the default.
static void settle_length(struct train *t) {
  if (t->minutes_given) t->steps = 0;
  if (t->minutes_given || t->steps_given) t->passes = 0;
  if (t->passes_given) t->steps = 0;
  t->options.steps = t->steps;
  t->options.passes = t->steps ? 0 : t->passes;
  t->options.minutes = t->steps || t->passes > 0 ? 0 : t->minutes;
}

// Fine-tuning must not destroy what the model was trained for: small learning rates, few passes, an early
// stop when the validation gets no better, and a mean with the initial weights.
static void settle_fine_tuning(struct train *t) {
  if (!t->muon_rate_given) t->options.muon_rate = 0.003;
  if (!t->adamw_rate_given) t->options.adamw_rate = 3e-4;
  if (!t->patience_given) t->options.patience = 3;
  if (!t->keep_given) t->options.keep = 0.5;
  if (!t->minutes_given && !t->steps_given && !t->passes_given && !t->length_in_file) t->passes = 6;
}

static int settle(struct train *t) {
  ario_error error = {""};
  int result = settle_names(t);
  if (!result && t->init) result = open_start(t);
  if (!result && t->init) settle_fine_tuning(t);
  if (!result) result = settle_codec(t);
  if (result) return result;
  if (t->minutes_given + t->steps_given + t->passes_given > 1)
    return ario__usage_error(self, "--minutes, --steps or --passes, not two of them");
  if (t->options.keep > 0 && !t->init && !t->resume) return ario__usage_error(self, "--keep needs --init");
  settle_length(t);
  t->options.threads = ario__threads(t->options.threads);
  if (ario_config_check(&t->config, &error) || ario_train_options_check(&t->options, &t->config, &error))
    return ario__usage_error(self, "%s", error.text);
  return ARIO__DONE;
}

// ---- Data ----

static void warn_of_data(const struct train *t, const ario__dataset_summary *summary) {
  if (summary->unreadable || summary->empty)
    ario__warn("of %zu files %zu cannot be read and %zu are empty; they are skipped", summary->files,
               summary->unreadable, summary->empty);
  if (!ario_corpus_tokens(t->corpus, ARIO_CORPUS_VALID))
    ario__warn("there is nothing for validation: one piece, or --hold-out 0");
}

static void say_data(const struct train *t) {
  size_t pieces[2] = {0, 0};
  for (size_t i = 0; i < ario_corpus_pieces(t->corpus); i++) pieces[ario_corpus_piece(t->corpus, i).part]++;
  fprintf(stderr, "%zu piece%s to train on, %zu tokens; %zu for validation, %zu tokens; in %s\n",
          pieces[ARIO_CORPUS_TRAIN], pieces[ARIO_CORPUS_TRAIN] == 1 ? "" : "s",
          ario_corpus_tokens(t->corpus, ARIO_CORPUS_TRAIN), pieces[ARIO_CORPUS_VALID],
          ario_corpus_tokens(t->corpus, ARIO_CORPUS_VALID),
          ario_precision_name(ario_trainer_precision(t->trainer)));
}

static int open_data(struct train *t, char **names, size_t count) {
  ario_error error = {""};
  ario__dataset_summary summary;
  ario__dataset_options options = {.codec = t->augmentation.codec,
                                   .model = &t->config,
                                   .split_column = t->split_column,
                                   .where = &t->where,
                                   .path_column = t->path_column,
                                   .hold_out = t->hold_out};
  if (ario__dataset_open(names, count, &options, &t->corpus, &summary, &error))
    return ario__complain(self, "%s", error.text);
  warn_of_data(t, &summary);
  return ARIO__DONE;
}

// Changes the pitch and tempo of a piece, and what else its codec varies.
static size_t vary(void *context, const ario_train_crop *crop, ario_token *out, bool *given, size_t room) {
  const struct augmentation *a = context;
  uint64_t keys = 2 * a->semitones + 1;
  double share = (double)(crop->seed / keys % 65536) / 65535;
  ario_variation variation = {.semitones = (int)(crop->seed % keys) - (int)a->semitones,
                              .tempo = 1 + a->tempo * (2 * share - 1),
                              .seed = crop->seed + 1, // never 0
                              .before = crop->before,
                              .after = crop->after,
                              .most = crop->most,
                              .given = given};
  return a->codec->vary(crop->tokens, crop->count, &variation, out, room);
}

// ---- Starting ----

// Linux lets programs take more memory than there is, and kills one when it runs out: so check before.
static int check_memory(struct train *t) {
  ario_error error = {""};
  size_t bytes, least, there = ario__memory_available();
  bool recomputed;
  t->options.memory = there / 10 * 9;
  if (ario_train_bytes(&t->config, &t->options, &bytes, &recomputed, &error))
    return ario__complain(self, "%s", error.text);
  if (bytes <= t->options.memory) return ARIO__DONE;
  ario_train_options smaller = t->options;
  smaller.context = smaller.context ? smaller.context : t->config.max_context;
  smaller.start_context = 0;
  smaller.latents = smaller.latents ? smaller.latents : t->config.max_latents;
  do {
    smaller.context = (smaller.context + 1) / 2;
    smaller.latents = smaller.latents < smaller.context ? smaller.latents : smaller.context;
    if (ario_train_bytes(&t->config, &smaller, &least, &recomputed, &error))
      return ario__complain(self, "%s", error.text);
  } while (least > t->options.memory && smaller.context > 1);
  double gb = 1e-9;
  if (least > t->options.memory)
    return ario__complain(self,
                          "training a model of this size takes %.1f GB, and %.1f GB are free: use fewer "
                          "--channels or --layers",
                          (double)bytes * gb, (double)there * gb);
  return ario__complain(self,
                        "this takes %.1f GB, and %.1f GB are free; --context %zu --latents %zu would fit",
                        (double)bytes * gb, (double)there * gb, smaller.context, smaller.latents);
}

// Checks a folder that no other run can change now.
static int check_folder(struct train *t) {
  if (t->resume) {
    if (!exists(t->state_file))
      return ario__complain(self, "%s: there is no run to resume: no training.state", t->output);
    return ARIO__DONE;
  }
  char weights[ARIO__PATH_MOST + 32];
  snprintf(weights, sizeof weights, "%s/model.safetensors", t->output);
  if (exists(t->state_file))
    return ario__complain(self, "%s: has an unfinished run; go on with --resume, or name another folder",
                          t->output);
  if (exists(weights)) return ario__complain(self, "%s: has a model already; name another folder", t->output);
  return ARIO__DONE;
}

static int prepare_folder(struct train *t) {
  ario_error error = {""};
  t->folder_made = !t->resume && mkdir(t->output, 0777) == 0;
  if (!t->resume && !t->folder_made && errno != EEXIST)
    return ario__complain(self, "%s: cannot be created: %s", t->output, strerror(errno));
  if (ario__folder_lock_take(&t->lock, t->output, "training.lock", &error))
    return ario__complain(self, "%s", error.text);
  return check_folder(t);
}

static int write_settings(struct train *t, const ario__command *command) {
  ario_error error = {""};
  ario__report *settings = ario__report_object();
  ario__options_report(command, settings);
  ario_status status = ario__report_write(settings, t->settings_file, &error);
  ario__report_free(settings);
  return status ? ario__complain(self, "%s", error.text) : ARIO__DONE;
}

static int start_trainer(struct train *t) {
  ario_error error = {""};
  ario_status status = ARIO_OK;
  if (t->augmentation.codec->vary && (t->augmentation.semitones || t->augmentation.tempo > 0)) {
    t->options.vary = vary;
    t->options.vary_context = &t->augmentation;
  }
  if (!t->start) status = ario_model_initial(&t->config, t->options.seed, &t->start, &error);
  if (!status) status = ario_model_set_window(t->start, t->config.max_context, t->config.max_latents, &error);
  if (!status) status = ario_trainer_create(t->start, t->corpus, &t->options, &t->trainer, &error);
  if (!status && t->resume) status = ario_trainer_load(t->trainer, t->state_file, &error);
  if (!status && t->log_file)
    status = ario__train_log_open(t->log_file, ario_trainer_progress(t->trainer).steps, &t->log, &error);
  ario_model_free(t->start); // the trainer has its own
  t->start = NULL;
  return status ? ario__complain(self, "%s", error.text) : ARIO__DONE;
}

static int run(struct train *t) {
  const ario__train_run run = {.trainer = t->trainer,
                               .log = t->log,
                               .folder = t->output,
                               .state_file = t->state_file,
                               .settings_file = t->settings_file,
                               .dtype = t->dtype,
                               .resumed = t->resume,
                               .stop_after = t->stop_after,
                               .validations = t->validations,
                               .valid_tokens = t->valid_tokens,
                               .minutes = t->options.minutes,
                               .valid_given = t->valid_given,
                               .began = t->began,
                               .corpus = t->corpus,
                               .tuned = t->init != NULL,
                               .checkpoint_minutes = t->checkpoint_minutes,
                               .keep = t->options.keep,
                               .quiet = t->quiet,
                               .json = t->json};
  if (ario_trainer_precision(t->trainer) != t->options.precision)
    ario__warn("this processor has no instructions for %s: training in %s",
               ario_precision_name(t->options.precision),
               ario_precision_name(ario_trainer_precision(t->trainer)));
  if (!t->quiet) say_data(t);
  return ario__train_go(&run);
}

static int tokenize(struct train *t) {
  ario_error error = {""};
  if (ario_corpus_save(t->corpus, t->output, &error)) return ario__complain(self, "%s", error.text);
  return ARIO__DONE;
}

static int train(struct train *t, const ario__command *command, char **names, size_t count) {
  int result = settle(t);
  if (!result && !t->tokenize_only) result = prepare_folder(t);
  if (!result && !t->tokenize_only) result = check_memory(t);
  if (!result) result = open_data(t, names, count);
  if (!result && t->tokenize_only) return tokenize(t);
  if (!result) result = start_trainer(t);
  if (!result && !t->resume) result = write_settings(t, command);
  if (!result) result = run(t);
  if (!result || exists(t->state_file)) return result;
  if (!t->resume) unlink(t->settings_file); // there is nothing to go on with
  ario__folder_lock_free(&t->lock);
  if (t->folder_made) rmdir(t->output); // unless something is in it
  return result;
}

static void free_all(struct train *t) {
  ario__folder_lock_free(&t->lock);
  ario__train_log_free(t->log);
  ario_trainer_free(t->trainer);
  ario_model_free(t->start);
  ario_corpus_free(t->corpus);
}

// ---- The command line ----

// Reads a file of settings first, and the command line over it.
static int parse(struct train *t, const ario__command *command, int argc, char **argv,
                 ario__command_line *line, ario__report **settings) {
  int result = ario__options_parse(command, argc, argv, line);
  if (result || line->finished) return result;
  if (!t->output)
    return ario__usage_error(self, t->tokenize_only ? "name the token cache with -o: which file?"
                                                    : "name the model's folder with -o: which folder?");
  if (ario__is_pipe_name(t->output))
    return ario__usage_error(self, "-o: standard output will not do; name it");
  if (ario__is_pipe_name(t->log_file))
    return ario__usage_error(self, "--log: standard output will not do; name the file");
  if (!make_names(t)) return ario__usage_error(self, "-o: the name is too long");
  if (t->resume && t->init) return ario__usage_error(self, "--init is for a new run, not for --resume");
  if (t->resume && t->config_file)
    return ario__usage_error(self, "--config is for a new run, not for --resume, which has its settings");
  if (t->resume && !exists(t->settings_file))
    return ario__complain(self, "%s: there is no run to resume: no training.json", t->output);
  const char *file = t->resume ? t->settings_file : t->config_file;
  if (!file) return ARIO__DONE;
  t->where.count = 0;
  result = ario__options_read(command, file, settings);
  if (result) return result;
  t->length_in_file = t->minutes_given || t->steps_given || t->passes_given;
  t->valid_given = false;
  t->minutes_given = t->steps_given = t->passes_given = false; // the command line alone decides between them
  return ario__options_parse(command, argc, argv, line);
}

#define SIZE(name_, place, argument_, least_, most_, given_, help_)                                          \
  {                                                                                                          \
    .name = (name_), .kind = ARIO__SIZE, .value = (place), .argument = (argument_), .least = (least_),       \
    .most = (most_), .help = (help_), .given = (given_), .setting = true                                     \
  }
#define REAL(name_, place, argument_, least_, most_, given_, help_)                                          \
  {                                                                                                          \
    .name = (name_), .kind = ARIO__REAL, .value = (place), .argument = (argument_), .least = (least_),       \
    .most = (most_), .help = (help_), .given = (given_), .setting = true                                     \
  }
#define TEXT(name_, place, argument_, given_, help_)                                                         \
  {                                                                                                          \
    .name = (name_), .kind = ARIO__TEXT, .value = (place), .argument = (argument_), .help = (help_),         \
    .given = (given_), .setting = true                                                                       \
  }

static void set_defaults(struct train *t) {
  *t = (struct train){.lock = {.fd = -1},
                      .codec_name = ario_codec_standard(ARIO_MUSIC)->name,
                      .activation = "squared_relu",
                      .optimizer = "muon",
                      .precision_name = "fp32",
                      .dtype_name = "BF16",
                      .split_column = "split",
                      .config = ario_config_default(),
                      .options = ario_train_options_default(),
                      .augmentation = {.semitones = 6, .tempo = 0.05},
                      .hold_out = 0.1,
                      .began = ario__seconds_now(),
                      .checkpoint_minutes = 10,
                      .minutes = 60,
                      .validations = 12,
                      .valid_tokens = 65536};
  t->config.channels = 256;
  t->config.heads = 4;
  t->config.layers = 6;
  t->config.max_context = 2048;
  t->options.threads = 0;
}

int ario__train_main(int argc, char **argv) {
  char codecs[ARIO__CODECS_TEXT];
  struct train t;
  set_defaults(&t);
  ario_train_options *o = &t.options;
  ario_config *c = &t.config;
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &t.output, "FOLDER", "the model's folder"},
      {"minutes", 0, ARIO__REAL, &t.minutes, "X", "train for X minutes, resumed ones included; 60 by default",
       .least = 0.01, .most = 1e6, .given = &t.minutes_given, .setting = true},
      {"steps", 0, ARIO__SIZE, &t.steps, "N", "or for N steps", .most = 1e12, .given = &t.steps_given,
       .setting = true},
      {"passes", 0, ARIO__REAL, &t.passes, "X", "or for X passes over the data; 6 by default with --init",
       .least = 0, .most = 1e6, .given = &t.passes_given, .setting = true},
      {"stop-after", 0, ARIO__SIZE, &t.stop_after, "N", "stop after N steps; --resume goes on", .least = 1,
       .most = 1e12},
      {"resume", 0, ARIO__FLAG, &t.resume, NULL,
       "go on with a stopped run and its settings; name the same data"},
      {"init", 0, ARIO__TEXT, &t.init, "MODEL",
       "fine-tune this model on your music: by default with small learning rates, few passes and --patience"},
      {"config", 0, ARIO__TEXT, &t.config_file, "FILE",
       "read settings from a JSON file: a model's config.json, or long options of this list with _ for -"},
      {"log", 0, ARIO__TEXT, &t.log_file, "X.csv",
       "log the run to this file, and draw X.png with its curves"},
      {"tokenize-only", 0, ARIO__FLAG, &t.tokenize_only, NULL,
       "only read the data and write the token cache -o, which later runs take as DATA"},
      TEXT("split-column", &t.split_column, "NAME", NULL,
           "the column of a table with train, valid (val, dev, eval) or test; \"split\" by default"),
      TEXT("path-column", &t.path_column, "NAME", NULL, ARIO__PATH_COLUMN_HELP),
      {"where", 0, ARIO__TEXTS, &t.where, "COL=VALUE",
       "use only rows of a table with this value; several values of one column: any of them",
       .setting = true},
      REAL("hold-out", &t.hold_out, "P", 0, 0.9, NULL,
           "the share of pieces for validation, where no table has splits; 0.1 by default"),
      SIZE("channels", &c->channels, "D", 1, 65536, &t.shape_given, "the model's width; 256 by default"),
      SIZE("layers", &c->layers, "L", 0, 4096, &t.shape_given,
           "layers after the cross-attention; 6 by default"),
      SIZE("heads", &c->heads, "H", 1, 4096, &t.shape_given, "attention heads; 4 by default"),
      {"max-context", 0, ARIO__SIZE, &c->max_context, "N", "tokens of context; 2048 by default", .least = 1,
       .most = 1 << 30, .given = &t.context_given, .setting = true},
      {"max-latents", 0, ARIO__SIZE, &c->max_latents, "M",
       "latents: tokens predicted in one pass; 1024 by default", .least = 1, .most = 1 << 30,
       .given = &t.latents_given, .setting = true},
      SIZE("mlp-widening", &c->mlp_widening, "K", 1, 64, &t.shape_given,
           "width of the MLPs, in times of the model's; 4 by default"),
      TEXT("activation", &t.activation, "NAME", &t.shape_given, "squared_relu (the default) or gelu"),
      REAL("rotary-fraction", &c->rotary_fraction, "P", 0, 1, &t.shape_given,
           "share of each head with rotary positions; 0.5 by default"),
      REAL("rotary-base", &c->rotary_base, "X", 1e-9, 1e30, &t.shape_given,
           "base of the rotary wavelengths; 10000 by default"),
      SIZE("position-waves", &c->position_waves, "W", 0, 30, &t.shape_given,
           "add the position to the embeddings, as waves of 4 .. 2^(W+1) tokens; 0 (the default): none"),
      REAL("norm-eps", &c->norm_eps, "X", 1e-30, 0.5, &t.shape_given,
           "epsilon of the layer norms; 1e-5 by default"),
      TEXT("codec", &t.codec_name, "NAME", &t.shape_given,
           ario__codecs_text(ario_codec_standard(ARIO_MUSIC)->name, codecs)),
      TEXT("audio-codec", &t.audio_codec, "DIR", &t.shape_given,
           "for the codec audio: the audio codec's folder or name; " ARIO__DEFAULT_AUDIO_CODEC " by default"),
      SIZE("levels", &t.levels, "Q", 0, ARIO_CODES_LEVELS, &t.shape_given,
           "for the codec audio: levels of codes a frame; 0 (the default): all. For an audio codec with a "
           "predictor, encode with as many"),
      {"vocab-size", 0, ARIO__SIZE, &c->vocab_size, "V",
       "for the codec raw: the vocabulary; 256 (bytes) by default", .least = 1, .most = 65536,
       .given = &t.vocab_given, .setting = true},
      SIZE("context", &o->context, "N", 0, 1 << 30, NULL,
           "tokens of a crop; 0 (the default): the model's context"),
      SIZE("start-context", &o->start_context, "N", 0, 1 << 30, NULL,
           "begin with crops of N tokens and double them until half of the run; 0 (the default): no"),
      SIZE("latents", &o->latents, "M", 0, 1 << 30, NULL,
           "tokens of a crop that are predicted; 0 (the default): the model's latents"),
      SIZE("given", &o->given, "N", 0, 1 << 30, NULL,
           "see the first N tokens of each piece, but never predict them"),
      SIZE("batch", &o->batch, "B", 1, 65536, NULL, "crops a step; 4 by default"),
      TEXT("optimizer", &t.optimizer, "NAME", NULL, "muon (the default) or adamw"),
      TEXT("precision", &t.precision_name, "NAME", NULL,
           "of matrix products: fp32 (the default), or bf16, faster where the processor has it"),
      REAL("muon-rate", &o->muon_rate, "X", 0, 1e6, &t.muon_rate_given,
           "learning rate of Muon; 0.02 by default, with --init 0.003"),
      REAL("adamw-rate", &o->adamw_rate, "X", 0, 1e6, &t.adamw_rate_given,
           "learning rate of AdamW; 0.002 by default, with --init 0.0003"),
      REAL("weight-decay", &o->weight_decay, "X", 0, 1e6, NULL,
           "weight decay of what Muon trains; 0.01 by default"),
      REAL("z-loss", &o->z_loss, "X", 0, 1e6, NULL, "weight of the z-loss; 0.0001 by default"),
      REAL("dropout", &o->dropout, "P", 0, 0.99, NULL, "dropout; 0.1 by default; use less with much data"),
      REAL("prefix-dropout", &o->prefix_dropout, "P", 0, 1, NULL,
           "leave out up to this share of a crop's prefix; 0 by default"),
      SIZE("transpose", &t.augmentation.semitones, "N", 0, 24, NULL,
           "transpose pieces by up to N semitones; 6 by default"),
      REAL("tempo", &t.augmentation.tempo, "P", 0, 0.5, NULL,
           "change tempos by up to this share; 0.05 by default"),
      {"seed", 0, ARIO__SEED, &o->seed, "N", "of all random numbers; 0 by default", .setting = true},
      SIZE("validations", &t.validations, "N", 0, 1e6, NULL,
           "validate the model N times a run; 12 by default"),
      SIZE("valid-tokens", &t.valid_tokens, "N", 0, 1e12, &t.valid_given,
           "validate with about N tokens; 65536 by default, 0: all"),
      SIZE("patience", &o->patience, "N", 0, 1e6, &t.patience_given,
           "end when N validations in a row are no better, and keep the best model; 0 (the default): never; "
           "with "
           "--init 3"),
      REAL("keep", &o->keep, "P", 0, 1, &t.keep_given,
           "with --init: the share of the initial weights in the final ones, so that the model forgets less; "
           "0.5 by default"),
      REAL("checkpoint-minutes", &t.checkpoint_minutes, "X", 0, 1e6, NULL,
           "save a checkpoint every X minutes; 10 by default"),
      TEXT("dtype", &t.dtype_name, "TYPE", NULL, "of the saved weights: BF16 (the default), F16 or F32"),
      {"quiet", 'q', ARIO__FLAG, &t.quiet, NULL, "print only warnings and errors"},
      {"json", 0, ARIO__FLAG, &t.json, NULL, "print JSON at the end"},
      ARIO__THREADS_OPTION(&o->threads)};
  const ario__command command = {
      .name = self,
      .usage = "DATA... -o FOLDER [options]",
      .summary = "Trains a model on music, or with --codec raw on any bytes. DATA are folders, files, "
                 "tables (*.csv with a column \"path\"; also ; and tabs separate), or a token cache. Ctrl-C "
                 "stops and "
                 "saves; --resume goes on.",
      .operands = {{"files", 1, ARIO__MANY}},
      .options = options,
      .option_count = sizeof options / sizeof *options};
  ario__command_line line;
  ario__report *settings = NULL;
  int result = parse(&t, &command, argc, argv, &line, &settings);
  if (!result && !line.finished) result = train(&t, &command, line.operands, line.count);
  free_all(&t);
  ario__report_free(settings);
  return result;
}
