// SPDX-License-Identifier: MIT
//
// Random music of a band.
#ifndef ARIO_TESTS_BAND_DRAW_H
#define ARIO_TESTS_BAND_DRAW_H

#include "support/band.h"
#include "support/midi.h"

// One of the tokens that a grammar allows, a bar line only now and then.
static inline ario_token draw_any(chance *c, const bool *allowed) {
  ario_token choice = 0;
  size_t count = 0;
  bool bar = allowed[ARIO_BAND_BAR] && draw_below(c, 8) == 0; // now and then
  for (unsigned t = 0; t < ARIO_BAND_VOCAB && !bar; t++)
    if (allowed[t] && t != ARIO_BAND_BAR && draw_below(c, ++count) == 0) choice = (ario_token)t;
  if (!count && allowed[ARIO_BAND_BAR]) return ARIO_BAND_BAR;
  if (!count) fail_msg("no token is allowed");
  return choice;
}

#endif
