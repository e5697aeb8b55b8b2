#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes the reading of token caches, tables and settings: data.sh FUZZ_DATA MIDI_FOLDER ARIOSO
set -eu
iterations=3000
[ -z "${ARIO_LONG:-}" ] || iterations=300000
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
"$3" train "$2"/two_hands.mid "$2"/pedal.mid "$2"/tempo.mid -o "$seeds/cache" --tokenize-only
printf 'path,who,split\nmusic/a.mid,"me, ""myself""",train\r\nmusic/b.mid,,valid\n' >"$seeds/table"
printf '{"channels": 32, "codec": {"name": "raw"}, "where": ["a=b", "c=d"], "seed": 3, "dropout": 0.5, "quiet": true}' >"$seeds/settings"
"$1" "$iterations" "$seeds"/*
