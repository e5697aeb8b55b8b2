// SPDX-License-Identifier: MIT
//
// Cuts pieces into passes and adds up the NLL of their tokens.
#include "apps/commands/scoring.h"
#include "apps/cli/interrupt.h"
#include "apps/cli/progress.h"
#include "apps/cli/threads.h"
#include "apps/commands/token_io.h"
#include "apps/generate/models.h"
#include "arioso/symbolic.h"
#include "arioso/tokens.h"

#include <math.h>
#include <stdlib.h>

// The NLL of a token under logits [vocab].
static double nll_of(const float *logits, size_t vocab, ario_token token) {
  double top = -INFINITY, sum = 0;
  for (size_t i = 0; i < vocab; i++) top = fmax(top, logits[i]);
  for (size_t i = 0; i < vocab; i++) sum += exp(logits[i] - top);
  return log(sum) + top - logits[token];
}

size_t ario__place_begins(size_t place) {
  return place ? (size_t)ARIO__PLACE_TOKENS << (place - 1) : 0;
}

static void add_score(ario__scoring *s, size_t at, ario_token token, double nll, ario__nll *score) {
  const ario_codes *codes = &s->codes;
  score->nll += nll;
  score->tokens++;
  if (s->levels && codes->levels && token >= ARIO_CODES_FIRST) {
    ario__nll *level = &s->levels[(token - ARIO_CODES_FIRST) / codes->codes];
    level->nll += nll;
    level->tokens++;
  }
  if (!s->places) return;
  size_t place = 0;
  while (place + 1 < ARIO__PLACES && at >= ario__place_begins(place + 1)) place++;
  s->places[place].nll += nll;
  s->places[place].tokens++;
}

// Scores tokens [from, from + count) in one pass with `latents` latents, which ends before the last of them.
// The session has been fed *fed tokens.
static ario_status score_block(ario__scoring *s, const ario_token *tokens, size_t *fed, size_t from,
                               size_t count, size_t latents, ario__nll *score) {
  size_t until = from + count - 1, vocab = ario_model_config(s->model)->vocab_size;
  ario_status status = ario_session_feed(s->session, tokens + *fed, until - *fed);
  *fed = until;
  if (!status) status = ario_session_forward(s->session, latents, s->logits);
  for (size_t i = 0; !status && i < count; i++)
    add_score(s, from + i, tokens[from + i],
              nll_of(s->logits + (latents - count + i) * vocab, vocab, tokens[from + i]), score);
  return status;
}

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

// Scores every token after the first, block by block. With a stride, each pass uses all latents and counts
// the last `stride` predictions; without, it uses as many latents as it predicts tokens.
static ario_status score_piece(ario__scoring *s, const ario_token *tokens, size_t count, ario__nll *score) {
  size_t fed = 0, step = s->stride ? s->stride : s->latents;
  ario_session_reset(s->session);
  for (size_t from = 1; from < count; from += step) {
    size_t block = smaller(step, count - from);
    size_t given = smaller(from + block - 1, s->context);
    size_t latents = s->stride ? smaller(s->latents, given) : block;
    ario_status status = ario__interrupt_check(NULL);
    if (!status) status = score_block(s, tokens, &fed, from, block, latents, score);
    if (status) return status;
  }
  return ARIO_OK;
}

// The error line for a status of the session, or for an interrupt.
static ario_status explain(const char *path, ario_status status, ario_error *error) {
  if (!status || ario__interrupt_check(error)) return status;
  return ario_fail(error, status, "%s: %s", path, ario_strerror(status));
}

// Reads a file's tokens, at least two: the first one is given, not predicted.
static ario_status read_piece(const ario__scoring *s, const ario_codec *codec, const char *path,
                              ario_token **tokens, size_t *count, ario_error *error) {
  const ario__input input = ario__input_named(path);
  ario_status status = ario__read_tokens(codec, ario_model_config(s->model), &input, tokens, count, error);
  if (status || *count > 1) return status;
  free(*tokens);
  return ario_fail(error, ARIO_ERR_FORMAT, "%s: one token alone; there is none after it to predict", path);
}

// Tokens of different codecs say more or less each; notes and seconds are the same for all.
static void count_music(const ario_codec *codec, const ario_token *tokens, size_t count, ario__nll *score) {
  ario_cursor cursor = {.now = 0};
  if (!codec->symbolic) return;
  codec->symbolic->pass(&cursor, tokens, count);
  score->notes += cursor.notes;
  score->seconds += (double)cursor.now / 1e6;
}

