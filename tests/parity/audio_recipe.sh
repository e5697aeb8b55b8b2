#!/bin/sh
# SPDX-License-Identifier: MIT
# The audio codec's recipe: audio_recipe.sh ARIOSO TOP. It learns, alone and as two processes; it is killed and resumed; its decoder
# learns alone, and codes stay as they are; `arioso` encodes and decodes with what it saved.
set -eu
arioso=$1 top=$2
. "$(dirname -- "$0")/torch.sh"
alone
codec="$top/models/recipes/audio_codec.py"
small="--filters 4 --dimension 6 --levels 3 --codes 32 --batch 4 --seconds 0.2 --quantize-from 40 --muon-rate 0.02 --rate 0.001"
learn() { timeout 300 "$python" "$codec" train sounds --valid sounds $small "$@" >out 2>err; }
valid() { sed -n 's/.*valid \([0-9.]*\).*/\1/p' out; }
less() { "$python" -c 'import sys; sys.exit(not float(sys.argv[1]) < float(sys.argv[2]))' "$1" "$2"; }

mkdir sounds
"$python" - <<'END'
import wave
import numpy as np
rng = np.random.default_rng(1)
for name in ("a", "b", "c"):
    t = np.arange(48000) / 24000
    x = sum(0.1 * np.sin(2 * np.pi * f * t) * np.exp(-3 * ((t - at) % 1)) for f, at in rng.uniform((100, 0), (2000, 1), (4, 2)))
    with wave.open(f"sounds/{name}.wav", "wb") as file:
        file.setparams((1, 2, 24000, 0, "NONE", ""))
        file.writeframes((32767 * x).astype("<i2").tobytes())
END

learn --out few --steps 2 || fail "two steps"
before=$(valid)
learn --out one --steps 240 || fail "240 steps"
learned=$(valid)
less "$learned" "$("$python" -c "print($before / 2)")" || fail "240 steps learned too little: valid $before before, $learned after"

learn --out plain --predictor 0 --steps 60 || fail "no predictor"

# What it saved is a codec of ours.
"$arioso" encode sounds/a.wav -o a.tok -m ./one >out 2>err || fail "encode"
"$arioso" decode a.tok -o a.wav -m ./one >out 2>err || fail "decode"
[ "$(wc -c <a.wav)" = "$(wc -c <sounds/a.wav)" ] || fail "what was decoded has another length"

# Killed and resumed; begun with the weights of another.
timeout 300 "$python" "$codec" train sounds $small --out cut --minutes 60 >out 2>err &
while ! grep -q "step 50" out; do
  kill -0 $! 2>/dev/null || fail "it ended by itself"
  sleep 0.1
done
kill -TERM $!
wait $! || fail "SIGTERM is a failure"
before=$(sed -n 's/cut: \([0-9]*\) steps.*/\1/p' out)
learn --out cut --resume --steps $((before + 5)) || fail "resume"
grep -q "^cut: $((before + 5)) steps" out || fail "it did not go on where it was"
learn --out on --init one --steps 5 || fail "init"
less "$(valid)" "$("$python" -c "print(1.3 * $learned)")" || fail "it did not begin with the other's weights: valid $(valid)"
learn --out mended --init one --decoder-only --steps 5 || fail "decoder only"
"$python" - "$top/models/recipes" <<'END' || fail "--decoder-only changes more than the decoder, or nothing"
import sys
sys.path.insert(0, sys.argv[1])
from perceiver_ar import load_tensors
one, mended = (load_tensors(f"{folder}/model.safetensors") for folder in ("one", "mended"))
changed = [name for name in one if (one[name] != mended[name]).any()]
assert changed and all(name.startswith("decoder") for name in changed), changed
END
"$arioso" encode sounds/a.wav -o c.tok -m ./mended >out 2>err || fail "encode with what only its decoder was taught"
cmp a.tok c.tok || fail "its codes, or whose they are said to be, have changed"
"$arioso" decode a.tok -o c.wav -m ./mended >out 2>err || fail "it does not decode the codes of before"

timeout 300 $torchrun --nproc_per_node 2 "$codec" train sounds $small \
  --out two --steps 60 >out 2>err || fail "two processes"
grep -q "two: 60 steps" out || fail "two processes did not finish"
"$arioso" encode sounds/a.wav -o b.tok -m ./two >out 2>err || fail "encode with what two processes made"
