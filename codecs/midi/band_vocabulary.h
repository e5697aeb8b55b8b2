// SPDX-License-Identifier: MIT
//
// What a token of a band is: its kind, and its place among those.
#ifndef ARIO_BAND_VOCABULARY_H
#define ARIO_BAND_VOCABULARY_H

#include "arioso/band.h"

typedef enum ario__band_kind { // in the order of the vocabulary
  ARIO__KIND_WORD,             // pad .. free
  ARIO__KIND_DENSITY,
  ARIO__KIND_BARS,
  ARIO__KIND_BEATS,
  ARIO__KIND_UNIT,
  ARIO__KIND_TEMPO,
  ARIO__KIND_SHIFT,
  ARIO__KIND_INSTRUMENT,
  ARIO__KIND_PITCH,
  ARIO__KIND_DRUM,
  ARIO__KIND_VELOCITY,
  ARIO__KIND_LENGTH,
  ARIO__KIND_NONE, // no token
} ario__band_kind;

typedef struct ario__band_word {
  ario__band_kind kind;
  int value; // from 0: beats - 1, steps - 1, the bin, the program ..
} ario__band_word;

static inline ario__band_word ario__band_word_of(int token) {
  static const uint16_t begins[ARIO__KIND_NONE + 1] = {0,
                                                       ARIO_BAND_DENSITY,
                                                       ARIO_BAND_BARS,
                                                       ARIO_BAND_BEATS,
                                                       ARIO_BAND_UNIT,
                                                       ARIO_BAND_TEMPO,
                                                       ARIO_BAND_SHIFT,
                                                       ARIO_BAND_INSTRUMENT,
                                                       ARIO_BAND_PITCH,
                                                       ARIO_BAND_DRUM,
                                                       ARIO_BAND_VELOCITY,
                                                       ARIO_BAND_LENGTH,
                                                       ARIO_BAND_VOCAB};
  int kind = ARIO__KIND_NONE;
  while (token < begins[kind]) kind--;
  return (ario__band_word){(ario__band_kind)kind, token - begins[kind]};
}

#endif
