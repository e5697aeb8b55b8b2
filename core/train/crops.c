// SPDX-License-Identifier: MIT
//
// Epochs of shuffled blocks, and their prefixes.
#include "core/train/crops.h"
#include "core/base/memory.h"
#include "core/base/sizes.h"

#include <stdlib.h>

struct block {
  uint32_t piece;
  uint32_t number; // index among the piece's blocks
};

struct ario__crops {
  const ario_corpus *corpus;
  size_t context, latents, given;
  bool whole;
  uint64_t seed, epoch;
  size_t place;        // index in `order` of the next block
  struct block *order; // [count] of this epoch
  uint32_t *offsets;   // [pieces] tokens in each piece's first block, 1..latents
  size_t count;        // blocks of this epoch
};

// Different draws of one run use different generators.
static struct ario__rng generator(uint64_t seed, uint64_t epoch, uint64_t place) {
  struct ario__rng rng;
  ario__rng_seed(&rng, seed ^ (epoch + 1) * 0x9e3779b97f4a7c15u ^ (place + 1) * 0xd1342543de82ef95u);
  return rng;
}

static uint64_t below(struct ario__rng *rng, uint64_t limit) {
  return (uint64_t)(ario__rng_uniform(rng) * (double)limit);
}

// The first token of a piece that is predicted.
static size_t first_predicted(const struct ario__crops *crops) {
  return crops->given ? crops->given : 1;
}

static bool is_trained_on(const struct ario__crops *crops, const ario_piece *piece) {
  return piece->part == ARIO_CORPUS_TRAIN && piece->count > first_predicted(crops);
}

static void lay_out_epoch(struct ario__crops *crops) {
  struct ario__rng rng = generator(crops->seed, crops->epoch, UINT64_MAX);
  crops->count = 0;
  for (size_t i = 0; i < ario_corpus_pieces(crops->corpus); i++) {
    ario_piece piece = ario_corpus_piece(crops->corpus, i);
    if (!is_trained_on(crops, &piece)) continue;
    size_t offset = 1 + below(&rng, crops->latents), predicted = piece.count - first_predicted(crops);
    crops->offsets[i] = (uint32_t)offset;
    size_t blocks = predicted <= offset ? 1 : 1 + (predicted - offset + crops->latents - 1) / crops->latents;
    for (size_t b = 0; b < blocks; b++)
      crops->order[crops->count++] = (struct block){(uint32_t)i, (uint32_t)b};
  }
  for (size_t i = crops->count; i > 1; i--) {
    size_t j = below(&rng, i);
    struct block kept = crops->order[i - 1];
    crops->order[i - 1] = crops->order[j];
    crops->order[j] = kept;
  }
}

ario_status ario__crops_create(const ario_corpus *corpus, size_t context, size_t latents, size_t given,
                               bool whole, uint64_t seed, struct ario__crops **out) {
  *out = NULL;
  const struct ario__crops start = {
      .corpus = corpus, .context = context, .latents = latents, .given = given, .whole = whole, .seed = seed};
  size_t pieces = ario_corpus_pieces(corpus), most = 0;
  for (size_t i = 0; i < pieces; i++) {
    ario_piece piece = ario_corpus_piece(corpus, i);
    if (is_trained_on(&start, &piece)) most += (piece.count - 1) / latents + 2;
  }
  if (!most) return ARIO_ERR_ARGUMENT;
  if (most > UINT32_MAX || pieces > UINT32_MAX || latents > UINT32_MAX) return ARIO_ERR_LIMIT;
  struct ario__crops *crops = calloc(1, sizeof *crops);
  if (!crops) return ARIO_ERR_MEMORY;
  *crops = start;
  crops->order = calloc(most, sizeof *crops->order);
  crops->offsets = calloc(pieces, sizeof *crops->offsets);
  if (!crops->order || !crops->offsets) {
    ario__crops_free(crops);
    return ARIO_ERR_MEMORY;
  }
  lay_out_epoch(crops);
  *out = crops;
  return ARIO_OK;
}

void ario__crops_free(struct ario__crops *crops) {
  if (!crops) return;
  free(crops->order);
  free(crops->offsets);
  free(crops);
}

// The tokens that a block predicts: [*from, *from + *latents) of its piece.
static void place_block(const struct ario__crops *crops, const struct block *block, size_t count,
                        size_t *from, size_t *latents) {
  size_t start = first_predicted(crops), first = crops->offsets[block->piece]; // tokens in block 0
  size_t room = block->number ? crops->latents : first;
  *from = block->number ? start + first + (block->number - 1) * crops->latents : start;
  *latents = ario__smaller(room, count - *from);
  if (!crops->whole) return;
  *latents = ario__smaller(crops->latents, count - start);
  size_t earliest = 1 + crops->context - *latents, latest = count - *latents;
  if (*from < earliest) *from = earliest;
  *from = ario__smaller(*from, latest);
}

void ario__crops_next(struct ario__crops *crops, size_t context, struct ario__crop *crop) {
  if (crops->place == crops->count) {
    crops->epoch++;
    crops->place = 0;
    lay_out_epoch(crops);
  }
  const struct block *block = &crops->order[crops->place];
  struct ario__rng rng = generator(crops->seed, crops->epoch, crops->place++);
  ario_piece piece = ario_corpus_piece(crops->corpus, block->piece);
  size_t from, latents;
  place_block(crops, block, piece.count, &from, &latents);
  // One position is that of the token before the first predicted one; the others are the prefix.
  size_t most = ario__smaller(context - latents, from - 1);
  bool longest = crops->whole || crops->given || ario__rng_uniform(&rng) < 0.5;
  size_t prefix = longest ? most : below(&rng, most + 1);
  *crop = (struct ario__crop){.piece = block->piece,
                              .from = from - 1 - prefix,
                              .count = prefix + 1 + latents,
                              .latents = latents,
                              .seed = (uint64_t)(ario__rng_uniform(&rng) * 0x1p53)};
}

double ario__crops_epochs(const struct ario__crops *crops) {
  return (double)crops->epoch + (double)crops->place / (double)crops->count;
}

void ario__crops_place(const struct ario__crops *crops, uint64_t *epoch, uint64_t *place) {
  *epoch = crops->epoch;
  *place = crops->place;
}

bool ario__crops_set_place(struct ario__crops *crops, uint64_t epoch, uint64_t place) {
  if (epoch != crops->epoch) {
    crops->epoch = epoch;
    lay_out_epoch(crops);
  }
  if (place > crops->count) return false;
  crops->place = (size_t)place;
  return true;
}
