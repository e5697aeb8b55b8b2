// SPDX-License-Identifier: MIT
//
// All codecs there are.
#ifndef ARIO_CODEC_LIST_H
#define ARIO_CODEC_LIST_H

#include "arioso/codec.h"

// Ends with NULL; the first of each medium is its standard one. A file of its own holds it, so that a program that
// links the static library can bring another list.
extern const ario_codec *const ario__codecs[];

#endif
