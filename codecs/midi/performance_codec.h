// SPDX-License-Identifier: MIT
#ifndef ARIO_MIDI_CODEC_H
#define ARIO_MIDI_CODEC_H

#include "arioso/codec.h"

extern const ario_codec ario__midi_codec;

#endif
