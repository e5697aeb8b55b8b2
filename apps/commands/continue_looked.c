// SPDX-License-Identifier: MIT
//
// arioso continue --looked: a report of where the model looked while it wrote each take.
#include "apps/cli/threads.h"
#include "apps/commands/continue.h"
#include "apps/generate/looked.h"

#include <stdlib.h>
#include <string.h>

static const double LEAST = 0.005; // a smaller share is left out

struct looks {
  const char *unit; // "bar"
  ario__report *list;
};

struct look {
  size_t unit;
  float weight;
};

static int heavier(const void *a, const void *b) {
  const struct look *x = a, *y = b;
  if (x->weight != y->weight) return x->weight < y->weight ? 1 : -1;
  return x->unit < y->unit ? -1 : x->unit > y->unit;
}

// {"bar": 17, "looked": [{"bar": 9, "weight": 0.31}, ...]}, the largest weight first
static void add_unit(void *context, size_t first, const float *weights, size_t count) {
  const struct looks *looks = context;
  struct look *all = malloc(count * sizeof *all);
  size_t used = 0;
  ario__report *object = ario__report_add_object(looks->list, NULL);
  ario__report_add_whole(object, looks->unit, first + count - 1);
  ario__report *list = ario__report_add_array(object, "looked");
  for (size_t i = 0; all && i < count; i++)
    if (weights[i] >= LEAST) all[used++] = (struct look){first + i, weights[i]};
  if (used) qsort(all, used, sizeof *all, heavier);
  for (size_t i = 0; i < used; i++) {
    ario__report *entry = ario__report_add_object(list, NULL);
    ario__report_add_whole(entry, looks->unit, all[i].unit);
    ario__report_add_number(entry, "weight", (double)all[i].weight);
  }
  free(all);
}

int ario__looked_add(ario__continuing *c, const ario__take *take) {
  size_t count = c->prompt_count + take->count;
  ario_token *tokens = malloc(count * sizeof *tokens);
  size_t *units = malloc(count * sizeof *units);
  ario_error error = {""};
  ario_status status = tokens && units ? ARIO_OK : ARIO_ERR_MEMORY;
  struct looks looks = {.unit = status ? NULL : c->medium->units(c, take, units)};
  if (!looks.unit) status = ario_fail(&error, ARIO_ERR_MEMORY, "%s", ario_strerror(ARIO_ERR_MEMORY));
  if (!status) {
    ario__report *object = ario__report_add_object(c->looks, NULL);
    memcpy(tokens, c->prompt, c->prompt_count * sizeof *tokens);
    memcpy(tokens + c->prompt_count, take->tokens, take->count * sizeof *tokens);
    ario__report_add_text(object, "file", take->names.file);
    ario__report_add_whole(object, "seed", take->seed);
    looks.list = ario__report_add_array(object, "new");
    const ario__looking looking = {.model = c->model,
                                   .threads = ario__threads(c->threads),
                                   .precision = c->precision,
                                   .tokens = tokens,
                                   .count = count,
                                   .prompt = c->prompt_count,
                                   .units = units};
    status = ario__looked(&looking, add_unit, &looks, &error);
  }
  free(tokens);
  free(units);
  return status ? ario__complain(ARIO__CONTINUE, "--looked: %s", error.text) : ARIO__DONE;
}

int ario__looked_write(ario__continuing *c) {
  ario_error error = {""};
  return ario__report_write(c->looks, c->looked, &error) ? ario__complain(ARIO__CONTINUE, "%s", error.text)
                                                         : ARIO__DONE;
}
