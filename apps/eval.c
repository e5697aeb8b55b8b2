// SPDX-License-Identifier: MIT
//
// arioso eval: how well a model predicts, in nats a token.
#include "apps/commands.h"
#include "apps/file_list.h"
#include "apps/files.h"
#include "apps/interrupt.h"
#include "apps/models.h"
#include "apps/options.h"
#include "apps/progress.h"
#include "apps/report.h"
#include "apps/threads.h"
#include "arioso/session.h"
#include "arioso/tokens.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const self = "eval";

struct eval {
  const char *model_name, *token_file;
  size_t context, latents, stride, threads; // 0: the model's
  size_t first;                             // tokens of a piece that count; 0: all
  ario__text_list where;
  bool per_file, json;

  ario_model *model;
  ario_session *session;
  float *logits;        // [latents, V] of one pass
  ario__report *report; // with --json
  ario__report *files;  // its list, with --per-file
};

struct score {
  double nll; // the sum
  size_t tokens;
};

// The negative logarithm of the probability that logits [vocab] give to a token.
static double nll_of(const float *logits, size_t vocab, ario_token token) {
  double top = -INFINITY, sum = 0;
  for (size_t i = 0; i < vocab; i++) top = fmax(top, logits[i]);
  for (size_t i = 0; i < vocab; i++) sum += exp(logits[i] - top);
  return log(sum) + top - logits[token];
}

// Scores tokens [from, from + count) by one pass with `latents` latents over the newest tokens before the
// last of them. The session has been fed up to *fed.
static ario_status score_block(struct eval *eval, const ario_token *tokens, size_t *fed, size_t from,
                               size_t count, size_t latents, struct score *score) {
  size_t until = from + count - 1, vocab = ario_model_config(eval->model)->vocab_size;
  ario_status status = ario_session_feed(eval->session, tokens + *fed, until - *fed);
  *fed = until;
  if (!status) status = ario_session_forward(eval->session, latents, eval->logits);
  for (size_t i = 0; !status && i < count; i++)
    score->nll += nll_of(eval->logits + (latents - count + i) * vocab, vocab, tokens[from + i]);
  score->tokens += count;
  return status;
}

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

// Every token after the first, block by block. With a stride each pass has all the latents it can and only
// the last `stride` of them count; without, as many latents as tokens are predicted.
static ario_status score_piece(struct eval *eval, const ario_token *tokens, size_t count,
                               struct score *score) {
  size_t fed = 0, step = eval->stride ? eval->stride : eval->latents;
  ario_session_reset(eval->session);
  for (size_t from = 1; from < count; from += step) {
    size_t block = smaller(step, count - from);
    size_t given = smaller(from + block - 1, eval->context);
    size_t latents = eval->stride ? smaller(eval->latents, given) : block;
    ario_status status = ario__interrupt_check(NULL);
    if (!status) status = score_block(eval, tokens, &fed, from, block, latents, score);
    if (status) return status;
  }
  return ARIO_OK;
}

// The line for a person about a status of the session, or about an interrupt.
static ario_status explain(const char *path, ario_status status, ario_error *error) {
  if (!status || ario__interrupt_check(error)) return status;
  return ario_fail(error, status, "%s: %s", path, ario_strerror(status));
}

static void report_score(const struct eval *eval, ario__report *report, const struct score *score) {
  double nll = score->nll / (double)score->tokens;
  ario__report_add_number(report, "nll", nll);
  if (ario__of_bytes(eval->model)) ario__report_add_number(report, "bits", nll / log(2));
  ario__report_add_number(report, "tokens", (double)score->tokens);
}

static void print_score(struct eval *eval, const char *path, const struct score *score) {
  if (eval->json) {
    ario__report *file = ario__report_add_object(eval->files, NULL);
    ario__report_add_text(file, "file", path);
    report_score(eval, file, score);
  } else {
    printf("%.4f  %7zu  %s\n", score->nll / (double)score->tokens, score->tokens, path);
  }
}

