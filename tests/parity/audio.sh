#!/bin/sh
# SPDX-License-Identifier: MIT
# The audio codec in full size against PyTorch, with weights made now: audio.sh TEST_AUDIO MAKE.py
set -eu
for python in python3 /usr/bin/python3 none; do
  [ $python = none ] && { echo "SKIP: no python3 with torch (Debian: python3-torch)"; exit 77; }
  $python -c 'import torch' 2>/dev/null && break
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
$python "$2" full "$work"
"$1" "$work/zero" "$work/reflect" "$work/spectral"
