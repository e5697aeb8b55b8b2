#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes the reading of model directories from the parity vectors, and from the same in 8 bits where there is the program to make
# them: weights.sh FUZZ_WEIGHTS VECTORS ARIOSO
set -eu
iterations=3000
[ -z "${ARIO_LONG:-}" ] || iterations=300000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/seeds"

# seed FOLDER NAME
seed() {
  { cat "$1/config.json" && printf '\0' && cat "$1/model.safetensors"; } >"$work/seeds/$2"
}
for folder in "$2"/*; do
  name=$(basename "$folder")
  seed "$folder" "$name"
  if [ -x "$3" ]; then
    "$3" quantize "$folder" -o "$work/$name" >/dev/null
    seed "$work/$name" "$name-int8"
  fi
done
"$1" "$iterations" "$work"/seeds/*
