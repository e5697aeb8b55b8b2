// SPDX-License-Identifier: MIT
//
// Parts beside others, and bars between others, for a band: the place in the song that is written.
#ifndef ARIO_BAND_FILL_H
#define ARIO_BAND_FILL_H

#include "arioso/fill.h"
#include "codecs/midi/band_layout.h"
#include "codecs/midi/song_fill.h"

typedef struct ario__band_place {
  const ario_song *song;
  bool *hear;                         // [tracks] that the model hears; NULL: all
  ario__band whole;                   // what it could hear, with what leaves
  ario__band kept;                    // without it
  int64_t *lines;                     // [bars + 1] steps at which the bars begin
  size_t first, last;                 // bars that are written
  size_t from;                        // bar with which the model begins to hear
  bool beside;                        // parts are written; otherwise all that plays
  bool plays[ARIO_BAND_INSTRUMENTS];  // in `kept`
  ario_fill_ask asks[ARIO_FILL_ASKS]; // ascending; those of several programs are chosen by the model
  size_t ask_count;
  size_t most; // tokens of the model's context
  unsigned max_empty;
  ario__song_gap gap;
} ario__band_place;

unsigned ario__band_first_asked(const ario_fill_ask *ask);
bool ario__band_asks_one(const ario_fill_ask *ask);

// A copy of music, sorted, and where its bars begin. False without memory; both are the caller's to free in any case.
bool ario__band_copy(const ario__band *band, ario__band *copy, size_t **begins);

// What has been written by a draft: events of bars of the place.
const ario__band *ario__band_draft_made(const ario_draft *draft);
// The same with what is kept.
const ario__band *ario__band_draft_all(const ario_draft *draft);

ario_status ario__band_draft_begin(const ario_fill *fill, ario_draft **draft);
void ario__band_draft_end(ario_draft *draft);
ario_status ario__band_draft_next(ario_draft *draft, ario_stretch *stretch);
bool ario__band_draft_take(ario_draft *draft, ario_token *token);
ario_fill_progress ario__band_draft_progress(const ario_draft *draft);
void ario__band_draft_players(const ario_draft *draft, bool *playing);

extern const ario_symbolic_fill ario__band_fill;

#endif
