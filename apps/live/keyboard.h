// SPDX-License-Identifier: MIT
//
// A MIDI keyboard, by FluidSynth's drivers.
#ifndef ARIO_APPS_KEYBOARD_H
#define ARIO_APPS_KEYBOARD_H

#include "arioso/status.h"

typedef struct ario__keyboard ario__keyboard;

// A message of 2 or 3 bytes, from a thread of the keyboard's own.
typedef void (*ario__keyboard_hear)(void *context, const uint8_t *bytes, size_t size);

// Listens until it is freed. port: a name of a MIDI system (alsa_seq, jack, coremidi), to which the keyboard
// is then connected, by itself where the system does that; a path of a device file or FIFO; NULL: the
// system's usual one. Errors: ERR_NOT_FOUND, ERR_MEMORY.
ARIO_NODISCARD ario_status ario__keyboard_open(const char *port, ario__keyboard_hear hear, void *context,
                                               ario__keyboard **out, ario_error *error);
void ario__keyboard_free(ario__keyboard *keyboard); // safe on NULL

#endif
