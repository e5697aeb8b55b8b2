// SPDX-License-Identifier: MIT
//
// arioso info for a model: its size, its tokens, and the memory that it takes.
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/print.h"
#include "apps/cli/report.h"
#include "apps/commands/info.h"
#include "apps/generate/models.h"
#include "arioso/session.h"

enum { PRECISIONS = 3 };

// Bytes of a session in each precision, with the packed weights that sessions share.
static ario_status session_sizes(const ario_model *model, size_t sizes[PRECISIONS], ario_error *error) {
  ario_status status = ARIO_OK;
  for (int p = 0; p < PRECISIONS && !status; p++) {
    ario_session_options options = ario_session_options_default();
    size_t shared = 0;
    options.precision = (ario_precision)p;
    status = ario_session_bytes(model, &options, &sizes[p], error);
    if (!status) status = ario_session_shared_bytes(model, options.precision, &shared);
    sizes[p] += shared;
  }
  return status;
}

static void model_json(ario__report *root, const char *folder, const ario_model *model, const size_t *sizes) {
  const ario_config *config = ario_model_config(model);
  ario_precision precision = ario__precision_of(model);
  const struct {
    const char *key;
    size_t number;
  } numbers[] = {{"parameters", ario_model_parameters(model)},
                 {"vocab_size", config->vocab_size},
                 {"channels", config->channels},
                 {"heads", config->heads},
                 {"layers", config->layers},
                 {"max_context", config->max_context},
                 {"max_latents", config->max_latents},
                 {"session_bytes", sizes[precision]}};
  ario__report_add_text(root, "model", folder);
  ario__report_add_text(root, "codec", config->codec);
  ario__report_add_text(root, "dtype", ario_dtype_name(ario_model_dtype(model)));
  ario__report_add_text(root, "precision", ario_precision_name(precision));
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    ario__report_add_whole(root, numbers[i].key, numbers[i].number);
}

static void print_model(const char *folder, const ario_model *model, const size_t *sizes) {
  const ario_config *config = ario_model_config(model);
  ario__print("%s: Perceiver AR, %.1f million parameters (%s on disk)\n", folder,
              (double)ario_model_parameters(model) / 1e6, ario_dtype_name(ario_model_dtype(model)));
  ario__print("  tokens    %s, vocabulary %zu%s\n", config->codec, config->vocab_size,
              ario__of_bytes(model) ? ": bytes" : "");
  ario__print("  context   %zu tokens, %zu latents\n", config->max_context, config->max_latents);
  ario__print("  size      %zu channels, %zu heads, 1 cross-attention and %zu layers\n", config->channels,
              config->heads, config->layers);
  ario__print("  session  ");
  for (int p = 0; p < PRECISIONS; p++)
    ario__print("%s %.1f MB in %s", p ? "," : "", (double)sizes[p] / 1e6,
                ario_precision_name((ario_precision)p));
  ario__print(", beside the model's %.1f MB\n", (double)ario_model_bytes(model) / 1e6);
}

int ario__info_model(const char *name, bool json) {
  char folder[ARIO__PATH_MOST];
  ario_model *model;
  size_t sizes[PRECISIONS];
  ario_error error = {""};
  ario_status status = ario__models_inspect(name, ARIO__DEFAULT_MODEL, &model, folder, sizeof folder, &error);
  if (status) return ario__complain(ARIO__INFO, "%s", error.text);
  int result = ARIO__DONE;
  if (session_sizes(model, sizes, &error)) {
    result = ario__complain(ARIO__INFO, "%s: %s", folder, error.text);
  } else if (json) {
    ario__report *root = ario__report_object();
    model_json(root, folder, model, sizes);
    result = ario__report_finish(root, ARIO__INFO);
  } else {
    print_model(folder, model, sizes);
  }
  ario_model_free(model);
  return result;
}
