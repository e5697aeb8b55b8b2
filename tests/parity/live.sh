#!/bin/sh
# SPDX-License-Identifier: MIT
# Parity with the oracle on vectors made now, with another seed: live.sh TEST_PARITY ARIOSO MODEL MAKE_PY ORACLE_DIR
set -eu
test_parity=$1 arioso=$2 model=$3 make=$4 oracle=$5
[ -f "$oracle/perceiver_ar.py" ] || { echo "SKIP: no oracle at $oracle (it is not part of a clone)"; exit 77; }
. "$(dirname -- "$0")/torch.sh"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
seed=${ARIO_SEED:-$(date +%s)}
echo "seed $seed (set ARIO_SEED to repeat)"
"$python" "$make" "$oracle" "$out/vectors" "$seed"
"$test_parity" "$out/vectors"

# The shipped model through the program, and a model without a codec: the same NLL as the oracle's.
tokens() { # VOCABULARY COUNT FILE
  "$python" -c "
import random, sys
from array import array
random.seed($seed)
array('H', [random.randrange($1) for _ in range($2)]).tofile(open('$3', 'wb'))"
}
check() { # MODEL TOKENS LATENTS
  "$python" "$oracle/perceiver_ar.py" nll "$1" "$2" --latents "$3" >"$out/expected"
  "$arioso" eval "$1" --precision fp32 --tokens "$2" --latents "$3" --json >"$out/found"
  "$python" -c "
import json
expected, found = float(open('$out/expected').read()), json.load(open('$out/found'))
print('$1: oracle %.6f, arioso %.6f' % (expected, found['nll']))
assert abs(expected - found['nll']) < 1e-5 * expected and found['tokens'] == $3"
}
tokens 391 1600 "$out/tokens.u16"
check "$model" "$out/tokens.u16" 1024
check "$model" "$out/tokens.u16" 7
"$python" "$oracle/perceiver_ar.py" init "$out/raw" --vocab-size 256 --channels 64 --heads 4 --layers 3 --max-context 300 \
  --max-latents 100 --seed "$seed"
tokens 256 301 "$out/raw.u16"
check "$out/raw" "$out/raw.u16" 100