static ario_status score_file(ario__scoring *s, const ario_codec *codec, const char *path, ario__nll *score,
                              ario_error *error) {
  ario_token *tokens;
  size_t count;
  ario_status status = read_piece(s, codec, path, &tokens, &count, error);
  if (status) return status;
  if (s->first && count > s->first) count = s->first;
  status = explain(path, score_piece(s, tokens, count, score), error);
  count_music(codec, tokens, count, score);
  free(tokens);
  return status;
}

ario_status ario__scoring_open(ario__scoring *s, const ario_model *model, ario_error *error) {
  const ario_config *config = ario_model_config(model);
  if (!s->context) s->context = config->max_context;
  if (!s->latents) s->latents = smaller(config->max_latents, s->context);
  ario_session_options options = ario_session_options_default();
  options.context = s->context;
  options.latents = s->latents;
  options.threads = ario__threads(s->threads);
  options.precision = s->precision;
  s->model = model;
  ario_status status = ario_codes_of(config, &s->codes, error);
  if (!status) status = ario_session_create(model, &options, &s->session, error);
  if (status) return status;
  s->logits = malloc(s->latents * config->vocab_size * sizeof *s->logits);
  return s->logits ? ARIO_OK : ario_fail(error, ARIO_ERR_MEMORY, "not enough memory for the logits");
}

void ario__scoring_close(ario__scoring *s) {
  ario_session_free(s->session);
  free(s->logits);
}

ario_status ario__scoring_list(const ario_model *model, char **names, size_t count,
                               const ario__text_list *where, const char *path_column, ario__file_list *list,
                               ario_error *error) {
  const ario__listing listing = {
      .codec = ario__codec_of(model, error), .where = where, .path_column = path_column};
  ario_status status = listing.codec ? ARIO_OK : ARIO_ERR_UNSUPPORTED;
  for (size_t i = 0; i < count && !status; i++) status = ario__file_list_add(list, names[i], &listing, error);
  if (!status && !list->count)
    status = ario_fail(error, ARIO_ERR_FORMAT, "%s: there is no file to evaluate", names[0]);
  return status;
}

ario_status ario__scoring_files(ario__scoring *s, const ario__file_list *list, const char *what,
                                ario__nll *total, ario_error *error) {
  const ario_codec *codec = ario__codec_of(s->model, error);
  if (!codec) return ARIO_ERR_UNSUPPORTED;
  ario__progress progress;
  ario__progress_start(&progress, what);
  ario_status status = ARIO_OK;
  for (size_t i = 0; i < list->count && !status; i++) {
    ario__nll score = {0};
    status = score_file(s, codec, list->files[i].path, &score, error);
    total->nll += score.nll;
    total->tokens += score.tokens;
    total->notes += score.notes;
    total->seconds += score.seconds;
    if (s->tell) ario__progress_end(&progress);
    if (!status && s->tell) s->tell(s->told, list->files[i].path, &score);
    if (!status) ario__progress_show(&progress, (double)(i + 1) / (double)list->count, NULL);
  }
  ario__progress_end(&progress);
  return status;
}

ario_status ario__scoring_tokens(ario__scoring *s, const char *path, ario__nll *total, ario_error *error) {
  ario_token *tokens;
  size_t count, fed = 0;
  ario_status status =
      ario_tokens_read(path, ario_model_config(s->model)->vocab_size, &tokens, &count, error);
  if (status) return status;
  if (count < 2 || count - 1 > s->context) {
    status = ario_fail(error, ARIO_ERR_FORMAT, "%s: %zu tokens; one pass takes from 2 to %zu", path, count,
                       s->context + 1);
  } else {
    size_t latents = smaller(s->latents, count - 1);
    status = score_block(s, tokens, &fed, count - latents, latents, latents, total);
    status = explain(path, status, error);
  }
  free(tokens);
  return status;
}

ario_status ario__scoring_marked(ario__scoring *s, const ario_token *tokens, const bool *marked, size_t count,
                                 ario__nll *total) {
  size_t fed = 0, vocab = ario_model_config(s->model)->vocab_size, from = 1;
  ario_status status = ARIO_OK;
  ario_session_reset(s->session);
  while (from < count && !marked[from]) from++;
  for (size_t block; from < count && !status; from += block) {
    block = smaller(s->latents, count - from);
    status = ario__interrupt_check(NULL);
    if (!status) status = ario_session_feed(s->session, tokens + fed, from + block - 1 - fed);
    if (!status) status = ario_session_forward(s->session, block, s->logits);
    fed = from + block - 1;
    for (size_t i = 0; i < block && !status; i++)
      if (marked[from + i])
        add_score(s, from + i, tokens[from + i], nll_of(s->logits + i * vocab, vocab, tokens[from + i]),
                  total);
  }
  return status;
}
