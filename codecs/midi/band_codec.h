// SPDX-License-Identifier: MIT
#ifndef ARIO_BAND_CODEC_H
#define ARIO_BAND_CODEC_H

#include "arioso/symbolic.h"

extern const ario_codec ario__band_codec;
extern const ario_symbolic ario__band_symbolic;

#endif
