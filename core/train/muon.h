// SPDX-License-Identifier: MIT
//
// Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon): momentum whose matrix is
// orthogonalised by five Newton-Schulz steps.
//
//   m = 0.95 m + g
//   u = orthogonalise(g + 0.95 m)
//   w = (1 - decay rate) w - rate sqrt(max(1, rows / cols)) u
//
//   orthogonalise:
//     X = g / (|g| + 1e-7), transposed where rows > cols
//     five times: X = 3.4445 X + (-4.7750 A + 2.0315 A A) X  with  A = X X^T
#ifndef ARIO_MUON_H
#define ARIO_MUON_H

#include "core/base/memory.h"
#include "core/base/pool.h"
#include "core/math/gemm.h"

struct ario__muon {
  const struct ario__gemm *gemm;
  struct ario__pool *pool;
  size_t room;    // numbers of the largest matrix
  float *x, *y;   // [room] X of some matrices, one after the other; and the next X
  float *a, *b;   // [room] their A, and -4.7750 A + 2.0315 A A
  double *square; // sums of squares, one for each block of rows that a worker takes
};

// Lays out memory for matrices of up to `room` numbers and `rows` rows.
void ario__muon_carve(struct ario__muon *muon, size_t room, size_t rows, struct ario__arena *arena);

struct ario__muon_matrix {
  float *w;       // [rows, cols]
  const float *g; // [rows, cols] its gradient, before it is clipped
  float *m;       // [rows, cols] its momentum
};

// The most matrices of this size that one step changes side by side: as many as together are no larger than
// the largest matrix.
enum { ARIO__MUON_MOST = 4 };
size_t ario__muon_most(const struct ario__muon *muon, size_t rows, size_t cols);

// One step of some matrices of one size, with `clip` times their gradients. The same bits for any number of
// workers.
void ario__muon_step(struct ario__muon *muon, const struct ario__muon_matrix *matrices, size_t count,
                     size_t rows, size_t cols, double clip, double rate, double decay);

#endif
