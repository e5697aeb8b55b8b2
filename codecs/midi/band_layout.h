// SPDX-License-Identifier: MIT
//
// Music of a band laid out as the three tasks have it: what training shows, and what prompts are made of.
#ifndef ARIO_BAND_LAYOUT_H
#define ARIO_BAND_LAYOUT_H

#include "codecs/midi/band_music.h"

// Music in bars, and where its tokens go.
typedef struct ario__band_layout {
  const ario__band *band;
  const size_t *begins; // [bars + 1] ario__band_index
  ario__band_out *out;
} ario__band_layout;

// ---- What a head says of the bars [first, last) ----

bool ario__band_keeps_no_beat(const ario__band_layout *layout, size_t first, size_t last);
unsigned ario__band_density(const ario__band_layout *layout, size_t first, size_t last); // class
unsigned ario__band_bars_class(size_t bars);

// ---- Bars ----

// A bar of "accompany": what those play whom `given` marks, which is given, `write`, and what those play whom `others`
// marks. Its bar line is predicted: it ends what is written in the bar before.
void ario__band_put_accompanied(const ario__band_layout *layout, size_t bar, const bool *given,
                                const bool *others);

// Bars [from, to) of "continue".
void ario__band_put_bars(const ario__band_layout *layout, size_t from, size_t to);

// A section of "between": its mark, and these bars with nothing in force.
void ario__band_put_section(const ario__band_layout *layout, unsigned mark, size_t from, size_t to);

#endif
