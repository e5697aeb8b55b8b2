// SPDX-License-Identifier: MIT
//
// The list of codecs.
#include "codecs/codec_list.h"
#include "codecs/audio/audio_codec.h"
#include "codecs/midi/band_codec.h"
#include "codecs/midi/performance_codec.h"
#include "codecs/raw/raw_codec.h"

#include <stddef.h>

const ario_codec *const ario__codecs[] = {&ario__performance_codec, &ario__band_codec, &ario__raw_codec,
                                          &ario__audio_codec, NULL};
