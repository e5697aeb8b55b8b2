// SPDX-License-Identifier: MIT
//
// The codec "midi-performance" in the tables of codecs.
#ifndef ARIO_MIDI_CODEC_H
#define ARIO_MIDI_CODEC_H

#include "arioso/symbolic.h"

extern const ario_codec ario__midi_codec;
extern const ario_symbolic ario__midi_symbolic;

#endif
