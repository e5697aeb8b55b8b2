// SPDX-License-Identifier: MIT
//
// An instrument that takes MIDI: bytes into a device file, as the system has one for each instrument
// (/dev/snd/midiC1D0, /dev/midi1), or into a FIFO or file. Written by hand since FluidSynth has no output and
// PortMidi would add a library for what is one write.
#ifndef ARIO_APPS_MIDI_PORT_H
#define ARIO_APPS_MIDI_PORT_H

#include "arioso/status.h"

typedef struct ario__midi_port ario__midi_port;

// Errors: ERR_NOT_FOUND, ERR_IO, ERR_MEMORY.
ARIO_NODISCARD ario_status ario__midi_port_open(const char *path, ario__midi_port **out, ario_error *error);

// Sends one complete event; metas are left out. An instrument that takes nothing for a second is lost.
void ario__midi_port_send(ario__midi_port *port, const uint8_t *bytes, size_t size);
bool ario__midi_port_lost(const ario__midi_port *port);
void ario__midi_port_free(ario__midi_port *port); // safe on NULL

#endif
