// SPDX-License-Identifier: MIT
//
// arioso eval: how well a model predicts pieces, in nats per token.
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/print.h"
#include "apps/cli/report.h"
#include "apps/cli/threads.h"
#include "apps/commands/commands.h"
#include "apps/commands/scoring.h"
#include "apps/generate/models.h"

#include <math.h>
#include <stdio.h>

static const char *const self = "eval";

struct eval {
  const char *model_name, *token_file, *precision_name, *path_column;
  ario__text_list where;
  bool per_file, by_position, by_level, json;

  ario__scoring scoring;
  ario_model *model;
  ario__report *report; // with --json
  ario__report *files;  // its list, with --per-file
  ario__nll places[ARIO__PLACES], levels[ARIO_CODES_LEVELS];
};

// Audio codes a second; 0 for other tokens.
static double code_rate(const struct eval *eval) {
  const ario_codes *codes = &eval->scoring.codes;
  return codes->levels ? (double)(codes->levels * codes->sample_rate) / (double)codes->hop : 0;
}

static void report_score(const struct eval *eval, ario__report *report, const ario__nll *score) {
  double nll = score->nll / (double)score->tokens, rate = code_rate(eval);
  ario__report_add_number(report, "nll", nll);
  if (rate > 0) ario__report_add_number(report, "bits_per_s", nll / log(2) * rate);
  if (ario__of_bytes(eval->model)) ario__report_add_number(report, "bits", nll / log(2));
  if (score->notes) ario__report_add_number(report, "nll_per_note", score->nll / (double)score->notes);
  if (score->seconds > 0) ario__report_add_number(report, "nll_per_s", score->nll / score->seconds);
  ario__report_add_number(report, "tokens", (double)score->tokens);
}

// Called for each file.
static void print_score(void *told, const char *path, const ario__nll *score) {
  struct eval *eval = told;
  if (eval->json) {
    ario__report *file = ario__report_add_object(eval->files, NULL);
    ario__report_add_text(file, "file", path);
    report_score(eval, file, score);
  } else {
    ario__print("%.4f  %7zu  %s\n", score->nll / (double)score->tokens, score->tokens, path);
  }
}

static void print_places(const struct eval *eval) {
  ario__report *list = eval->json ? ario__report_add_array(eval->report, "positions") : NULL;
  for (size_t place = 0; place < ARIO__PLACES; place++) {
    const ario__nll *score = &eval->places[place];
    size_t from = ario__place_begins(place);
    if (!score->tokens) continue;
    if (eval->json) {
      ario__report *object = ario__report_add_object(list, NULL);
      ario__report_add_number(object, "from", (double)from);
      report_score(eval, object, score);
    } else {
      ario__print("%.4f  %9zu tokens  from %zu on\n", score->nll / (double)score->tokens, score->tokens,
                  from);
    }
  }
}

static void print_levels(const struct eval *eval) {
  const ario_codes *codes = &eval->scoring.codes;
  double rate = code_rate(eval) / (double)codes->levels;
  ario__report *list = eval->json ? ario__report_add_array(eval->report, "levels") : NULL;
  for (size_t level = 0; level < codes->levels; level++) {
    const ario__nll *score = &eval->levels[level];
    double nll = score->nll / (double)score->tokens;
    if (eval->json) {
      ario__report *object = ario__report_add_object(list, NULL);
      ario__report_add_number(object, "level", (double)level);
      ario__report_add_number(object, "nll", nll);
      ario__report_add_number(object, "bits_per_s", nll / log(2) * rate);
      ario__report_add_number(object, "tokens", (double)score->tokens);
    } else {
      ario__print("%.4f  %7.1f bits/s  level %zu\n", nll, nll / log(2) * rate, level);
    }
  }
}

static int print_total(struct eval *eval, const ario__nll *total, size_t files) {
  if (eval->by_position) print_places(eval);
  if (eval->by_level) print_levels(eval);
  if (eval->json) {
    report_score(eval, eval->report, total);
    ario__report_add_text(eval->report, "precision", ario_precision_name(eval->scoring.precision));
    return ario__report_print(eval->report, self);
  }
  double nll = total->nll / (double)total->tokens, rate = code_rate(eval);
  ario__print("%.4f nats/token", nll);
  if (rate > 0) ario__print(", %.1f bits/s,", nll / log(2) * rate);
  if (ario__of_bytes(eval->model)) ario__print(", %.4f bits/byte,", nll / log(2));
  if (total->notes) ario__print(", %.3f nats/note", total->nll / (double)total->notes);
  if (total->seconds > 0) ario__print(", %.1f nats/s", total->nll / total->seconds);
  ario__print(" over %zu tokens", total->tokens);
  ario__print(files ? " of %zu file%s\n" : "\n", files, files == 1 ? "" : "s");
  return ARIO__DONE;
}

