// SPDX-License-Identifier: MIT
//
// The crops that a step of training looks at. An epoch cuts every training piece into blocks of up to M
// tokens that are predicted, beginning at a random offset, and shuffles all blocks: in an epoch each token is
// predicted once. A block comes with a prefix of given tokens before it: half of the time as long as the
// context allows, otherwise of a random length from 0 to that. So positions see everything from nothing to a
// whole context, as they will when a model continues prompts of any length.
//
// If the first tokens of each piece are given, as in a task that has a question and an answer, they are never
// predicted, and every prefix is as long as the context allows.
//
// Everything random is a function of the seed and the epoch; the state of a run is two numbers.
#ifndef ARIO_CROPS_H
#define ARIO_CROPS_H

#include "arioso/corpus.h"
#include "core/base/rng.h"

struct ario__crop {
  size_t piece;
  size_t from, count; // its tokens [from, from + count)
  size_t latents;     // the last of them, which are predicted
  uint64_t seed;      // for whatever else is random in this crop
};

struct ario__crops;

// Allocates all its memory. The corpus must outlive it.
//   context   most positions of a crop (it has one token more)
//   latents   <= context
//   given     tokens of each piece that are not predicted; 0: only the first
//   whole     blocks are moved to where they and their prefixes are as long as possible
// Errors: ERR_ARGUMENT if there is no training piece, ERR_LIMIT, ERR_MEMORY.
ario_status ario__crops_create(const ario_corpus *corpus, size_t context, size_t latents, size_t given,
                               bool whole, uint64_t seed, struct ario__crops **out);
void ario__crops_free(struct ario__crops *crops); // safe on NULL

// The next crop, of at most `context` positions: at least the latents, at most what the object was created
// for. After the last crop of an epoch the next epoch begins.
void ario__crops_next(struct ario__crops *crops, size_t context, struct ario__crop *crop);

double ario__crops_epochs(const struct ario__crops *crops); // epochs so far, including a part of the current
                                                            // one

// The place of the next crop. Setting it restores the rest from the seed; false if there is no such place.
void ario__crops_place(const struct ario__crops *crops, uint64_t *epoch, uint64_t *place);
bool ario__crops_set_place(struct ario__crops *crops, uint64_t epoch, uint64_t place);

#endif
