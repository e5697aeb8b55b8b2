// SPDX-License-Identifier: MIT
//
// The end of a spectral decoder: rows of log-magnitudes and phases -> sound, by an inverse Fourier transform, a Hann window
// and overlap-add (Griffin and Lim 1984), divided by the sum of the squared windows that a sample lies in. The middle of a
// window is the middle of its hop, so the first window begins before the sound.
#ifndef ARIO_OVERLAP_H
#define ARIO_OVERLAP_H

#include "arioso/products.h"

typedef struct ario__overlap ario__overlap; // one signal; one thread; allocates nothing after creation

// How rows become sound.
typedef struct ario__overlap_shape {
  size_t window;    // samples, even; at least two hops
  size_t hop;       // samples from one row to the next
  size_t lookahead; // rows at the beginning that are dropped, because they were computed too early
} ario__overlap_shape;

// By how many samples the sound is behind its rows: the windows of later rows begin before it.
static inline size_t ario__overlap_lead(const ario__overlap_shape *shape) {
  return (shape->window - shape->hop) / 2;
}

// Creates one for pushes of at most `most` rows. The multiplier must outlive it. Errors: ERR_LIMIT, ERR_MEMORY.
ario_status ario__overlap_create(const ario__overlap_shape *shape, size_t most, ario_kernels kernels,
                                 ario_multiplier *multiplier, ario__overlap **out);
void ario__overlap_free(ario__overlap *overlap);  // safe on NULL
void ario__overlap_reset(ario__overlap *overlap); // starts another signal

// The next rows [rows, window + 2]: log-magnitudes of window / 2 + 1 bins, then their phases. With `end` they are the last.
// Returns how many samples it wrote to out [rows * hop + lead]; of all rows that are not dropped there are `hop` each.
size_t ario__overlap_push(ario__overlap *overlap, const float *x, size_t rows, bool end, float *out);

#endif
