// SPDX-License-Identifier: MIT
//
// The log of a training run: rows of a CSV file, and curves at its end. Columns: step, minutes, tokens
// (predicted so far), epochs, nll (mean over the steps since the last row), valid_nll (empty without a
// validation), gradient_norm, rate (share of the peak learning rates), tokens_per_s.
#ifndef ARIO_APPS_TRAIN_LOG_H
#define ARIO_APPS_TRAIN_LOG_H

#include "arioso/train.h"

typedef struct ario__train_log ario__train_log;

// Opens run.csv. With `resumed_steps` it keeps its rows up to that step, otherwise it begins anew. Errors:
// ERR_IO, ERR_MEMORY; ERR_FORMAT for a file that is no such log.
ARIO_NODISCARD ario_status ario__train_log_open(const char *path, uint64_t resumed_steps,
                                                ario__train_log **out, ario_error *error);
void ario__train_log_free(ario__train_log *log); // safe on NULL

typedef struct ario__train_row {
  ario_train_progress progress;
  double nll, valid_nll; // NAN: none
  double gradient_norm, rate, tokens_per_s;
} ario__train_row;

// Appends a row and flushes it. Errors: ERR_IO, ERR_MEMORY.
ARIO_NODISCARD ario_status ario__train_log_add(ario__train_log *log, const ario__train_row *row,
                                               ario_error *error);

// Draws the curves beside the log: run.csv -> run.png.
ARIO_NODISCARD ario_status ario__train_log_draw(const ario__train_log *log, ario_error *error);

#endif
