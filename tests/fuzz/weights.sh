#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes the reading of model directories from the parity vectors: weights.sh FUZZ_WEIGHTS VECTORS
set -eu
iterations=3000
[ -z "${ARIO_LONG:-}" ] || iterations=300000
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
for folder in "$2"/*; do
  { cat "$folder/config.json" && printf '\0' && cat "$folder/model.safetensors"; } >"$seeds/$(basename "$folder")"
done
"$1" "$iterations" "$seeds"/*
