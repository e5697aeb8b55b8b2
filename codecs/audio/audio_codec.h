// SPDX-License-Identifier: MIT
//
// The codec "audio" in the table of codecs.
#ifndef ARIO_AUDIO_CODEC_H
#define ARIO_AUDIO_CODEC_H

#include "arioso/codec.h"

extern const ario_codec ario__audio_codec;

#endif
