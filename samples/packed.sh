#!/bin/sh
# SPDX-License-Identifier: MIT
# The size that compressors reach on a file after a known one: sh samples/packed.sh KNOWN NEW
# Prints, for each, the bits per byte of NEW: the compressed size of both files in one, less that of KNOWN alone.
set -eu
both=$(mktemp)
trap 'rm -f "$both"' EXIT
cat "$1" "$2" >"$both"
size=$(wc -c <"$2")
for packer in 'gzip -9' 'xz -9'; do
  command -v "${packer% *}" >/dev/null || continue
  all=$($packer -c "$both" | wc -c) known=$($packer -c "$1" | wc -c)
  awk "BEGIN { printf \"  %-10s%.2f\\n\", \"$packer\", 8 * ($all - $known) / $size }"
done
