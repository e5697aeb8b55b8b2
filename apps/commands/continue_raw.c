// SPDX-License-Identifier: MIT
//
// arioso continue for raw tokens: the bytes of a file, or the tokens of a token file.
#include "apps/cli/print.h"
#include "apps/commands/continue.h"
#include "apps/commands/token_io.h"
#include "apps/generate/models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_TOKENS = 1000 };

static const char *unit_of(const ario__continuing *c) {
  return ario__of_bytes(c->model) ? "bytes" : "tokens";
}

static int prepare(ario__continuing *c) {
  const char *option = ario__options_foreign(&c->line, ARIO_RAW);
  if (option)
    return ario__usage_error(ARIO__CONTINUE,
                             "--%s is for music, but %s is a model for %s; --tokens N sets the length",
                             option, c->model_folder, unit_of(c));
  if (!c->input)
    return ario__usage_error(ARIO__CONTINUE, "a model for %s cannot begin by itself; name a file to continue",
                             unit_of(c));
  if (!c->tokens_given) c->tokens = DEFAULT_TOKENS;
  ario_error error = {""};
  if (ario__read_tokens(c->codec, ario_model_config(c->model), c->input, &c->prompt, &c->prompt_count,
                        &error))
    return ario__complain(ARIO__CONTINUE, "%s", error.text);
  return ARIO__DONE;
}

static void finish(ario__continuing *c) {
  free(c->prompt);
}

static ario_status write_take(const ario__continuing *c, const ario__take *take, ario_error *error) {
  size_t given = c->only_new ? 0 : c->prompt_count;
  ario_token *all = malloc((given + take->count) * sizeof *all);
  if (!all) return ario_fail(error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  memcpy(all, c->prompt, given * sizeof *all);
  memcpy(all + given, take->tokens, take->count * sizeof *all);
  ario_status status = ario__write_tokens(c->codec, ario_model_config(c->model), take->names.file,
                                          c->output != NULL, all, given + take->count, error);
  free(all);
  return status;
}

static void report_prompt(const ario__continuing *c, size_t used, ario__report *report) {
  if (report) return; // the number of tokens, which the caller adds, says everything
  ario__print("%s: %zu %s", c->input->name, c->prompt_count, unit_of(c));
  if (used < c->prompt_count) ario__print("; the model sees the newest %zu", used);
  ario__print("\n");
}

static void report_take(const ario__continuing *c, const ario__take *take, ario__report *report) {
  if (report)
    ario__report_add_text(report, "file", take->names.file);
  else
    ario__print("%s: %zu %s new", take->names.file, take->count, unit_of(c));
}

static const char *tokens_themselves(const ario__continuing *c, const ario__take *take, size_t *units) {
  for (size_t i = 0; i < c->prompt_count + take->count; i++) units[i] = 1 + i;
  return "token";
}

const ario__continue_medium ario__continue_raw = {.prepare = prepare,
                                                  .write = write_take,
                                                  .report_prompt = report_prompt,
                                                  .report_take = report_take,
                                                  .units = tokens_themselves,
                                                  .finish = finish};
