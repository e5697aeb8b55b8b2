// SPDX-License-Identifier: MIT
//
// Attention over packed keys and values, in tiles of ARIO__TILE positions that begin at multiples of it. A
// row's result depends only on the positions that it sees: neither on the rows that are computed with it, nor
// on which cache holds which tile.
#ifndef ARIO_MIX_H
#define ARIO_MIX_H

#include "core/session/kv.h"

// A cache that holds the positions from .. until - 1, position p in slot (p - from) % capacity; `from` is a
// multiple of TILE. Rows first_row .. first_row + rows - 1 attend to it.
struct ario__mix_source {
  const struct ario__kv *kv;
  size_t from, until;
  size_t first_row, rows;
};

// The positions that a row sees, both inclusive.
struct ario__sight {
  size_t oldest, newest;
};

struct ario__mix_job {
  const struct ario__micro *micro;
  ario_precision precision;
  size_t heads, channels; // C
  const float *queries;   // [rows, H * C], rotated
  float *out;             // [rows, H * C]
  size_t rows;
  const struct ario__sight *sights;       // [rows]; every row sees at least one position of its sources
  const struct ario__mix_source *sources; // of any row in the order of their positions
  size_t source_count;
  struct ario__pool *pool; // whose workers have ario__mix_scratch() bytes each
};

size_t ario__mix_scratch(size_t head_channels);

// out = softmax(queries keys^T / sqrt(C)) values
void ario__mix_run(const struct ario__mix_job *job);

// weights += share * softmax(queries keys^T / sqrt(C)) of one head, for a job of one row. weights [from the
// oldest position that the row sees] has an entry for each position up to the newest.
void ario__mix_weigh(const struct ario__mix_job *job, size_t head, float share, float *weights);

#endif
