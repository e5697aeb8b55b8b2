// SPDX-License-Identifier: MIT
//
// The bounds of what codes of sound may be.
#ifndef ARIO_AUDIO_CODES_H
#define ARIO_AUDIO_CODES_H

#include "arioso/audio_codes.h"

// True if all numbers are within their bounds; files of codes have 32 bits for each.
bool ario__codes_are_sane(const ario_codes *codes);

#endif
