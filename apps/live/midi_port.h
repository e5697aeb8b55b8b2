// SPDX-License-Identifier: MIT
//
// MIDI output to an instrument: bytes written to its device file (/dev/snd/midiC1D0, /dev/midi1), or to a
// FIFO or file. Written by hand: FluidSynth has no MIDI output, and PortMidi would be a library for one
// write.
#ifndef ARIO_APPS_MIDI_PORT_H
#define ARIO_APPS_MIDI_PORT_H

#include "arioso/status.h"

typedef struct ario__midi_port ario__midi_port;

// Errors: ERR_NOT_FOUND, ERR_IO, ERR_MEMORY.
ARIO_NODISCARD ario_status ario__midi_port_open(const char *path, ario__midi_port **out, ario_error *error);

// Sends one complete event; meta events are skipped. An instrument that takes nothing for a second is lost.
void ario__midi_port_send(ario__midi_port *port, const uint8_t *bytes, size_t size);
bool ario__midi_port_lost(const ario__midi_port *port);
void ario__midi_port_free(ario__midi_port *port); // safe on NULL

#endif
