// SPDX-License-Identifier: MIT
//
// A MIDI keyboard that is listened to.
#ifndef ARIO_APPS_KEYBOARD_H
#define ARIO_APPS_KEYBOARD_H

#include "apps/live/synth.h"

typedef struct ario__keyboard ario__keyboard;

// Listens until it is freed. port: a name of a MIDI system (alsa_seq, jack, coremidi), to which the keyboard
// is then connected, by itself where the system does that; a path of a device file or FIFO; NULL: the
// system's usual one. Errors: ERR_NOT_FOUND, ERR_MEMORY.
ARIO_NODISCARD ario_status ario__keyboard_open(const char *port, ario__midi_hear hear, void *context,
                                               ario__keyboard **out, ario_error *error);
void ario__keyboard_free(ario__keyboard *keyboard); // safe on NULL

// Calls `show` with each port that a keyboard may be at: device files with their names, and MIDI systems, with the names of
// the instruments that ALSA's sequencer has.
typedef void (*ario__keyboard_show)(void *context, const char *port, const char *name);
void ario__keyboard_list(ario__keyboard_show show, void *context);

#endif