static int open_all(struct eval *eval) {
  char found[ARIO__PATH_MOST];
  ario_error error = {""};
  ario__scoring *scoring = &eval->scoring;
  if (ario__models_open(eval->model_name, ARIO__DEFAULT_MODEL, &eval->model, found, sizeof found, &error))
    return ario__complain(self, "%s", error.text);
  int result = ario__precision_choose(self, eval->precision_name, eval->model, &scoring->precision);
  if (result) return result;
  if (eval->per_file) {
    scoring->tell = print_score;
    scoring->told = eval;
  }
  if (eval->by_position) scoring->places = eval->places;
  if (eval->by_level) scoring->levels = eval->levels;
  ario_status status = ario__scoring_open(scoring, eval->model, &error);
  if (status == ARIO_ERR_ARGUMENT) return ario__usage_error(self, "--%s", error.text);
  if (status) return ario__complain(self, "%s", error.text);
  if (eval->by_level && code_rate(eval) <= 0)
    return ario__usage_error(self, "--by-level: the tokens of %s are no codes of sound", found);
  if (scoring->stride > scoring->latents)
    return ario__usage_error(self, "--stride: %zu is more than the %zu latents of a pass", scoring->stride,
                             scoring->latents);
  return ARIO__DONE;
}

static int score(struct eval *eval, char **names, size_t count, ario__nll *total, size_t *files) {
  ario_error error = {""};
  ario__file_list list = {0};
  ario_status status;
  if (eval->token_file) {
    status = ario__scoring_tokens(&eval->scoring, eval->token_file, total, &error);
  } else {
    status = ario__scoring_list(eval->model, names, count, &eval->where, eval->path_column, &list, &error);
    if (!status) status = ario__scoring_files(&eval->scoring, &list, "evaluating", total, &error);
  }
  *files = list.count;
  ario__file_list_free(&list);
  return status ? ario__complain(self, "%s", error.text) : ARIO__DONE;
}

static int run(struct eval *eval, char **names, size_t count) {
  ario__nll total = {0};
  size_t files = 0;
  if (eval->json) eval->report = ario__report_object();
  if (eval->json && eval->per_file) eval->files = ario__report_add_array(eval->report, "files");
  int result = open_all(eval);
  if (!result) result = score(eval, names, count, &total, &files);
  if (!result) result = print_total(eval, &total, files);
  ario__report_free(eval->report);
  ario__scoring_close(&eval->scoring);
  ario_model_free(eval->model);
  return result;
}

int ario__eval_main(int argc, char **argv) {
  struct eval eval = {0};
  const ario__option options[] = {
      {"tokens", 0, ARIO__TEXT, &eval.token_file, "X.u16",
       "instead of files: one pass over these tokens, which scores the last M given all before"},
      {"context", 0, ARIO__SIZE, &eval.scoring.context, "N",
       "the most tokens that a pass sees; the model's own by default", .least = 1, .most = 1 << 30},
      {"latents", 0, ARIO__SIZE, &eval.scoring.latents, "M",
       "tokens that a pass predicts; the model's own by default", .least = 1, .most = 1 << 30},
      {"stride", 0, ARIO__SIZE, &eval.scoring.stride, "S",
       "score only the last S of each pass's M tokens, so that each has more context: slower, lower NLL",
       .least = 1, .most = 1 << 30},
      ARIO__FIRST_OPTION(&eval.scoring.first),
      ARIO__WHERE_OPTION(&eval.where),
      ARIO__PATH_COLUMN_OPTION(&eval.path_column),
      ARIO__PRECISION_OPTION(&eval.precision_name),
      {"per-file", 0, ARIO__FLAG, &eval.per_file, NULL, "print a line for each file, too"},
      {"by-position", 0, ARIO__FLAG, &eval.by_position, NULL,
       "also by the token's position in its piece: does a longer memory help?"},
      {"by-level", 0, ARIO__FLAG, &eval.by_level, NULL, "for sound: also by the level of the codes"},
      {"json", 0, ARIO__FLAG, &eval.json, NULL,
       "print JSON: {\"nll\", \"tokens\", \"precision\", \"files\", \"positions\", \"levels\"}, for bytes "
       "also \"bits\", for sound \"bits_per_s\", for music \"nll_per_note\" and \"nll_per_s\""},
      ARIO__THREADS_OPTION(&eval.scoring.threads)};
  const ario__command command = {
      .name = self,
      .usage = "MODEL FILES... [options]  |  eval MODEL --tokens X.u16",
      .summary = "Measures how well a model predicts pieces that it was not trained on: the mean negative "
                 "log-likelihood (NLL) of a token, in nats; for bytes and sound also in bits. Lower is "
                 "better.",
      .notes = "FILES are files, folders, or tables (*.csv) with a column \"path\".\n"
               "The model's codec reads them; a token file, *.u16, is taken as it is.\n"
               "A piece is scored in blocks: M tokens in one pass, given as many tokens before\n"
               "them as the context holds. The first token is not scored.",
      .operands = {{"model", 1, 1}, {"files", 0, ARIO__MANY}},
      .options = options,
      .option_count = sizeof options / sizeof *options};
  ario__command_line line;
  int result = ario__options_parse(&command, argc, argv, &line);
  if (result || line.finished) return result;
  if (eval.token_file ? line.count > 1 : line.count < 2)
    return ario__usage_error(self, eval.token_file ? "files or --tokens, not both" : "which files?");
  eval.model_name = line.operands[0];
  return run(&eval, line.operands + 1, line.count - 1);
}
