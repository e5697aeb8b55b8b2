// SPDX-License-Identifier: MIT
//
// The list of codecs.
#include "arioso/codec.h"
#include "codecs/audio/audio_codec.h"
#include "codecs/midi/performance_codec.h"
#include "codecs/raw/raw_codec.h"

#include <string.h>

static const ario_codec *const codecs[] = {&ario__midi_codec, &ario__raw_codec, &ario__audio_codec};

const ario_codec *ario_codec_find(const char *name) {
  for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
    if (name && strcmp(codecs[i]->name, name) == 0) return codecs[i];
  return NULL;
}
