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

#endif
