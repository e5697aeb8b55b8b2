// SPDX-License-Identifier: MIT
//
// A training run: its steps, progress, validations, checkpoints and end.
#ifndef ARIO_APPS_TRAIN_RUN_H
#define ARIO_APPS_TRAIN_RUN_H

#include "apps/commands/train_log.h"
#include "arioso/train.h"

typedef struct ario__train_run {
  ario_trainer *trainer;
  ario__train_log *log;                   // NULL: none
  const char *folder;                     // of the model
  const char *state_file, *settings_file; // what a run is resumed from; removed at its end
  ario_dtype dtype;                       // of the weights on disk
  bool resumed;                           // there is a checkpoint
  size_t stop_after;                      // step after which it stops, to be resumed; 0: none
  size_t validations;                     // how many there are in a run
  size_t valid_tokens;                    // tokens of each validation; 0: all
  double minutes;                         // that it may take; 0: it is not limited by time
  bool valid_given;                       // validations have valid_tokens, whatever time they take
  double began;                           // ario__seconds_now() when the command began
  const ario_corpus *corpus;              // of its tokens
  bool tuned;                             // the model was not new
  double checkpoint_minutes;
  double keep; // 0..1: the share of the initial weights in the final ones
  bool quiet, json;
} ario__train_run;

// Trains until the end, an interrupt, `stop_after` or an error, and leaves a checkpoint or the finished
// model. Returns the exit status, with any error printed.
int ario__train_go(const ario__train_run *run);

#endif
