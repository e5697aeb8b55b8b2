// SPDX-License-Identifier: MIT
//
// What a step of training looks at. An epoch cuts every piece to learn from into blocks of up to M tokens to
// be predicted, beginning at an offset drawn anew, and shuffles them all: in an epoch each token is predicted
// once. A block comes with a prefix of tokens before it that are given: half of the time as long as the
// context allows, otherwise of any length from 0 to that. So positions see everything from nothing to a whole
// context before them, as they will when a model continues prompts of any length.
//
// Where the first tokens of each piece are given, as in a task that has a question and an answer, they are
// never predicted, and every prefix is as long as the context allows.
//
// Everything drawn is a function of the seed and the epoch; where a run stands is two numbers.
#ifndef ARIO_CROPS_H
#define ARIO_CROPS_H

#include "arioso/corpus.h"
#include "core/base/rng.h"

struct ario__crop {
  size_t piece;
  size_t from, count; // its tokens [from, from + count)
  size_t latents;     // the last of them, which are predicted
  uint64_t seed;      // for whatever else is drawn for this crop
};

struct ario__crops;

// Takes all its memory now. context: the positions of a crop at most (it has one token more); latents <=
// context; given: tokens of each piece that are not predicted; 0: the first one is not, as ever; whole:
// blocks are moved to where they are as long as can be, and so are prefixes. The corpus must outlive it.
// Errors: ERR_ARGUMENT if there is no piece to learn from, ERR_LIMIT, ERR_MEMORY.
ario_status ario__crops_create(const ario_corpus *corpus, size_t context, size_t latents, size_t given,
                               bool whole, uint64_t seed, struct ario__crops **out);
void ario__crops_free(struct ario__crops *crops); // safe on NULL

// The next crop, of no more than `context` positions: at least the latents, at most what they were created
// for; after the last of an epoch the next epoch begins.
void ario__crops_next(struct ario__crops *crops, size_t context, struct ario__crop *crop);

double ario__crops_epochs(const struct ario__crops *crops); // passes so far, the current one in part

// Where the next one is. Setting it restores the rest from the seed; false if there is no such place.
void ario__crops_place(const struct ario__crops *crops, uint64_t *epoch, uint64_t *place);
bool ario__crops_set_place(struct ario__crops *crops, uint64_t epoch, uint64_t place);

#endif
