// SPDX-License-Identifier: MIT
//
// A run on disk, in the machine's own byte order. A header of numbers is followed by blocks of fp32:
//
//   weights
//   first moments
//   second moments
//   best weights, with patience
//   starting weights, with `keep`
#include "arioso/file.h"
#include "core/model/model_internal.h"
#include "core/train/trainer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char magic[8] = "ARIORUN3";

struct header {
  char magic[8];
  uint64_t weights, first, second, best, start; // numbers in the blocks
  uint64_t fingerprint, seed, optimizer, batch, context, latents;
  uint64_t steps, predicted, epoch, place, optimizer_steps, patience;
  double seconds, best_nll;
};

static size_t count_of(const ario_model *model) {
  return model ? model->params->block_count : 0;
}

// The header that a trainer would save now.
static struct header header_of(const ario_trainer *t, const struct ario__moments *moments) {
  const ario_train_options *o = &t->options;
  struct header header = {.weights = t->model->params->block_count,
                          .first = moments->first_count,
                          .second = moments->second_count,
                          .best = count_of(t->best),
                          .start = count_of(t->start),
                          .fingerprint = t->fingerprint,
                          .seed = o->seed,
                          .optimizer = (uint64_t)o->optimizer,
                          .batch = o->batch,
                          .context = o->context,
                          .latents = o->latents,
                          .steps = t->steps,
                          .predicted = t->predicted,
                          .optimizer_steps = *moments->steps,
                          .patience = t->patience,
                          .seconds = t->seconds,
                          .best_nll = t->best_nll};
  memcpy(header.magic, magic, sizeof magic);
  ario__crops_place(t->crops, &header.epoch, &header.place);
  return header;
}

ario_status ario_trainer_save(const ario_trainer *t, const char *path, ario_error *error) {
  struct ario__moments moments = ario__optimizer_moments(t->optimizer);
  struct header header = header_of(t, &moments);
  ario_file_output *output;
  ario_status status = ario_file_output_create(path, true, &output, error);
  if (status) return status;
  FILE *file = fopen(ario_file_output_path(output), "wb");
  bool written =
      file && fwrite(&header, sizeof header, 1, file) == 1 &&
      fwrite(t->model->params->block, sizeof(float), header.weights, file) == header.weights &&
      fwrite(moments.first, sizeof(float), header.first, file) == header.first &&
      fwrite(moments.second, sizeof(float), header.second, file) == header.second &&
      (!t->best || fwrite(t->best->params->block, sizeof(float), header.best, file) == header.best) &&
      (!t->start || fwrite(t->start->params->block, sizeof(float), header.start, file) == header.start);
  int number = errno;
  if (file && fclose(file) != 0 && written) {
    written = false;
    number = errno;
  }
  status = written ? ario_file_output_commit(output, error)
                   : ario_fail(error, ARIO_ERR_IO, "%s: cannot be written: %s", path, strerror(number));
  ario_file_output_free(output);
  return status;
}

static ario_status check(const struct header *found, const struct header *wanted, size_t size,
                         ario_error *error) {
  if (size < sizeof *found || memcmp(found->magic, magic, sizeof magic) != 0)
    return ario_fail(error, ARIO_ERR_FORMAT, "is not a saved training run");
  if (found->weights != wanted->weights || found->first != wanted->first || found->second != wanted->second ||
      found->best != wanted->best || found->start != wanted->start || found->optimizer != wanted->optimizer ||
      found->batch != wanted->batch || found->context != wanted->context ||
      found->latents != wanted->latents || found->seed != wanted->seed)
    return ario_fail(error, ARIO_ERR_FORMAT, "belongs to a run with another model, batch, optimizer or seed");
  if (found->fingerprint != wanted->fingerprint)
    return ario_fail(error, ARIO_ERR_FORMAT, "belongs to a run on other data: the files have changed since");
  if (size != sizeof *found + (found->weights + found->first + found->second + found->best + found->start) *
                                  sizeof(float))
    return ario_fail(error, ARIO_ERR_FORMAT, "is cut short or damaged: %zu bytes", size);
  return ARIO_OK;
}

static const uint8_t *read_block(float *block, const uint8_t *bytes, size_t count) {
  memcpy(block, bytes, count * sizeof *block);
  return bytes + count * sizeof *block;
}

static ario_status restore(ario_trainer *t, const uint8_t *bytes, size_t size, ario_error *error) {
  struct ario__moments moments = ario__optimizer_moments(t->optimizer);
  struct header header, own = header_of(t, &moments);
  memcpy(&header, bytes, size < sizeof header ? size : sizeof header);
  ario_status status = check(&header, &own, size, error);
  if (status) return status;
  if (!ario__crops_set_place(t->crops, header.epoch, header.place)) {
    ario__crops_set_place(t->crops, own.epoch, own.place);
    return ario_fail(error, ARIO_ERR_FORMAT, "is damaged: epoch %ju has no crop %ju", (uintmax_t)header.epoch,
                     (uintmax_t)header.place);
  }
  const uint8_t *at = bytes + sizeof header;
  at = read_block(t->model->params->block, at, header.weights);
  at = read_block(moments.first, at, header.first);
  at = read_block(moments.second, at, header.second);
  if (t->best) at = read_block(t->best->params->block, at, header.best);
  if (t->start) read_block(t->start->params->block, at, header.start);
  *moments.steps = header.optimizer_steps;
  t->steps = header.steps;
  t->predicted = header.predicted;
  t->seconds = header.seconds;
  t->patience = header.patience;
  t->best_nll = header.best_nll;
  return ARIO_OK;
}

ario_status ario_trainer_load(ario_trainer *trainer, const char *path, ario_error *error) {
  uint8_t *bytes;
  size_t size;
  ario_status status = ario_file_read(path, SIZE_MAX / 2, &bytes, &size, error);
  if (status) return status;
  ario_error detail = {""};
  status = restore(trainer, bytes, size, &detail);
  free(bytes);
  return status ? ario_fail(error, status, "%s: %s", path, detail.text) : ARIO_OK;
}
