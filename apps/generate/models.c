// SPDX-License-Identifier: MIT
//
// Looks for models, and asks what they can be used for.
#include "apps/generate/models.h"
#include "apps/cli/executable.h"
#include "apps/cli/options.h"
#include "apps/cli/paths.h"
#include "apps/cli/print.h"
#include "arioso/raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_folder(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

// Finds the folder of a model: `name` as a path, or a model of that name. `hint` ends the error message.
static ario_status find(const char *name, const char *standard, const char *hint, char *found, size_t size,
                        ario_error *error) {
  char built[ARIO__PATH_MOST], installed[ARIO__PATH_MOST];
  ario__beside_executable("models", built);
  ario__beside_executable(ARIO_INSTALLED_MODELS, installed);
  const char *places[] = {getenv("ARIOSO_MODELS"), built, installed};
  bool wanted = name != NULL;
  if (ario__is_pipe_name(name))
    return ario_fail(error, ARIO_ERR_NOT_FOUND, "-: a model is a folder, which standard input cannot be%s",
                     hint);
  if (!wanted) name = standard;
  snprintf(found, size, "%s", name);
  if (wanted && (is_folder(name) || strchr(name, '/'))) return ARIO_OK;
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    if (!places[i] || !*places[i]) continue; // an empty variable is none
    snprintf(found, size, "%s/%s", places[i], name);
    if (is_folder(found)) return ARIO_OK;
  }
  return ario_fail(error, ARIO_ERR_NOT_FOUND, "%s: no model of this name in %s%s%s%s", name,
                   places[0] ? places[0] : "$ARIOSO_MODELS", *installed ? " or " : "", installed, hint);
}

ario_status ario__models_open(const char *name, const char *standard, ario_model **out, char *found,
                              size_t size, ario_error *error) {
  *out = NULL;
  ario_status status = find(name, standard, "; name its folder with --model", found, size, error);
  return status ? status : ario_model_open(found, out, error);
}

ario_status ario__models_inspect(const char *name, const char *standard, ario_model **out, char *found,
                                 size_t size, ario_error *error) {
  *out = NULL;
  ario_status status = find(name, standard, "", found, size, error);
  return status ? status : ario_model_inspect(found, out, error);
}

bool ario__models_have(const char *name) {
  char found[2 * ARIO__PATH_MOST]; // any place, and the name
  return !find(NULL, name, "", found, sizeof found, NULL);
}

static bool fits(const ario_audio_codec *codec, const ario_codes *codes) {
  const ario_codes own = ario_audio_codec_codes(codec, codes->levels);
  return codes->levels <= ario_audio_codec_config(codec)->levels && codes->hash == own.hash &&
         codes->codes == own.codes && codes->hop == own.hop && codes->sample_rate == own.sample_rate;
}

ario_status ario__models_open_audio(const char *name, const ario_codes *codes, ario_audio_codec **out,
                                    char *found, size_t size, ario_error *error) {
  *out = NULL;
  ario_status status = find(name, ARIO__DEFAULT_AUDIO_CODEC, "", found, size, error);
  if (!status) status = ario_audio_codec_open(found, out, error);
  if (status || !codes || !codes->levels || fits(*out, codes)) return status;
  ario_audio_codec_free(*out);
  *out = NULL;
  return ario_fail(error, ARIO_ERR_FORMAT, "the codes are of another audio codec than %s (hash %016llx)",
                   found, (unsigned long long)codes->hash);
}

const ario_codec *ario__codec_of(const ario_model *model, ario_error *error) {
  const ario_config *config = ario_model_config(model);
  const ario_codec *codec = ario_codec_find(config->codec);
  if (!codec)
    ario_fail(error, ARIO_ERR_UNSUPPORTED, "the model's codec \"%s\" is unknown to this program",
              config->codec);
  else if (codec->vocab_size && codec->vocab_size != config->vocab_size) {
    ario_fail(error, ARIO_ERR_FORMAT, "the model has %zu tokens, but its codec %s has %zu",
              config->vocab_size, codec->name, codec->vocab_size);
    codec = NULL;
  }
  return codec;
}

bool ario__of_bytes(const ario_model *model) {
  const ario_config *config = ario_model_config(model);
  const ario_codec *codec = ario_codec_find(config->codec);
  return codec && codec->medium == ARIO_RAW && config->vocab_size == ARIO_RAW_BYTES;
}

bool ario__precision_find(const char *name, ario_precision *precision) {
  for (int i = 0; ario_precision_name((ario_precision)i); i++)
    if (strcmp(name, ario_precision_name((ario_precision)i)) == 0) {
      *precision = (ario_precision)i;
      return true;
    }
  return false;
}

ario_precision ario__precision_of(const ario_model *model) {
  static const ario_precision of_files[] = {[ARIO_F32] = ARIO_PRECISION_FP32,
                                            [ARIO_BF16] = ARIO_PRECISION_BF16,
                                            [ARIO_F16] = ARIO_PRECISION_BF16,
                                            [ARIO_I8] = ARIO_PRECISION_INT8};
  return of_files[ario_model_dtype(model)];
}

int ario__precision_choose(const char *command, const char *name, const ario_model *model,
                           ario_precision *precision) {
  if (name && !ario__precision_find(name, precision))
    return ario__usage_error(command, "--precision: %s is not fp32, bf16 or int8", name);
  if (!name) *precision = ario__precision_of(model);
  return ARIO__DONE;
}

int ario__models_use(const ario__model_wish *wish, ario_model **model, const ario_codec **codec,
                     ario_precision *precision, char *found, size_t size) {
  ario_error error = {""};
  if (ario__models_open(wish->name, wish->standard, model, found, size, &error))
    return ario__complain(wish->command, "%s", error.text);
  int result = ario__precision_choose(wish->command, wish->precision, *model, precision);
  if (result) return result;
  *codec = ario__codec_of(*model, &error);
  return *codec ? ARIO__DONE : ario__complain(wish->command, "%s: %s", found, error.text);
}
