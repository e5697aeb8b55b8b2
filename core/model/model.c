// SPDX-License-Identifier: MIT
//
// The model object: a configuration and its parameters, from a directory or random.
#include "core/base/rng.h"
#include "core/model/config.h"
#include "core/model/model_internal.h"
#include "core/model/packed.h"
#include "core/model/safetensors.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// directory + "/" + name; the caller frees it. NULL without memory.
static char *path_in(const char *directory, const char *name) {
  size_t length = strlen(directory);
  size_t room = length + strlen(name) + 2;
  char *path = malloc(room);
  if (path)
    snprintf(path, room, "%s%s%s", directory, length && directory[length - 1] == '/' ? "" : "/", name);
  return path;
}

// A model of a checked configuration, without parameters.
static ario_status create(const ario_config *config, ario_model **out) {
  *out = NULL;
  ario_model *model = calloc(1, sizeof *model);
  if (!model) return ARIO_ERR_MEMORY;
  model->config = *config;
  ario_status status = ario__params_create(config, &model->params);
  if (!status) status = ario__packed_shelf_create(&model->packed);
  if (status)
    ario_model_free(model);
  else
    *out = model;
  return status;
}

static ario_status check_directory(const char *directory, ario_error *error) {
  struct stat info;
  if (stat(directory, &info) != 0)
    return ario_fail(error, errno == ENOENT ? ARIO_ERR_NOT_FOUND : ARIO_ERR_IO, "%s: %s; a model is a folder",
                     directory, strerror(errno));
  if (!S_ISDIR(info.st_mode))
    return ario_fail(error, ARIO_ERR_FORMAT,
                     "%s: is not a folder; a model is a folder with config.json and model.safetensors",
                     directory);
  return ARIO_OK;
}

static ario_status open_model(const char *directory, bool load, ario_model **out, ario_error *error) {
  *out = NULL;
  ario_status status = check_directory(directory, error);
  if (status) return status;
  ario_config config;
  ario_model *model = NULL;
  char *config_path = path_in(directory, "config.json");
  char *weights_path = path_in(directory, "model.safetensors");
  if (!config_path || !weights_path)
    status = ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", directory, ario_strerror(ARIO_ERR_MEMORY));
  if (!status) status = ario__config_read(config_path, &config, error);
  if (!status) {
    status = create(&config, &model);
    if (status) ario_fail(error, status, "%s: %s", config_path, ario_strerror(status));
  }
  if (!status) status = ario__safetensors_read(weights_path, load, model->params, &model->dtype, error);
  free(config_path);
  free(weights_path);
  if (status)
    ario_model_free(model);
  else
    *out = model;
  return status;
}

ario_status ario_model_open(const char *directory, ario_model **out, ario_error *error) {
  return open_model(directory, true, out, error);
}

ario_status ario_model_inspect(const char *directory, ario_model **out, ario_error *error) {
  return open_model(directory, false, out, error);
}

// True for the scale of a norm: "cross.norm_q.weight", "layers.0.mlp.norm.weight", "norm.weight".
static bool is_norm_scale(const struct ario__tensor_slot *slot) {
  return !slot->cols && strstr(slot->name, "norm") && strstr(slot->name, ".weight");
}

// A model with all parameters at zero.
static ario_status create_blank(const ario_config *config, ario_model **out, ario_error *error) {
  *out = NULL;
  ario_status status = ario_config_check(config, error);
  if (status) return status;
  status = create(config, out);
  if (!status) status = ario__params_allocate((*out)->params, true);
  if (status) {
    ario_model_free(*out);
    *out = NULL;
    return ario_fail(error, status, "a model of this size: %s", ario_strerror(status));
  }
  return ARIO_OK;
}

// A random model: scales of norms around 1, all others around 0, with each tensor's deviation.
static ario_status draw(const ario_config *config, uint64_t seed,
                        double (*deviation_of)(const struct ario__tensor_slot *slot), ario_model **out,
                        ario_error *error) {
  ario_status status = create_blank(config, out, error);
  if (status) return status;
  struct ario__params *params = (*out)->params;
  struct ario__rng rng;
  ario__rng_seed(&rng, seed);
  for (size_t i = 0; i < params->tensor_count; i++) {
    const struct ario__tensor_slot *slot = &params->tensors[i];
    double mean = is_norm_scale(slot) ? 1 : 0, deviation = deviation_of(slot);
    for (size_t j = 0; j < slot->count; j++)
      (*slot->pointer)[j] = (float)(deviation > 0 ? mean + deviation * ario__rng_normal(&rng) : mean);
  }
  return ARIO_OK;
}