// A file's tokens, two at least: the first is given, and one must follow to be predicted.
static ario_status read_piece(const struct eval *eval, const ario_codec *codec, const char *path,
                              ario_token **tokens, size_t *count, ario_error *error) {
  size_t vocab = ario_model_config(eval->model)->vocab_size;
  ario_status status = ario__read_tokens(codec, vocab, path, tokens, count, error);
  if (status || *count > 1) return status;
  free(*tokens);
  return ario_fail(error, ARIO_ERR_FORMAT, "%s: one token alone; none follows it that could be predicted",
                   path);
}

static ario_status score_file(struct eval *eval, const ario_codec *codec, const char *path,
                              struct score *score, ario_error *error) {
  ario_token *tokens;
  size_t count;
  ario_status status = read_piece(eval, codec, path, &tokens, &count, error);
  if (status) return status;
  if (eval->first && count > eval->first) count = eval->first;
  status = explain(path, score_piece(eval, tokens, count, score), error);
  free(tokens);
  return status;
}

static ario_status score_list(struct eval *eval, const ario_codec *codec, const ario__file_list *list,
                              struct score *total, ario_error *error) {
  ario__progress progress;
  ario__progress_start(&progress, "evaluating");
  ario_status status = ARIO_OK;
  for (size_t i = 0; i < list->count && !status; i++) {
    struct score score = {0};
    status = score_file(eval, codec, list->files[i].path, &score, error);
    total->nll += score.nll;
    total->tokens += score.tokens;
    if (eval->per_file) ario__progress_end(&progress);
    if (!status && eval->per_file) print_score(eval, list->files[i].path, &score);
    if (!status) ario__progress_show(&progress, (double)(i + 1) / (double)list->count, NULL);
  }
  ario__progress_end(&progress);
  return status;
}

static int score_files(struct eval *eval, char **names, size_t count, struct score *total, size_t *files) {
  ario_error error = {""};
  ario__file_list list = {0};
  ario__listing listing = {.codec = ario__codec_of(eval->model, &error), .where = &eval->where};
  if (!listing.codec) return ario__complain(self, "%s: %s", eval->model_name, error.text);
  ario_status status = ARIO_OK;
  for (size_t i = 0; i < count && !status; i++)
    status = ario__file_list_add(&list, names[i], &listing, &error);
  if (!status && !list.count)
    status = ario_fail(&error, ARIO_ERR_FORMAT, "%s: there is no file to evaluate", names[0]);
  if (!status) status = score_list(eval, listing.codec, &list, total, &error);
  *files = list.count;
  ario__file_list_free(&list);
  return status ? ario__complain(self, "%s", error.text) : ARIO__DONE;
}

// One pass over a token file: its last `latents` tokens, given all before.
static int score_tokens(struct eval *eval, struct score *total) {
  ario_token *tokens;
  size_t count, fed = 0;
  ario_error error = {""};
  size_t vocab = ario_model_config(eval->model)->vocab_size;
  if (ario_tokens_read(eval->token_file, vocab, &tokens, &count, &error))
    return ario__complain(self, "%s", error.text);
  int result = ARIO__DONE;
  if (count < 2 || count - 1 > eval->context) {
    result = ario__complain(self, "%s: %zu tokens; one pass takes from 2 to %zu", eval->token_file, count,
                            eval->context + 1);
  } else {
    size_t latents = smaller(eval->latents, count - 1);
    ario_status status = score_block(eval, tokens, &fed, count - latents, latents, latents, total);
    if (explain(eval->token_file, status, &error)) result = ario__complain(self, "%s", error.text);
  }
  free(tokens);
  return result;
}

static int print_total(struct eval *eval, const struct score *total, size_t files) {
  if (eval->json) {
    report_score(eval, eval->report, total);
    return ario__report_print(eval->report) ? ARIO__DONE
                                            : ario__complain(self, "standard output: cannot be written");
  }
  double nll = total->nll / (double)total->tokens;
  printf("%.4f nats/token", nll);
  if (ario__of_bytes(eval->model)) printf(", %.4f bits/byte,", nll / log(2));
  printf(" over %zu tokens", total->tokens);
  printf(files ? " of %zu file%s\n" : "\n", files, files == 1 ? "" : "s");
  return ARIO__DONE;
}

