// SPDX-License-Identifier: MIT
//
// arioso quantize: a model's weights in fewer bits, and the loss in quality.
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/print.h"
#include "apps/cli/report.h"
#include "apps/cli/threads.h"
#include "apps/commands/commands.h"
#include "apps/commands/scoring.h"
#include "apps/generate/models.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const self = "quantize";

struct quantize {
  const char *model_name, *output, *precision_name;
  ario__text_list where;
  const char *path_column;
  size_t threads, first;
  bool json;

  ario_model *model, *made;
  bool was_there;               // the output's folder, empty
  char folder[ARIO__PATH_MOST]; // of the model
  ario_dtype dtype;             // wanted
  ario_precision precision;     // of sessions with it
  ario__nll before, after;      // with files
};

// True if nothing at a path could be overwritten: there is no such folder, or it is empty.
static bool is_free(const char *path) {
  DIR *folder = opendir(path);
  if (!folder) {
    struct stat info;
    return stat(path, &info) != 0;
  }
  bool empty = true;
  for (const struct dirent *entry; empty && (entry = readdir(folder));)
    empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
  closedir(folder);
  return empty;
}

// Leaves what was there before: the folder was new or empty.
static void undo(const struct quantize *q) {
  static const char *const names[] = {"config.json", "model.safetensors"};
  char path[ARIO__PATH_MOST + 32];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    snprintf(path, sizeof path, "%s/%s", q->output, names[i]);
    unlink(path);
  }
  if (!q->was_there) rmdir(q->output);
}

// Bytes of a model's weights on disk; 0 if unknown.
static double size_of(const char *folder) {
  char path[ARIO__PATH_MOST + 32];
  struct stat info;
  snprintf(path, sizeof path, "%s/model.safetensors", folder);
  return stat(path, &info) == 0 ? (double)info.st_size : 0;
}

static int settle(struct quantize *q, char **files, size_t count) {
  if (!q->output) return ario__usage_error(self, "name the new model's folder with -o");
  if (ario__is_pipe_name(q->output))
    return ario__usage_error(self, "-o: a model is a folder, which standard output cannot be");
  for (size_t i = 0; i < count; i++)
    if (ario__is_pipe_name(files[i]))
      return ario__usage_error(self, "-: the files are read twice, by both models; name them");
  if (!ario__precision_find(q->precision_name, &q->precision) || q->precision == ARIO_PRECISION_FP32)
    return ario__usage_error(self, "--precision: %s is neither int8 nor bf16", q->precision_name);
  q->dtype = q->precision == ARIO_PRECISION_INT8 ? ARIO_I8 : ARIO_BF16;
  if (!is_free(q->output))
    return ario__usage_error(self, "%s: exists and is not empty; name a new folder", q->output);
  return ARIO__DONE;
}

static int open_model(struct quantize *q) {
  ario_error error = {""};
  if (ario__models_open(q->model_name, ARIO__DEFAULT_MODEL, &q->model, q->folder, sizeof q->folder, &error))
    return ario__complain(self, "%s", error.text);
  if (ario_model_dtype(q->model) == ARIO_I8)
    return ario__complain(self, "%s: is in 8 bits already; quantize the model that it was made from",
                          q->folder);
  return ARIO__DONE;
}

static ario_status make(struct quantize *q, ario_error *error) {
  struct stat info;
  q->was_there = stat(q->output, &info) == 0;
  ario_status status = ario_model_save(q->model, q->output, q->dtype, error);
  return status ? status : ario_model_open(q->output, &q->made, error);
}

static ario_status score(const struct quantize *q, const ario_model *model, ario_precision precision,
                         const ario__file_list *list, ario__nll *score, ario_error *error) {
  ario__scoring scoring = {.threads = q->threads, .first = q->first, .precision = precision};
  ario_status status = ario__scoring_open(&scoring, model, error);
  if (!status) status = ario__scoring_files(&scoring, list, ario_precision_name(precision), score, error);
  ario__scoring_close(&scoring);
  return status;
}

