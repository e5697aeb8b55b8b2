#!/bin/sh
# SPDX-License-Identifier: MIT
# Sound with a model of its codes: train, tokens, eval, continue and play, with a small codec of random weights.
set -eu
. "$(dirname -- "$0")/lib.sh"
limit=$((limit + 60))
need_python # to make sound files with
mkdir models
cp -r "$top/tests/parity/audio/zero" models/audio-codec
export ARIOSO_MODELS="$PWD/models"
no_sound_server

# sound NAME RATE CHANNELS FRAMES BITS: a rising tone in 16, 24 or (float) 32 bits
cat >make.py <<'END'
import math, struct, sys
name, rate, channels, frames, bits = sys.argv[1], *map(int, sys.argv[2:])
data = bytearray()
for i in range(frames):
    for c in range(channels):
        value = 0.4 * math.sin(0.02 * i * (1 + i / frames) + c) + 0.1 * math.sin(1.7 * i)
        data += struct.pack("<f", value) if bits == 32 else round(value * (1 << bits - 1)).to_bytes(bits // 8, "little", signed=True)
head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3 if bits == 32 else 1, channels, rate,
                   rate * channels * bits // 8, channels * bits // 8, bits, b"data", len(data))
open(name, "wb").write(head + data)
END
sound() { $python make.py "$@"; }
# data NAME: a WAV file's bytes of sound; its head's fields
cat >data.py <<'END'
import struct, sys
bytes_ = open(sys.argv[1], "rb").read()
at, head = 12, None
while at < len(bytes_):
    name, size = bytes_[at:at + 4], struct.unpack("<I", bytes_[at + 4:at + 8])[0]
    if name == b"fmt ":
        head = struct.unpack("<HHIIHH", bytes_[at + 8:at + 24])
    if name == b"data":
        sys.stdout.buffer.write(bytes_[at + 8:at + 8 + size])
    at += 8 + size + size % 2
print(head[1], head[2], head[5], file=sys.stderr)
END

# A model of codes: from files of codes, and it says whose they are.
sound tone.wav 24000 1 12000 16
runs "$arioso" encode tone.wav -o tone.tok
runs "$arioso" train tone.tok --codec audio -o model --steps 10 --channels 16 --heads 2 --layers 1 --max-context 64 \
  --max-latents 16
grep -q '"hash"' model/config.json || fail "the model does not say whose codes its tokens are"
# Of fewer levels: with a predictor those that were made alone, without one the first of all.
small="--steps 3 --channels 16 --heads 2 --layers 1 --max-context 64 --max-latents 16"
refuses 1 'in 3 levels' "$arioso" train tone.tok --codec audio --levels 2 -o two $small
runs "$arioso" encode tone.wav --levels 2 -o tone2.tok
runs "$arioso" train tone2.tok --codec audio --levels 2 -o two $small
grep -q '"vocab_size": 35' two/config.json || fail "two levels of 16 codes are not 35 tokens"
reflect="$top/tests/parity/audio/reflect"
runs "$arioso" encode tone.wav -m "$reflect" -o tone12.tok
runs "$arioso" train tone12.tok --codec audio --audio-codec "$reflect" --levels 2 -o two12 $small
runs "$arioso" train tone.tok --init ./model -o tuned --steps 3
# What a run began from says what its codes are, when it goes on, too.
runs "$arioso" train tone12.tok --init ./two12 -o again --steps 3 --stop-after 1
refuses 2 '--levels' "$arioso" train tone12.tok -o again --resume --levels 1
runs "$arioso" train tone12.tok -o again --resume
runs "$arioso" train tone.tok --codec audio -o cache --tokenize-only
runs "$arioso" train cache --codec audio -o cached --steps 3 --channels 16 --heads 2 --layers 1
refuses 1 'of 3 levels' "$arioso" train cache --codec audio --levels 2 -o x --steps 3
refuses 1 'another audio codec' "$arioso" train tone.tok --codec audio --audio-codec "$reflect" -o x --steps 3
refuses 2 '--levels' "$arioso" train tone.tok --codec audio --levels 4 -o x --steps 3

# The same tokens from the sound and from its codes; and back.
runs "$arioso" tokens tone.tok -o a.u16
runs "$arioso" tokens tone.wav -o b.u16
same a.u16 b.u16
runs "$arioso" tokens a.u16 -o again.tok
runs "$arioso" tokens again.tok -o c.u16
same a.u16 c.u16
runs "$arioso" tokens tone.tok
holds 'level 2 code'
runs "$arioso" eval ./model tone.tok --by-level
holds 'bits/s  level 2'
tail -n 1 out >one
runs "$arioso" eval ./model tone.wav --by-level
tail -n 1 out >other
same one other
runs "$arioso" eval ./model tone.tok --by-level --json
holds '"bits_per_s"'
runs "$arioso" eval ./two tone2.tok
refuses 2 '--by-level' "$arioso" eval "$top/models/piano-free" "$top/samples/bach-prelude-c.mid" --by-level

# What is there stays bit for bit up to the seam, in its rate, channels and format, and the new part is as long as asked.
# keeps NAME FRAMES BYTES OUT: all of NAME's frames but the last 10 ms, and FRAMES in all of BYTES each
keeps() {
  $python data.py "$1" >before.raw 2>head
  $python data.py "$4" >after.raw 2>head2
  same head head2
  set -- "$1" "$2" "$3" "$4" $(cat head)
  fade=$(($6 / 100 + 1))
  kept=$(($(wc -c <before.raw) - fade * $3))
  [ "$(wc -c <after.raw)" = $(($(wc -c <before.raw) + $2 * $3)) ] || fail "$4 has $(wc -c <after.raw) bytes of sound"
  cmp -n "$kept" before.raw after.raw || fail "$4 changes what was there"
}
for case in '24000 1 16 2' '44100 2 16 4' '48000 1 24 3' '8000 2 32 8' '48000 8 16 16'; do
  set -- $case
  sound in.wav "$1" "$2" 10007 "$3"
  runs "$arioso" continue in.wav -m ./model -s 0.1 --seed 3 -o out.wav
  holds '0.1 s new, seed 3'
  keeps in.wav $(($1 / 10)) "$4" out.wav
done
sound in.wav 44100 2 10007 16
runs "$arioso" continue in.wav -m ./model -s 0.1 --seed 3 -o out.wav
runs "$arioso" continue in.wav -m ./model -s 0.1 --seed 3 -o out2.wav --threads 1
same out.wav out2.wav
runs "$arioso" continue in.wav -m ./model -s 0.1 --seed 2 --takes 2
runs "$arioso" continue in.wav -m ./model -s 0.1 --seed 3 --only-new -o new.wav
differ in-continued-1.wav in-continued-2.wav
same in-continued-1.wav out.wav
[ "$(wc -c <new.wav)" = $((44 + 4410 * 4)) ] || fail "--only-new has $(wc -c <new.wav) bytes"
# Cut in the middle: as if the file had ended there.
sound cut.wav 24000 1 6000 16
head -c $((44 + 2 * 6000)) tone.wav | tail -c +45 >half.raw
runs "$arioso" continue tone.wav -m ./model --to 0.25 -s 0.2 --seed 1 -o out.wav --json
holds '"seconds":	0.25'
$python data.py out.wav 2>head | head -c 11000 >begins.raw
head -c 11000 half.raw | cmp -s - begins.raw || fail "--to changes what was there"
runs "$arioso" continue in.wav -m ./model -s 0.1 -o out.flac
runs "$arioso" continue out.flac -m ./model -s 0.1 -o again.flac
runs "$arioso" continue out.flac -m ./two --tokens 21 -o again.ogg
cp in.wav kept.wav
refuses 2 'is the input' "$arioso" continue in.wav -m ./model -o in.wav
same in.wav kept.wav

# Heard while it is made: into a file the same samples, at the codec's rate.
runs "$arioso" play tone.wav -m ./model -s 0.3 --rate 24000 --seed 1 -o heard.wav
runs "$arioso" continue tone.wav -m ./model -s 0.3 --seed 1 -o continued.wav
$python data.py heard.wav 2>head >heard.raw
$python data.py continued.wav 2>head >continued.raw
$python - <<'END' || fail "what is heard is not what is made"
import array
heard, made = array.array("h", open("heard.raw", "rb").read()), array.array("h", open("continued.raw", "rb").read())
assert heard[::2] == made and heard[1::2] == made
END
runs "$arioso" play in.wav -m ./model -s 0.3 --no-prompt --seed 1 -o alone.flac --json
holds '"new_seconds":	0.3'

# What cannot be is one line.
echo "no sound at all, but words" >words.wav
sound short.wav 24000 1 5 16
refuses 1 'words.wav' "$arioso" continue words.wav -m ./model
refuses 1 'short.wav: is shorter than 1 ms' "$arioso" continue short.wav -m ./model
refuses 1 'not a MIDI file' "$arioso" continue in.wav -m "$top/models/piano-free" || :
refuses 2 'name a sound file' "$arioso" continue -m ./model
refuses 2 '--png' "$arioso" continue in.wav -m ./model --png x.png
refuses 2 'no bars' "$arioso" continue in.wav -m ./model --to bar:2
refuses 2 'between --from 3' "$arioso" continue in.wav -m ./model --from 3
refuses 1 'another audio codec' "$arioso" continue in.wav -m ./model --audio-codec "$reflect"
refuses 1 'is wanted' "$arioso" play in.wav -m "$top/models/piano-free" -s 1 -o x.wav
refuses 2 '--midi-out' "$arioso" play in.wav -m ./model --midi-out x
refuses 1 '.xyz' "$arioso" continue in.wav -m ./model -o out.xyz
echo "all as it should be"
