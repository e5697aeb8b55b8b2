// SPDX-License-Identifier: MIT
//
// A run on disk, in the machine's own byte order. A header of numbers is followed by blocks of fp32:
//
//   weights
//   first moments
//   second moments
//   best weights, with patience
//   starting weights, with `keep`
//
// The header ends with a hash of all the rest. Files of version 3 have none, and are still read.
#include "arioso/file.h"
#include "arioso/hash.h"
#include "core/base/regular_file.h"
#include "core/model/model_internal.h"
#include "core/train/trainer.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAGIC_BYTES = 8, BLOCKS = 5 };
static const char magic[] = "ARIORUN4", magic_without_hash[] = "ARIORUN3";

struct header {
  char magic[MAGIC_BYTES];
  uint64_t counts[BLOCKS]; // numbers in the blocks
  uint64_t fingerprint, seed, optimizer, batch, context, latents;
  uint64_t steps, predicted, epoch, place, optimizer_steps, patience;
  double seconds, best_nll;
  uint64_t hash; // of the numbers before it, and of the blocks; from version 4 on
};

enum { OLD_HEADER = offsetof(struct header, hash) };

// One of the blocks, in memory.
struct block {
  float *numbers; // [count]; NULL with none
  size_t count;
};

// The blocks of a trainer, in the order of the file.
static void blocks_of(const ario_trainer *t, struct block blocks[BLOCKS]) {
  struct ario__moments moments = ario__optimizer_moments(t->optimizer);
  const ario_model *best = t->best, *start = t->start;
  blocks[0] = (struct block){t->model->params->block, t->model->params->block_count};
  blocks[1] = (struct block){moments.first, moments.first_count};
  blocks[2] = (struct block){moments.second, moments.second_count};
  blocks[3] = best ? (struct block){best->params->block, best->params->block_count} : (struct block){NULL, 0};
  blocks[4] =
      start ? (struct block){start->params->block, start->params->block_count} : (struct block){NULL, 0};
}

static uint64_t hash_of(const struct header *header, const struct block blocks[BLOCKS]) {
  uint64_t hash = ARIO_HASH_START;
  uint64_t numbers[OLD_HEADER / sizeof hash];
  memcpy(numbers, header, sizeof numbers);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) hash = ario_hash_number(hash, numbers[i]);
  for (size_t b = 0; b < BLOCKS; b++)
    for (size_t i = 0; i < blocks[b].count; i++) {
      uint32_t bits;
      memcpy(&bits, &blocks[b].numbers[i], sizeof bits);
      hash = ario_hash_number(hash, bits);
    }
  return hash;
}

// ---- Saving ----

// The header that a trainer would save now, without the hash.
static struct header header_of(const ario_trainer *t) {
  const ario_train_options *o = &t->options;
  struct block blocks[BLOCKS];
  struct header header = {.fingerprint = t->fingerprint,
                          .seed = o->seed,
                          .optimizer = (uint64_t)o->optimizer,
                          .batch = o->batch,
                          .context = o->context,
                          .latents = o->latents,
                          .steps = t->steps,
                          .predicted = t->predicted,
                          .optimizer_steps = *ario__optimizer_moments(t->optimizer).steps,
                          .patience = t->patience,
                          .seconds = t->seconds,
                          .best_nll = t->best_nll};
  memcpy(header.magic, magic, MAGIC_BYTES);
  blocks_of(t, blocks);
  for (size_t b = 0; b < BLOCKS; b++) header.counts[b] = blocks[b].count;
  ario__crops_place(t->crops, &header.epoch, &header.place);
  return header;
}

