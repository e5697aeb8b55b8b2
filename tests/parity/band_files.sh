#!/bin/sh
# SPDX-License-Identifier: MIT
# midi-band against the oracle on files of shared/multi: band_files.sh ARIOSO SHARED
# 150 of them (40 seconds of processor time), ARIO_LONG=1: all 2,966 (14 minutes).
set -eu
[ -f "$2/oracle/band_check.py" ] && [ -f "$2/multi/manifest.csv" ] ||
  { echo "SKIP: no oracle and no files at $2 (they are not part of a clone)"; exit 77; }
for python in python3 /usr/bin/python3; do
  "$python" -c 'import mido' 2>/dev/null || continue
  exec "$python" "$(dirname "$0")/band_files.py" "$1" "$2" ${ARIO_LONG:+--all}
done
echo "SKIP: no python3 with mido (Debian: python3-mido)"
exit 77
