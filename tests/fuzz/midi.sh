#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes the reading and continuing of MIDI files from those of tests/midi: midi.sh FUZZ_MIDI MIDI_FOLDER
set -eu
iterations=3000
[ -z "${ARIO_LONG:-}" ] || iterations=300000
exec "$1" "$iterations" "$2"/*.mid "$2"/broken/*.mid
