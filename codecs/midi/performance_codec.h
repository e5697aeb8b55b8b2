// SPDX-License-Identifier: MIT
//
// The codec "midi-performance" in the tables of codecs.
#ifndef ARIO_PERFORMANCE_CODEC_H
#define ARIO_PERFORMANCE_CODEC_H

#include "arioso/symbolic.h"

extern const ario_codec ario__performance_codec;
extern const ario_symbolic ario__performance_symbolic;

#endif
