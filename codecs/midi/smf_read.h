// SPDX-License-Identifier: MIT
//
// libsmf, at arm's length.
#ifndef ARIO_SMF_READ_H
#define ARIO_SMF_READ_H

#include "arioso/status.h"

// Takes an event of a page, complete and unboxed (see smf_bytes.h), as ario_midi_event.bytes shows it; a
// status that is not OK stops.
typedef ario_status (*ario__smf_take)(void *context, const uint8_t *bytes, size_t size);

// Reads one page: a clean MIDI file with one track. Errors: ERR_FORMAT if libsmf refuses it, what `take`
// returns.
ario_status ario__smf_read(const uint8_t *file, size_t size, ario__smf_take take, void *context);

#endif
