// SPDX-License-Identifier: MIT
//
// The list of all codecs.
#ifndef ARIO_CODEC_LIST_H
#define ARIO_CODEC_LIST_H

#include "arioso/codec.h"

// Ends with NULL. The first codec of each medium is its standard one. The list is in a file of its own, so
// that a program that links the static library can bring another list.
extern const ario_codec *const ario__codecs[];

#endif
