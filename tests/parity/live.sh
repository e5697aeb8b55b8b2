#!/bin/sh
# SPDX-License-Identifier: MIT
# Parity with the oracle on vectors made now, with another seed: live.sh TEST_PARITY MAKE_PY ORACLE_DIR
set -eu
[ -f "$3/perceiver_ar.py" ] || { echo "SKIP: no oracle at $3 (it is not part of a clone)"; exit 77; }
for python in python3 /usr/bin/python3 none; do
  [ $python = none ] && { echo "SKIP: no python3 with torch (Debian: python3-torch)"; exit 77; }
  "$python" -c 'import torch, numpy' 2>/dev/null && break
done
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
seed=${ARIO_SEED:-$(date +%s)}
echo "seed $seed (set ARIO_SEED to repeat)"
"$python" "$2" "$3" "$out/vectors" "$seed"
"$1" "$out/vectors"
