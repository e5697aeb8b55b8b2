#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes files of audio codes and sound files, for a minute each under the sanitizers, with --long for ten:
# sound.sh FUZZ_TOK|FUZZ_SOUND CODEC ARIOSO
set -eu
seconds=${ARIO_SECONDS:-5}
[ -z "${ARIO_LONG:-}" ] || seconds=600
export ARIO_FUZZ_CODEC=$2
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
top=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)

# sound NAME BYTES OPTIONS...: the beginning of a short piece. No Ogg: libsndfile 1.2 loses memory of broken ones.
sound() {
  name=$1 bytes=$2
  shift 2
  "$arioso" render "$top/tests/midi/one_note.mid" -o "$seeds/whole.${name##*.}" --tail 0.1 "$@" >/dev/null
  head -c "$bytes" "$seeds/whole.${name##*.}" >"$seeds/$name"
  rm "$seeds/whole.${name##*.}"
}
arioso=$3
sound a.wav 1500 --rate 8000
sound b.wav 4000 --rate 24000 --format float
sound c.flac 12000 --rate 16000
case $1 in
*tok)
  "$arioso" encode "$seeds/a.wav" -o "$seeds/a.tok" -m "$2" >/dev/null
  "$arioso" encode "$seeds/b.wav" -o "$seeds/b.tok" -m "$2" -q 1 >/dev/null
  head -c 44 "$seeds/a.tok" >"$seeds/c.tok"
  "$1" "${seconds}s" "$seeds"/*.tok
  ;;
*) "$1" "${seconds}s" "$seeds"/*.wav "$seeds"/*.flac ;;
esac
