// SPDX-License-Identifier: MIT
//
// How many notes may and must have begun by a time: those of a rate, a few more or less. Time is in steps of a codec.
#ifndef ARIO_DENSITY_H
#define ARIO_DENSITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARIO__NO_DENSITY "density: it is measured by the prompt, which is too short for that"

typedef struct ario__density {
  double rate;   // notes a step
  double spare;  // so many more or less
  int64_t from;  // the step from which notes are counted
  int64_t count; // of those that have begun
} ario__density;

// From the notes of a prompt of `steps`, times `factor`; `window` steps of them are to spare. False where the prompt is
// too short to tell.
static inline bool ario__density_of(size_t notes, int64_t steps, double factor, double window, int64_t from,
                                    ario__density *out) {
  if (!notes || steps <= window) return false;
  double rate = factor * (double)notes / (double)steps;
  *out = (ario__density){.rate = rate, .spare = rate * window > 1 ? rate * window : 1, .from = from};
  return true;
}

// Whether one more may begin at a step.
static inline bool ario__density_allows(const ario__density *d, int64_t step) {
  return (double)d->count + 1 <= d->rate * (double)(step - d->from) + d->spare + 1e-9;
}

// Whether time may pass to a step before one more has begun.
static inline bool ario__density_lets_pass(const ario__density *d, int64_t step) {
  return (double)d->count >= d->rate * (double)(step - d->from) - d->spare - 1e-9;
}

#endif
