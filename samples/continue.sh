#!/bin/sh
# SPDX-License-Identifier: MIT
# Sets up, builds, and continues a piece or a recording: sh samples/continue.sh [MY.mid | MY.wav]
# Leaves in samples/out/ a MIDI file, its sound and its picture; for a recording, the longer recording.
set -eu
top=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
prompt=${1:-$top/samples/bach-prelude-c.mid}
[ -f "$prompt" ] || {
  echo "continue.sh: $prompt: no such file" >&2
  exit 1
}
sh "$top/samples/build.sh"

arioso=$top/build/arioso
out=$top/samples/out
mkdir -p "$out"
name=$(basename -- "$prompt")
case $name in
  *.[wW][aA][vV] | *.[fF][lL][aA][cC] | *.[oO][gG][gG])
    name=${name%.*}-continued
    "$arioso" continue "$prompt" -o "$out/$name.wav"
    cat <<END

Listen to $name.wav. Then try:
  sh samples/continue.sh MY.wav                            a recording of your own, of a piano
  build/arioso continue MY.wav --takes 3                   three continuations to choose from
  build/arioso continue MY.wav --to 0:08 -s 20             another way to go on after 8 seconds, for 20
  build/arioso play MY.wav                                 hear it go on while that is made
  build/arioso continue --help                             everything else
END
    exit
    ;;
esac

name=${name%.[mM][iI][dD]*}-continued
"$arioso" continue "$prompt" -o "$out/$name.mid" --wav "$out/$name.wav" --png "$out/$name.png"

cat <<END

Listen to $name.wav, look at $name.png, open $name.mid in any music program. Then try:
  sh samples/continue.sh MY.mid                            a piece of your own
  build/arioso continue MY.mid --takes 3                   three continuations to choose from
  build/arioso continue MY.mid --to bar:9 -t 0.8           another way to go on after bar 8, a little tamer
  build/arioso continue --help                             everything else
END
