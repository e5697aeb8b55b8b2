#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes the reading of audio codecs from the two of parity/audio, and from one whose first codebook is wide; with --long for ten
# minutes: codec.sh FUZZ_CODEC CODECS
set -eu
seconds=${ARIO_SECONDS:-5}
[ -z "${ARIO_LONG:-}" ] || seconds=600
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for folder in "$2"/*; do
  { cat "$folder/config.json" && printf '\0' && cat "$folder/model.safetensors"; } >"$work/$(basename "$folder")"
done

# A wide codebook: those of zero lie behind each other, and become one level of 48 codes. The entries that go leave as many
# spaces, so that the header keeps its length.
entry() { printf '"quantizer.levels.%s.codebook": {"dtype": "F32", "shape": .%s, 8., "data_offsets": .%s.}' "$@"; }
second=$(entry 1 16 '26724, 27236') third=$(entry 2 16 '27236, 27748')
LC_ALL=C sed -e "s/$(entry 0 16 '26212, 26724')/$(entry 0 48 '26212, 27748' | sed 's/\.48, 8\./[48, 8]/; s/\.26212, 27748\./[26212, 27748]/')/" \
  -e "s/, $second/$(printf '%*s' $((${#second} + 2)) '')/; s/, $third/$(printf '%*s' $((${#third} + 2)) '')/" \
  -e 's/"levels": 3/"levels": 1/; s/"codes": 16/"codes": 48/' "$work/zero" >"$work/wide"
! cmp -s "$work/zero" "$work/wide" || {
  echo "FAIL: no wide codebook was made" >&2
  exit 1
}
"$1" "${seconds}s" "$work"/*
