// SPDX-License-Identifier: MIT
//
// Finding codecs.
#include "arioso/codec.h"
#include "codecs/codec_list.h"

#include <string.h>

const ario_codec *ario_codec_find(const char *name) {
  for (size_t i = 0; name && ario__codecs[i]; i++)
    if (strcmp(ario__codecs[i]->name, name) == 0) return ario__codecs[i];
  return NULL;
}

const ario_codec *ario_codec_at(size_t index) {
  for (size_t i = 0; ario__codecs[i]; i++)
    if (i == index) return ario__codecs[i];
  return NULL;
}

const ario_codec *ario_codec_standard(ario_medium medium) {
  for (size_t i = 0; ario__codecs[i]; i++)
    if (ario__codecs[i]->medium == medium) return ario__codecs[i];
  return NULL;
}
