// SPDX-License-Identifier: MIT
//
// The SoundFont that the synthesizer takes its instruments from.
#ifndef ARIO_APPS_SOUNDFONT_H
#define ARIO_APPS_SOUNDFONT_H

#include "arioso/status.h"

// *path: `named`; if that is NULL, $ARIOSO_SOUNDFONT; else the first that the system has. It is valid as long
// as `named` and the environment. Errors: ERR_NOT_FOUND (the message says how to get one), ERR_FORMAT (the
// file is no SoundFont).
ARIO_NODISCARD ario_status ario__soundfont_find(const char *named, const char **path, ario_error *error);

#endif
