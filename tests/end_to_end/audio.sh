#!/bin/sh
# SPDX-License-Identifier: MIT
# `encode` and `decode`, with a small codec of random weights: lengths, pipes, levels, and what is refused.
set -eu
. "$(dirname -- "$0")/lib.sh"
limit=$((limit + 20))
need_python # to make sound files with
codec=$top/tests/parity/audio/zero

# sound NAME RATE CHANNELS FRAMES: 16 bits, a tone
cat >make.py <<'END'
import array, math, struct, sys
name, rate, channels, frames, kind = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
values = [0.3 * math.sin(0.05 * i) for i in range(frames) for _ in range(channels)]
if kind == "nan":
    values[frames * channels // 2] = float("nan")
code, width = (1, 2) if kind == "s16" else (3, 4)
data = (array.array("h", [round(32767 * v) for v in values]) if code == 1 else array.array("f", values)).tobytes()
head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, code, channels, rate,
                   rate * channels * width, channels * width, 8 * width, b"data", len(data))
open(name, "wb").write(head + data)
END
sound() { $python make.py "$1" "$2" "$3" "$4" "${5:-s16}"; }
frames_of() { $python -c 'import sys, wave; w = wave.open(sys.argv[1]); print(w.getnframes(), w.getframerate(), w.getnchannels())' "$1"; }

# As long as the input, whatever is left of a frame.
for frames in 0 1 5 6 7 24000 24001; do
  sound in.wav 24000 1 $frames
  runs "$arioso" encode in.wav -o x.tok -m "$codec"
  runs "$arioso" decode x.tok -o out.wav -m "$codec"
  [ "$(frames_of out.wav)" = "$frames 24000 1" ] || fail "$frames samples became $(frames_of out.wav)"
done
for rate in 8000 44100 48000 192000; do
  sound in.wav $rate 2 $rate
  runs "$arioso" encode in.wav -o x.tok -m "$codec"
  grep -q "2 channels at $rate Hz" err || fail "no word about the conversion"
  runs "$arioso" decode x.tok -o out.wav -m "$codec"
  set -- $(frames_of out.wav)
  [ "$1" -ge 23998 ] && [ "$1" -le 24002 ] || fail "a second at $rate Hz became $1 samples"
done
sound in.wav 24000 8 4000
runs "$arioso" encode in.wav -o x.tok -m "$codec"

# The same again, in pieces and through pipes.
sound in.wav 24000 1 5000
runs "$arioso" encode in.wav -o x.tok -m "$codec"
runs "$arioso" decode x.tok -o one.wav -m "$codec" --format float
"$arioso" encode - -o - -m "$codec" <in.wav >piped.tok
runs "$arioso" decode piped.tok -o two.wav -m "$codec" --format float
$python - one.wav two.wav <<'END' || fail "a pipe gives another sound"
import array, sys
a, b = (array.array("f", open(name, "rb").read()[-20000:]) for name in sys.argv[1:])
assert len(a) == len(b) == 5000 and max(abs(x - y) for x, y in zip(a, b)) < 1e-6
END
"$arioso" decode - -o - -m "$codec" <x.tok >x.au
[ "$(wc -c <x.au)" = 10024 ] || fail "a pipe has $(wc -c <x.au) bytes"

# What is in a file of codes, from a file and through a pipe; damage is found.
runs "$arioso" info x.tok
holds 'x.tok: audio codes, 0.2 s of sound at 24000 Hz'
holds '834 frames of 3 levels of 16, 6 samples a frame'
holds '48.00 kbit/s of codes; the file takes '
[ "$(wc -l <out)" = 4 ] || fail "$(wc -l <out) lines about x.tok"
runs "$arioso" info x.tok --json
$python - <<'END' || fail "info x.tok --json"
import json, os
d, size = json.load(open("out")), os.path.getsize("x.tok")
assert (d["frames"], d["levels"], d["codes"], d["hop"], d["rate"]) == (834, 3, 16, 6, 24000), d
assert abs(d["seconds"] - 5000 / 24000) < 1e-9 and d["code_bits_per_second"] == 48000, d
assert d["bytes"] == size and abs(d["bits_per_second"] - 8 * size * 24000 / 5000) < 1e-6, (d, size)
assert len(d["hash"]) == 16 and d["codec"] is None, d
END
sed 's/x.tok/standard input/' out >file.json
cat x.tok | "$arioso" info - --json >pipe.json || fail "info - of codes"
same file.json pipe.json
head -c 1000 x.tok | refuses 1 'standard input: ends in frame' "$arioso" info -

# Fewer levels are less.
runs "$arioso" encode in.wav -o one.tok -m "$codec" --levels 1
[ "$(wc -c <one.tok)" -lt "$(wc -c <x.tok)" ] || fail "one level takes as much as all"
runs "$arioso" decode one.tok -o one.wav -m "$codec"

# What cannot be is one line, and nothing half-written.
rm -f out.wav
echo "no sound at all, but words" >words.wav
head -c 1000 x.tok >short.tok
{ head -c 1000 x.tok; printf '\007'; tail -c +1002 x.tok; } >damaged.tok
sound nan.wav 24000 1 500 nan
refuses 1 'words.wav' "$arioso" encode words.wav -o y.tok -m "$codec"
refuses 1 'none.wav' "$arioso" encode none.wav -o y.tok -m "$codec"
refuses 1 'not a finite number' "$arioso" encode nan.wav -o y.tok -m "$codec"
refuses 1 'truncated' "$arioso" decode short.tok -o y.wav -m "$codec"
refuses 1 'damaged' "$arioso" decode damaged.tok -o y.wav -m "$codec"
refuses 1 'not a file of audio codes' "$arioso" decode in.wav -o y.wav -m "$codec"
refuses 1 'another audio codec' "$arioso" decode x.tok -o y.wav -m "$top/tests/parity/audio/reflect"
refuses 1 'no/such' "$arioso" encode in.wav -o no/such/y.tok -m "$codec"
refuses 1 '.xyz' "$arioso" decode x.tok -o y.xyz -m "$codec"
refuses 2 '--levels' "$arioso" encode in.wav -o y.tok -m "$codec" --levels 4
refuses 2 '-o X.tok' "$arioso" encode in.wav -m "$codec"
refuses 2 '--format' "$arioso" decode x.tok -o y.wav -m "$codec" --format s8
refuses 1 'model_type' "$arioso" encode in.wav -o y.tok -m "$top/models/piano-free"
# How fast: its keys; speed is no test.
limit=120
for work in encode decode; do
  runs "$arioso" bench --work $work --audio-codec "$codec" --threads 1 --json
  holds '"real_time"'
done
runs "$arioso" bench --work audio --audio-codec "$codec" --channels 16 --heads 2 --layers 1 --max-context 64 --max-latents 16
holds int8
refuses 2 '--audio-codec' "$arioso" bench --work train --audio-codec "$codec"
refuses 2 'is computed in fp32' "$arioso" bench --work encode --audio-codec "$codec" --precision bf16
refuses 2 '--batch' "$arioso" bench --work encode --audio-codec "$codec" --batch 2
refuses 1 'no codes of sound' "$arioso" bench --work audio --audio-codec "$codec" --model piano-free
echo "all as it should be"
