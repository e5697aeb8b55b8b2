// SPDX-License-Identifier: MIT
//
// libsmf, kept behind one function.
#ifndef ARIO_SMF_READ_H
#define ARIO_SMF_READ_H

#include "arioso/status.h"

// Receives an event of a page, complete and unboxed (smf_bytes.h), in the form of ario_midi_event.bytes. Any
// status but ARIO_OK stops.
typedef ario_status (*ario__smf_take)(void *context, const uint8_t *bytes, size_t size);

// Reads one page: a clean MIDI file with one track. Errors: ERR_FORMAT if libsmf refuses it, and what `take`
// returns.
ario_status ario__smf_read(const uint8_t *file, size_t size, ario__smf_take take, void *context);

#endif
