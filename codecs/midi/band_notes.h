// SPDX-License-Identifier: MIT
#ifndef ARIO_BAND_NOTES_H
#define ARIO_BAND_NOTES_H

#include "arioso/song.h"
#include "arioso/tokens.h"

// Tokens of any layout -> notes from the first onset on, ordered by start, then pitch, drums among them, all with
// instrument and place. The caller frees *notes. Errors: ERR_ARGUMENT for a token >= V, ERR_MEMORY.
ario_status ario__band_notes(const ario_token *tokens, size_t count, ario_note **notes, size_t *note_count);

#endif
