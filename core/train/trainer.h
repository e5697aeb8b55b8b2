// SPDX-License-Identifier: MIT
//
// The inside of a trainer, for the files that train and that save.
#ifndef ARIO_TRAINER_H
#define ARIO_TRAINER_H

#include "arioso/train.h"
#include "core/train/backward.h"
#include "core/train/crops.h"
#include "core/train/optimizer.h"

struct ario_trainer {
  ario_train_options options; // context, latents and threads filled in
  const ario_corpus *corpus;
  uint64_t fingerprint; // of the corpus
  ario_model *model;
  ario_model *best;  // with patience; else NULL
  double best_nll;   // INFINITY: nothing has been validated
  uint64_t patience; // validations since the best one
  ario_model *start; // with keep: the weights that the run began with; else NULL
  struct ario__params *gradients;
  struct ario__optimizer *optimizer;
  struct ario__backward *back;
  struct ario__crops *crops;
  struct sequence *sequences; // [batch]
  ario_token *tokens;         // [batch, context + 1] of the sequences
  ario_token *room;           // [3 * (context + 1)] for a variation, which may be longer than its crop
  bool *given;                // [batch, context + 1] which of the tokens are not predicted
  bool *given_room;           // [3 * (context + 1)] and of the variation
  uint64_t steps, predicted;
  double seconds, step_seconds; // of the run; of its newest step
};

#endif
