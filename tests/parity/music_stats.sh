#!/bin/sh
# SPDX-License-Identifier: MIT
# stats against the oracle on pieces of shared/data: music_stats.sh ARIOSO SHARED RECIPES
set -eu
[ -f "$2/oracle/music_check.py" ] || { echo "SKIP: no oracle and no data at $2 (they are not part of a clone)"; exit 77; }
for python in python3 /usr/bin/python3; do
  "$python" -c 'import mido, numpy' 2>/dev/null || continue
  exec "$python" "$(dirname "$0")/music_stats.py" "$1" "$2" "$3"
done
echo "SKIP: no python3 with mido and numpy"
exit 77