ario_status ario_trainer_save(const ario_trainer *t, const char *path, ario_error *error) {
  struct block blocks[BLOCKS];
  struct header header = header_of(t);
  ario_file_output *output;
  ario_status status = ario_file_output_create(path, true, &output, error);
  if (status) return status;
  blocks_of(t, blocks);
  header.hash = hash_of(&header, blocks);
  FILE *file = fopen(ario_file_output_path(output), "wb");
  bool written = file && fwrite(&header, sizeof header, 1, file) == 1;
  for (size_t b = 0; b < BLOCKS && written; b++)
    written = !blocks[b].count ||
              fwrite(blocks[b].numbers, sizeof(float), blocks[b].count, file) == blocks[b].count;
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

// ---- Loading ----

static ario_status check_run(const struct header *found, const struct header *wanted, ario_error *error) {
  if (memcmp(found->counts, wanted->counts, sizeof found->counts) != 0 ||
      found->optimizer != wanted->optimizer || found->batch != wanted->batch ||
      found->context != wanted->context || found->latents != wanted->latents || found->seed != wanted->seed)
    return ario_fail(error, ARIO_ERR_FORMAT, "belongs to a run with another model, batch, optimizer or seed");
  if (found->fingerprint != wanted->fingerprint)
    return ario_fail(error, ARIO_ERR_FORMAT, "belongs to a run on other data: the files have changed since");
  return ARIO_OK;
}

static bool all_finite(const struct block blocks[BLOCKS]) {
  bool finite = true;
  for (size_t b = 0; b < BLOCKS; b++) finite = finite && ario__all_finite(blocks[b].numbers, blocks[b].count);
  return finite;
}

static bool any_negative(const struct block *block) {
  bool negative = false;
  for (size_t i = 0; i < block->count; i++) negative |= block->numbers[i] < 0;
  return negative;
}

// The numbers of a run that could have been saved. Only with patience is one validation the best.
static ario_status check_numbers(const struct header *h, const struct block blocks[BLOCKS],
                                 ario_error *error) {
  bool validated = isfinite(h->best_nll), none = h->best_nll > 0 && isinf(h->best_nll);
  const char *what = NULL;
  if (!(h->seconds >= 0 && isfinite(h->seconds)))
    what = "seconds";
  else if (h->optimizer_steps != h->steps)
    what = "steps";
  else if (!validated && !none)
    what = "best NLL";
  else if ((validated || h->patience) && !blocks[3].count)
    what = "patience";
  else if (!all_finite(blocks))
    what = "weights or moments";
  else if (any_negative(&blocks[2]))
    what = "second moments";
  if (!what) return ARIO_OK;
  return ario_fail(error, ARIO_ERR_FORMAT, "is damaged: its %s cannot be those of a run", what);
}

// Points the blocks into the file's numbers.
static void point_into(uint8_t *numbers, struct block blocks[BLOCKS]) {
  for (size_t b = 0; b < BLOCKS; numbers += blocks[b++].count * sizeof(float))
    blocks[b].numbers = (float *)numbers; // the header is a whole multiple of them
}

static ario_status check(const uint8_t *bytes, size_t size, const struct header *own, struct header *found,
                         struct block saved[BLOCKS], ario_error *error) {
  bool hashed = size >= MAGIC_BYTES && memcmp(bytes, magic, MAGIC_BYTES) == 0;
  size_t header = hashed ? sizeof *found : OLD_HEADER, expected = header;
  if (size < header || (!hashed && memcmp(bytes, magic_without_hash, MAGIC_BYTES) != 0))
    return ario_fail(error, ARIO_ERR_FORMAT, "is not a saved training run");
  memcpy(found, bytes, header);
  ario_status status = check_run(found, own, error);
  if (status) return status;
  for (size_t b = 0; b < BLOCKS; b++) expected += saved[b].count * sizeof(float);
  if (size != expected)
    return ario_fail(error, ARIO_ERR_FORMAT, "is cut short or damaged: %zu bytes, not %zu", size, expected);
  point_into((uint8_t *)bytes + header, saved);
  if (hashed && found->hash != hash_of(found, saved))
    return ario_fail(error, ARIO_ERR_FORMAT,
                     "is damaged: its bytes do not have the hash that was saved with them");
  return check_numbers(found, saved, error);
}

static ario_status restore(ario_trainer *t, const uint8_t *bytes, size_t size, ario_error *error) {
  struct header header = {.hash = 0}, own = header_of(t);
  struct block blocks[BLOCKS], saved[BLOCKS];
  blocks_of(t, blocks);
  blocks_of(t, saved);
  ario_status status = check(bytes, size, &own, &header, saved, error);
  if (status) return status;
  if (!ario__crops_set_place(t->crops, header.epoch, header.place)) {
    ario__crops_set_place(t->crops, own.epoch, own.place);
    return ario_fail(error, ARIO_ERR_FORMAT, "is damaged: epoch %ju has no crop %ju", (uintmax_t)header.epoch,
                     (uintmax_t)header.place);
  }
  for (size_t b = 0; b < BLOCKS; b++)
    if (blocks[b].count) memcpy(blocks[b].numbers, saved[b].numbers, blocks[b].count * sizeof(float));
  *ario__optimizer_moments(t->optimizer).steps = header.optimizer_steps;
  t->steps = header.steps;
  t->predicted = header.predicted;
  t->seconds = header.seconds;
  t->patience = header.patience;
  t->best_nll = header.best_nll;
  return ARIO_OK;
}

ario_status ario_trainer_load(ario_trainer *trainer, const char *path, ario_error *error) {
  uint8_t *bytes;
  struct block blocks[BLOCKS];
  size_t size, most = sizeof(struct header);
  blocks_of(trainer, blocks);
  for (size_t b = 0; b < BLOCKS; b++) most += blocks[b].count * sizeof(float);
  ario_status status = ario__regular_file_read(path, most, &bytes, &size, error);
  if (status == ARIO_ERR_LIMIT)
    return ario_fail(
        error, ARIO_ERR_FORMAT,
        "%s: belongs to a run with another model, or is damaged: it has more than the %zu bytes of "
        "this one",
        path, most);
  if (status) return status;
  ario_error detail = {""};
  status = restore(trainer, bytes, size, &detail);
  free(bytes);
  return status ? ario_fail(error, status, "%s: %s", path, detail.text) : ARIO_OK;
}
