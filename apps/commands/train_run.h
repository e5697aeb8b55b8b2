// SPDX-License-Identifier: MIT
//
// A training run under way: steps, what it tells while it goes, judging, checkpoints, and its end.
#ifndef ARIO_APPS_TRAIN_RUN_H
#define ARIO_APPS_TRAIN_RUN_H

#include "apps/commands/train_log.h"
#include "arioso/train.h"

typedef struct ario__train_run {
  ario_trainer *trainer;
  ario__train_log *log;                   // NULL: none
  const char *folder;                     // of the model
  const char *state_file, *settings_file; // what a run is resumed from; they go when it has ended
  ario_dtype dtype;                       // of the weights on disk
  bool resumed;                           // there is a checkpoint already
  size_t stop_after;                      // steps in all, after which it stops without an end; 0: none
  size_t validations;                     // how often the model is judged
  size_t valid_tokens;                    // by how many tokens; 0: all
  double checkpoint_minutes;
  double keep; // 0..1, of the weights that it began with in those that it ends with
  bool quiet, json;
} ario__train_run;

// Goes on until the end, an interrupt, `stop_after` or an error, and leaves a checkpoint or the finished
// model. Returns the program's exit status; what went wrong has been said.
int ario__train_go(const ario__train_run *run);

#endif
