#!/bin/sh
# SPDX-License-Identifier: MIT
# The codec against the oracle on all MIDI files of shared/: midi_files.sh ENCODE_FILES SHARED
# ARIO_LONG=1 gives every file to the oracle itself (ten minutes of processor time).
set -eu
[ -f "$2/oracle/midi_tokens.py" ] || { echo "SKIP: no oracle and no data at $2 (they are not part of a clone)"; exit 77; }
found=
for python in python3 /usr/bin/python3; do
  "$python" -c 'pass' 2>/dev/null || continue
  found=${found:-$python}
  "$python" -c 'import mido' 2>/dev/null && { found=$python; break; }
done
[ "$found" ] || { echo "SKIP: no python3"; exit 77; }
all=
[ -z "${ARIO_LONG:-}" ] || all=--all
exec "$found" "$(dirname "$0")/midi_files.py" "$1" "$2/data" "$2/oracle" $all
