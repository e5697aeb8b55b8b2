#!/bin/sh
# SPDX-License-Identifier: MIT
# Sets up, builds, and continues a piece: sh samples/continue.sh [MY.mid]
# Leaves a MIDI file, how it sounds and how it looks in samples/out/.
set -eu
top=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
prompt=${1:-$top/samples/bach-prelude-c.mid}
[ -f "$prompt" ] || {
  echo "continue.sh: $prompt: no such file" >&2
  exit 1
}
sh "$top/samples/build.sh"

name=$(basename -- "$prompt")
name=${name%.[mM][iI][dD]*}-continued
out=$top/samples/out
mkdir -p "$out"
"$top/build/program/arioso" continue "$prompt" -o "$out/$name.mid" --wav "$out/$name.wav" --png "$out/$name.png"

cat <<END

Listen to $name.wav, look at $name.png, open $name.mid in any music program. Then try:
  sh samples/continue.sh MY.mid                            a piece of your own
  build/program/arioso continue MY.mid --takes 3           three continuations to choose from
  build/program/arioso continue MY.mid --to bar:9 -t 0.8   another way to go on after bar 8, a little tamer
  build/program/arioso continue --help                     everything else
END
