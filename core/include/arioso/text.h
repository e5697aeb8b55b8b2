// SPDX-License-Identifier: MIT
//
// Text of unknown origin, made fit to be shown: names in MIDI files are in any encoding, and names of files are bytes.
#ifndef ARIOSO_TEXT_H
#define ARIOSO_TEXT_H

#include "arioso/status.h"

#ifdef __cplusplus
extern "C" {
#endif

// Writes text [size] to out [room], room > 0, as UTF-8 (RFC 3629) with a final 0. A word that is not UTF-8 is read as
// Shift-JIS (as Windows writes it, CP932), if that is likely, or else as Latin-1. '?' stands for what is none of these,
// for control characters (C0, DEL, C1), for line and paragraph separators, and for characters that turn the direction
// of writing, with which a name could pretend to be another. What does not fit is left out, in whole characters; three
// bytes for each of the text are always enough. Returns the length written, without the 0. Any thread.
ARIO_API size_t ario_text_clean(const char *text, size_t size, char *out, size_t room);

#ifdef __cplusplus
}
#endif

#endif
