// SPDX-License-Identifier: MIT
//
// Where a model looked while it wrote: the weights of its cross-attention, summed over the tokens of a unit of music,
// a bar or a second.
#ifndef ARIO_APPS_LOOKED_H
#define ARIO_APPS_LOOKED_H

#include "arioso/session.h"

typedef struct ario__looking {
  const ario_model *model;
  size_t threads;
  ario_precision precision;
  const ario_token *tokens; // [count]: a prompt, and what was written after it
  size_t count, prompt;     // the prompt's tokens, at least one
  const size_t *units;      // [count] into which unit each falls; they do not decrease
} ario__looking;

// Receives a unit that was written, with weights [count] of the units first .. first + count - 1, of which it is the
// last. They are means over the unit's tokens, and sum to 1.
typedef void (*ario__looked_sink)(void *context, size_t first, const float *weights, size_t count);

// Calls the sink for each unit that has new tokens, in their order. Errors: those of ario_session_create and
// ario_session_attention.
ARIO_NODISCARD ario_status ario__looked(const ario__looking *looking, ario__looked_sink sink, void *context,
                                        ario_error *error);

#endif
