#!/bin/sh
# SPDX-License-Identifier: MIT
# The recipe of spectral decoders: decoder_recipe.sh ARIOSO TOP. Passages are made, and made on; a decoder learns, with
# discriminators in the end; it is killed and resumed; what it saves makes the codes of the codec that it began with, and
# `arioso` decodes them to what PyTorch decodes.
set -eu
arioso=$1 top=$2
. "$(dirname -- "$0")/torch.sh"
alone
recipe="$top/models/recipes/audio_decoder.py" codec="$top/models/audio-codec"
font=$(dpkg -L timgm6mb-soundfont 2>/dev/null | grep '\.sf2$' | head -n 1)
[ -f "$font" ] || { echo "SKIP: no SoundFont (Debian: timgm6mb-soundfont)"; exit 77; }
cp "$top/samples/bach-prelude-c.mid" song.mid
printf 'path,seconds,split\nsong.mid,60,train\nsong.mid,60,valid\n' >songs.csv

make_some() {
  timeout 300 "$python" "$recipe" prepare songs.csv --codec "$codec" --arioso "$arioso" --soundfont "$font" "$@" >out 2>err
}
bytes() { wc -c <"$1"; }
make_some --out data --hours 0.008 || fail "prepare"
printf 'half a passage' >>data/sound.i16 # as if it had been stopped there
before=$(bytes data/codes.u16)
make_some --out data --hours 0.016 || fail "prepare goes on"
[ "$(bytes data/codes.u16)" -gt "$before" ] || fail "prepare made nothing more"
[ "$(bytes data/sound.i16)" = $(($(bytes data/codes.u16) / 16 * 960)) ] || fail "sound and codes are not of one length"
make_some --out valid --split valid --seed 2 --hours 0.008 || fail "prepare of validation"

learn() {
  timeout 600 "$python" "$recipe" train data --valid valid --codec "$codec" --channels 24 --blocks 1 --hidden 32 --batch 3 --frames 28 \
    --rate 0.01 "$@" >out 2>err
}
valid() { tail -n 1 "$1/log.csv" | cut -d, -f9; }
less() { "$python" -c 'import sys; sys.exit(not float(sys.argv[1]) < float(sys.argv[2]))' "$1" "$2"; }
learn --out few --steps 2 --adversarial-minutes 0 || fail "two steps"
learn --out one --steps 80 --adversarial-minutes 0 || fail "80 steps"
less "$(valid one)" "$("$python" -c "print(0.7 * $(valid few))")" || fail "it learned too little: $(valid few) dB, then $(valid one)"
learn --out both --steps 4 --minutes 60 --adversarial-minutes 60 || fail "discriminators"
[ "$(tail -n 1 both/log.csv | cut -d, -f3)" = 1 ] || fail "no discriminators in the end"

# Killed and resumed.
learn --out cut --minutes 600 &
while ! grep -q "step 20" out; do
  kill -0 $! 2>/dev/null || fail "it ended by itself"
  sleep 0.1
done
kill -TERM "$("$python" -c 'import sys; print(open(f"/proc/{sys.argv[1]}/task/{sys.argv[1]}/children").read().split()[0])' $!)"
wait $! || fail "SIGTERM is a failure"
before=$(sed -n 's/cut: \([0-9]*\) steps.*/\1/p' out)
learn --out cut --resume --steps $((before + 3)) || fail "resume"
grep -q "^cut: $((before + 3)) steps" out || fail "it did not go on where it was"

# The codes are those of the codec; and both decode alike.
"$arioso" render song.mid -o a.wav --rate 24000 --to 4 --tail 0 --soundfont "$font" >out 2>err || fail "render"
for name in "$codec" ./one/codec; do "$arioso" encode a.wav -o "$(basename "$name").tok" -m "$name" >out 2>err || fail "encode, $name"; done
cmp audio-codec.tok codec.tok || fail "its codes, or whose they are said to be, have changed"
"$arioso" decode audio-codec.tok -o b.wav -m ./one/codec --format float >out 2>err || fail "decode"
"$python" - "$top/models/recipes" <<'END' >out 2>err || fail "PyTorch decodes something else"
import sys
import numpy as np
import torch
sys.path.insert(0, sys.argv[1])
sys.argv = ["test"]
from audio_decoder import Codec, read_tok
codec = Codec.load("one/codec").double()
with torch.no_grad():
    want = codec.decode(torch.from_numpy(read_tok("audio-codec.tok").astype(np.int64))).numpy()
data = open("b.wav", "rb").read()
made = np.frombuffer(data[data.index(b"data") + 8:], "<f4")
away = np.abs(made - want[:len(made)]).max()
assert len(made) == 4 * 24000 and np.abs(want).max() > 0.003 and away < 1e-4, (len(made), np.abs(want).max(), away)
END
