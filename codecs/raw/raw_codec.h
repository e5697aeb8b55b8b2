// SPDX-License-Identifier: MIT
//
// The codec "raw" in the table of codecs.
#ifndef ARIO_RAW_CODEC_H
#define ARIO_RAW_CODEC_H

#include "arioso/codec.h"

extern const ario_codec ario__raw_codec;

#endif