// Files are scored before anything is written, so that a bad file costs no time.
static int make_and_compare(struct quantize *q, char **names, size_t count) {
  ario_error error = {""};
  ario__file_list list = {0};
  ario_status status = ARIO_OK;
  if (count) status = ario__scoring_list(q->model, names, count, &q->where, q->path_column, &list, &error);
  if (!status && count) status = score(q, q->model, ARIO_PRECISION_FP32, &list, &q->before, &error);
  bool begun = !status;
  if (!status) status = make(q, &error);
  if (!status && count) status = score(q, q->made, q->precision, &list, &q->after, &error);
  if (status && begun) undo(q);
  ario__file_list_free(&list);
  return status ? ario__complain(self, "%s", error.text) : ARIO__DONE;
}

static double mean(const ario__nll *score) {
  return score->nll / (double)score->tokens;
}

static int tell(const struct quantize *q) {
  double before = size_of(q->folder), after = size_of(q->output);
  if (!q->json) {
    ario__print("%s: %.1f MB in %s, of %.1f MB in %s\n", q->output, after / 1e6, ario_dtype_name(q->dtype),
                before / 1e6, ario_dtype_name(ario_model_dtype(q->model)));
    if (q->after.tokens)
      ario__print("%.4f nats/token in %s, %.4f in fp32 before: %+.4f over %zu tokens\n", mean(&q->after),
                  q->precision_name, mean(&q->before), mean(&q->after) - mean(&q->before), q->after.tokens);
    return ARIO__DONE;
  }
  ario__report *root = ario__report_object();
  ario__report_add_text(root, "model", q->output);
  ario__report_add_text(root, "precision", q->precision_name);
  ario__report_add_number(root, "bytes_before", before);
  ario__report_add_number(root, "bytes", after);
  if (q->after.tokens) {
    ario__report_add_number(root, "nll_before", mean(&q->before));
    ario__report_add_number(root, "nll", mean(&q->after));
    ario__report_add_number(root, "tokens", (double)q->after.tokens);
  }
  return ario__report_finish(root, self);
}

int ario__quantize_main(int argc, char **argv) {
  struct quantize q = {.precision_name = "int8"};
  const ario__option options[] = {
      {"output", 'o', ARIO__TEXT, &q.output, "DIR", "the new model's folder; it must be new or empty"},
      {"precision", 0, ARIO__TEXT, &q.precision_name, "int8|bf16",
       "int8 (the default) takes a quarter of fp32 and is fastest; bf16 takes half"},
      ARIO__FIRST_OPTION(&q.first),
      ARIO__WHERE_OPTION(&q.where),
      ARIO__PATH_COLUMN_OPTION(&q.path_column),
      {"json", 0, ARIO__FLAG, &q.json, NULL,
       "print JSON: {\"model\", \"precision\", \"bytes_before\", \"bytes\"}, with FILES also "
       "\"nll_before\", \"nll\", \"tokens\""},
      ARIO__THREADS_OPTION(&q.threads)};
  const ario__command command = {
      .name = self,
      .usage = "MODEL -o DIR [FILES...] [options]",
      .summary = "Makes a copy of a model with weights in fewer bits, which is smaller and faster. With "
                 "FILES it measures the loss: how well both models predict them, as arioso eval does.",
      .operands = {{"model", 1, 1}, {"files", 0, ARIO__MANY}},
      .options = options,
      .option_count = sizeof options / sizeof *options};
  ario__command_line line;
  int result = ario__options_parse(&command, argc, argv, &line);
  if (result || line.finished) return result;
  q.model_name = line.operands[0];
  result = settle(&q, line.operands + 1, line.count - 1);
  if (!result) result = open_model(&q);
  if (!result) result = make_and_compare(&q, line.operands + 1, line.count - 1);
  if (!result) result = tell(&q);
  ario_model_free(q.made);
  ario_model_free(q.model);
  return result;
}
