#!/bin/sh
# SPDX-License-Identifier: MIT
# Sets up and builds Arioso's program and shared library into build/, as far as that is not done yet; prints nothing but what
# went wrong.
set -eu
top=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
sh "$top/samples/setup.sh"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
[ -x "$top/build/arioso" ] || echo "building Arioso (once, about half a minute) ..."
if ! { cmake -S "$top" -B "$top/build" &&
  cmake --build "$top/build" -j "$(nproc)" --target arioso_program arioso_shared; } >"$log" 2>&1; then
  tail -n 30 "$log" >&2
  echo "build: failed; the last lines of the log are above" >&2
  exit 1
fi