static int open_all(struct eval *eval) {
  char found[ARIO__PATH_MOST];
  ario_error error = {""};
  if (ario__models_open(eval->model_name, &eval->model, found, sizeof found, &error))
    return ario__complain(self, "%s", error.text);
  const ario_config *config = ario_model_config(eval->model);
  if (!eval->context) eval->context = config->max_context;
  if (!eval->latents) eval->latents = smaller(config->max_latents, eval->context);
  ario_session_options options = ario_session_options_default();
  options.context = eval->context;
  options.latents = eval->latents;
  options.threads = ario__threads(eval->threads);
  if (eval->stride > eval->latents)
    return ario__usage_error(self, "--stride: %zu is more than the %zu latents of a pass", eval->stride,
                             eval->latents);
  ario_status status = ario_session_create(eval->model, &options, &eval->session, &error);
  if (status == ARIO_ERR_ARGUMENT) return ario__usage_error(self, "--%s", error.text);
  if (!status) eval->logits = malloc(eval->latents * config->vocab_size * sizeof *eval->logits);
  if (!status && !eval->logits)
    status = ario_fail(&error, ARIO_ERR_MEMORY, "not enough memory for the logits");
  return status ? ario__complain(self, "%s", error.text) : ARIO__DONE;
}

static int run(struct eval *eval, char **names, size_t count) {
  struct score total = {0};
  size_t files = 0;
  if (eval->json) eval->report = ario__report_object();
  if (eval->json && eval->per_file) eval->files = ario__report_add_array(eval->report, "files");
  int result = open_all(eval);
  if (!result)
    result = eval->token_file ? score_tokens(eval, &total) : score_files(eval, names, count, &total, &files);
  if (!result) result = print_total(eval, &total, files);
  ario__report_free(eval->report);
  free(eval->logits);
  ario_session_free(eval->session);
  ario_model_free(eval->model);
  return result;
}

int ario__eval_main(int argc, char **argv) {
  struct eval eval = {0};
  const ario__option options[] = {
      {"tokens", 0, ARIO__TEXT, &eval.token_file, "X.u16",
       "instead of files: one pass over these tokens; scores the last M given all before"},
      {"context", 0, ARIO__SIZE, &eval.context, "N",
       "tokens that a pass sees at most; the model's own by default", .least = 1, .most = 1 << 30},
      {"latents", 0, ARIO__SIZE, &eval.latents, "M",
       "tokens that a pass predicts; the model's own by default", .least = 1, .most = 1 << 30},
      {"stride", 0, ARIO__SIZE, &eval.stride, "S",
       "score only the last S of each pass's M, for more context each: slower, and lower", .least = 1,
       .most = 1 << 30},
      {"first", 0, ARIO__SIZE, &eval.first, "N", "only the first N tokens of each piece", .least = 2,
       .most = 1 << 30},
      {"where", 0, ARIO__TEXTS, &eval.where, "COL=VALUE",
       "only rows of a table with this value; of one column any of several values"},
      {"per-file", 0, ARIO__FLAG, &eval.per_file, NULL, "a line for each file, too"},
      {"json", 0, ARIO__FLAG, &eval.json, NULL,
       "print JSON: {\"nll\", \"tokens\", \"files\"}, and of bytes \"bits\""},
      ARIO__THREADS_OPTION(&eval.threads)};
  const ario__command command = {
      .name = self,
      .usage = "MODEL FILES... [options]  |  eval MODEL --tokens X.u16",
      .summary = "Measures how well a model predicts pieces that it does not know: nats "
                 "(natural-logarithm units) of surprise a token, over every "
                 "token after the first; of bytes bits, too. Lower is better.",
      .notes = "FILES are files, folders, or tables (*.csv) with a column \"path\".\n"
               "A file is read as the model's codec says; a token file, *.u16, as it stands.\n"
               "A piece is scored block by block: the next M tokens in one pass, given the newest\n"
               "tokens that the context has room for.",
      .options = options,
      .option_count = sizeof options / sizeof *options};
  char **operands;
  size_t count;
  bool finished;
  int result = ario__options_parse(&command, argc, argv, &operands, &count, &finished);
  if (result || finished) return result;
  if (count < 1) return ario__usage_error(self, "which model?");
  if (eval.token_file ? count > 1 : count < 2)
    return ario__usage_error(self, eval.token_file ? "files or --tokens, not both" : "which files?");
  eval.model_name = operands[0];
  return run(&eval, operands + 1, count - 1);
}
