// SPDX-License-Identifier: MIT
//
// What constraints on the tokens of both codecs of notes are made with.
#ifndef ARIO_STEER_PARTS_H
#define ARIO_STEER_PARTS_H

#include "arioso/constraint.h"

// Forbids the tokens first .. end - 1.
static inline void ario__forbid(bool *allowed, size_t vocab_size, size_t first, size_t end) {
  for (size_t i = first; i < end && i < vocab_size; i++) allowed[i] = false;
}

// Two constraints of one state: a bound, and a preference that yields. Returns how many there are.
static inline size_t ario__bound_and_preference(const ario_rule *bound, const ario_rule *preference,
                                                const void *state, size_t size, ario_constraint *out) {
  out[0] = ario_constraint_make(bound, state, size);
  out[1] = ario_constraint_make(preference, state, size);
  return 2;
}

// Adds constraints made [count] to a chain. Errors: ERR_LIMIT.
static inline ario_status ario__chain_add_all(ario_chain *chain, const ario_constraint *made, size_t count,
                                              ario_error *error) {
  ario_status status = ARIO_OK;
  for (size_t i = 0; i < count && !status; i++) status = ario_chain_add(chain, &made[i]);
  return status ? ario_fail(error, status, "%s", ario_strerror(status)) : ARIO_OK;
}

#endif