static double random_deviation(const struct ario__tensor_slot *slot) {
  (void)slot;
  return 0.08;
}

ario_status ario_model_random(const ario_config *config, uint64_t seed, ario_model **out, ario_error *error) {
  return draw(config, seed, random_deviation, out, error);
}

// The output layer starts at zero, so that all tokens are equally likely at first. So does what attention and
// MLPs add, so that every block starts as the identity.
static double initial_deviation(const struct ario__tensor_slot *slot) {
  const char *name = slot->name;
  if (strcmp(name, "embed.weight") == 0) return 1;
  if (!slot->cols || strcmp(name, "logits.weight") == 0 || strstr(name, "attn.out.weight") ||
      strstr(name, "mlp.down.weight"))
    return 0;
  return sqrt(1 / (3.0 * (double)slot->cols));
}

ario_status ario_model_initial(const ario_config *config, uint64_t seed, ario_model **out,
                               ario_error *error) {
  return draw(config, seed, initial_deviation, out, error);
}

ario_status ario_model_save(const ario_model *model, const char *directory, ario_dtype dtype,
                            ario_error *error) {
  if (!model->params->block) return ario__fail_unloaded(error);
  if (mkdir(directory, 0777) != 0 && errno != EEXIST)
    return ario_fail(error, ARIO_ERR_IO, "%s: cannot be created: %s", directory, strerror(errno));
  char *config_path = path_in(directory, "config.json");
  char *weights_path = path_in(directory, "model.safetensors");
  ario_status status = ARIO_OK;
  if (!config_path || !weights_path)
    status = ario_fail(error, ARIO_ERR_MEMORY, "%s: %s", directory, ario_strerror(ARIO_ERR_MEMORY));
  if (!status) status = ario__safetensors_write(weights_path, model->params, dtype, error);
  if (!status) status = ario__config_write(config_path, &model->config, error);
  free(config_path);
  free(weights_path);
  return status;
}

ario_status ario_model_set_window(ario_model *model, size_t max_context, size_t max_latents,
                                  ario_error *error) {
  ario_config config = model->config;
  config.max_context = max_context;
  config.max_latents = max_latents;
  ario_status status = ario_config_check(&config, error);
  if (!status) model->config = config;
  return status;
}

ario_status ario__fail_unloaded(ario_error *error) {
  return ario_fail(error, ARIO_ERR_STATE, "the model was opened without its weights");
}

void ario_model_free(ario_model *model) {
  if (!model) return;
  ario__packed_shelf_free(model->packed);
  ario__params_free(model->params);
  free(model);
}

const ario_config *ario_model_config(const ario_model *model) {
  return &model->config;
}

ario_dtype ario_model_dtype(const ario_model *model) {
  return model->dtype;
}

size_t ario_model_parameters(const ario_model *model) {
  return ario__params_numbers(model->params);
}

size_t ario_model_bytes(const ario_model *model) {
  return ario__params_bytes(model->params);
}

size_t ario_model_tensors(const ario_model *model) {
  return model->params->tensor_count;
}

ario_tensor ario_model_tensor(const ario_model *model, size_t index) {
  const struct ario__tensor_slot *slot = &model->params->tensors[index];
  return (ario_tensor){.name = slot->name, .rows = slot->rows, .cols = slot->cols, .data = *slot->pointer};
}

ario_status ario_model_rows(const ario_model *model, size_t index, size_t first, size_t rows, float *out) {
  const struct ario__params *params = model->params;
  if (!params->block) return ARIO_ERR_STATE;
  if (index >= params->tensor_count) return ARIO_ERR_ARGUMENT;
  const struct ario__tensor_slot *slot = &params->tensors[index];
  if (first > slot->rows || rows > slot->rows - first) return ARIO_ERR_ARGUMENT;
  ario__tensor_copy(slot, first, rows, out);
  return ARIO_OK;
}
