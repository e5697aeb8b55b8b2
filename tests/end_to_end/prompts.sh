#!/bin/sh
# SPDX-License-Identifier: MIT
# The prompts in samples/ are what samples/prompts.py writes. Usage: prompts.sh SAMPLES
set -eu
samples=$1
if ! command -v python3 >/dev/null 2>&1; then
  echo "SKIP: no python3 to run prompts.py"
  exit 77
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
python3 "$samples/prompts.py" "$out"
count=0
for file in "$out"/*.mid; do
  cmp "$file" "$samples/${file##*/}"
  count=$((count + 1))
done
[ "$count" -eq 3 ] || { echo "$count prompts written, expected 3"; exit 1; }
