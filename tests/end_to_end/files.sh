#!/bin/sh
# SPDX-License-Identifier: MIT
# Files as strangers have them: pipes, names in any encoding and of any length, limits and kills.
set -eu
. "$(dirname -- "$0")/lib.sh"
limit=120
need_python
codec=$top/tests/parity/audio/zero
$python - <<'END' # a song of four notes, whose tracks have names of several kinds
def track(name, events):
    body = b"\0\xff\x03" + bytes([len(name)]) + name + events + b"\0\xff\x2f\0"
    return b"MTrk" + len(body).to_bytes(4, "big") + body
names = [b"T\xe9nor", "ピアノ".encode("cp932"), b"\xc2\x9b31mred\x1b[31m", "\u202eevil\n".encode(), b"\xf0\x8b\xbf\x8b\xed\xa0\x80"]
notes = [bytes([0, 0x90, 60 + i, 80, 0x83, 0x60, 0x80, 60 + i, 64]) for i in range(len(names))]
head = b"MThd\0\0\0\6\0\1" + len(names).to_bytes(2, "big") + b"\1\xe0"
open("song.mid", "wb").write(head + b"".join(map(track, names, notes)))
END
ids="continue --tokens 40 --seed 5 --model piano-free"

# valid_json: the last output; shown: neither of the last outputs has a control character, in UTF-8 or alone
valid_json() { $python -c 'import json, sys; json.loads(open("out", "rb").read().decode())' || fail "this is no JSON: $(cat out)"; }
shown() {
  $python - out err <<'END' || fail "a terminal would obey: $(cat -v out err)"
import sys, unicodedata
for name in sys.argv[1:]:
    text = open(name, "rb").read().decode().replace("\n", "")
    bad = [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")]
    assert not bad, bad
END
}

# ---- Pipes ----

# What comes through a pipe is what a file holds, by any name of the pipe.
runs "$arioso" $ids song.mid -o file.mid
runs "$arioso" $ids - -o pipe.mid <song.mid
same file.mid pipe.mid
cat song.mid | timeout $limit "$arioso" $ids - -o pipe.mid >out 2>err || fail "a pipe is not read"
same file.mid pipe.mid
holds 'standard input: 5 notes'
cat song.mid | timeout $limit "$arioso" $ids /dev/stdin -o pipe.mid >out 2>err || fail "/dev/stdin is not read"
same file.mid pipe.mid
mkfifo fifo
cat song.mid >fifo &
runs "$arioso" $ids fifo -o pipe.mid
same file.mid pipe.mid
cat song.mid | timeout $limit "$arioso" $ids - >out 2>err || fail "a pipe has no default output"
same file.mid continued.mid
for command in info stats "eval piano-free" tokens; do
  runs "$arioso" $command song.mid
  cp out wanted
  cat song.mid | timeout $limit "$arioso" $command - >out 2>err || fail "$command does not read a pipe"
  sed 's/standard input/song.mid/' out | cmp -s - wanted || fail "$command says something else of a pipe"
done

# Standard output has the data alone, and standard error the reports.
"$arioso" $ids song.mid -o - >pipe.mid 2>err || fail "continue -o -"
same file.mid pipe.mid
grep -q '5 notes' err || fail "no report on standard error"
"$arioso" $ids song.mid -o - --json >pipe.mid 2>out || fail "continue -o - --json"
same file.mid pipe.mid
valid_json
runs "$arioso" tokens song.mid -o file.u16
cat song.mid | "$arioso" tokens - -o - >pipe.u16 2>err
same file.u16 pipe.u16
runs "$arioso" tokens file.u16 -o back.mid
cat file.u16 | "$arioso" tokens - -o - >pipe.mid 2>err
same back.mid pipe.mid
runs "$arioso" render song.mid -o song.wav
"$arioso" render song.mid -o - >song.au 2>err || fail "render -o -"
grep -q 'peak' err || fail "no report on standard error"
[ "$(wc -c <song.au)" = $(($(wc -c <song.wav) - 44 + 24)) ] || fail "$(wc -c <song.au) bytes for $(wc -c <song.wav) of a WAV file"
"$arioso" encode song.au -o au.tok -m "$codec" >out 2>&1 || fail "the sound cannot be read"
cat song.au | "$arioso" encode - -o - -m "$codec" 2>err | "$arioso" decode - -o - -m "$codec" 2>err >pipe.au
"$arioso" decode au.tok -o file.wav -m "$codec" >out
cat au.tok | "$arioso" decode - -o pipe.wav -m "$codec" >out || fail "no codes through a pipe"
same file.wav pipe.wav
[ "$(wc -c <pipe.au)" = $(($(wc -c <file.wav) - 44 + 24)) ] || fail "pipes give another length"
refuses 2 'takes one file' "$arioso" $ids song.mid -o - --wav -
refuses 2 'takes one file' "$arioso" $ids song.mid -o - --takes 2
refuses 2 'takes one file' "$arioso" play song.mid -o - --wav - --seconds 1
refuses 2 'name a file' "$arioso" jam -o -
refuses 2 'name it' "$arioso" train song.mid -o - --tokenize-only
refuses 2 'name the file' "$arioso" train song.mid -o trained --log -
for words in "quantize - -o eight" "eval - song.mid" "train song.mid --init - -o tuned" "continue song.mid --model -" \
  "encode song.au -o x.tok -m -" "bench --model -"; do
  refuses 1 '-: a model is a folder, which standard input cannot be' "$arioso" $words
done
refuses 2 'a model is a folder, which standard output cannot be' "$arioso" quantize piano-free -o -
refuses 2 '-: the files are read twice' "$arioso" quantize piano-free -o eight song.mid -

# Sound of any kind comes through a pipe, or is refused: never silence without a word.
for suffix in flac ogg; do
  runs "$arioso" render song.mid -o song.$suffix
  runs "$arioso" encode song.$suffix -o file.tok -m "$codec"
  cat song.$suffix | "$arioso" encode - -o pipe.tok -m "$codec" >out 2>err || fail "no $suffix through a pipe"
  same file.tok pipe.tok
done
status=0
head -c 5000 /dev/zero | "$arioso" encode - -o zero.tok -m "$codec" >out 2>err || status=$?
[ $status = 1 ] && grep -q 'standard input' err && [ ! -e zero.tok ] || fail "what is no sound is encoded"

# A recorder that died left sizes of 0; a cable was soldered the wrong way round; a sample is broken.
$python - <<'END'
import array, math, struct
def write(name, channels, values, kind="h", sizes=None):
    data, width = array.array(kind, values).tobytes(), 2 if kind == "h" else 4
    size = len(data) if sizes is None else sizes
    open(name, "wb").write(struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", size and size + 36, b"WAVE", b"fmt ", 16,
        1 if kind == "h" else 3, channels, 24000, 24000 * channels * width, channels * width, 8 * width, b"data", size) + data)
tone = [round(9000 * math.sin(0.05 * i)) for i in range(12000)]
write("tone.wav", 1, tone)
write("size0.wav", 1, tone, sizes=0)
write("anti.wav", 2, [x for v in tone for x in (v, -v)])
write("huge.wav", 1, [3e38 if i % 1000 == 0 else v / 32768 for i, v in enumerate(tone)], "f")
END
for name in tone size0 anti huge; do
  runs "$arioso" encode $name.wav -o $name.tok -m "$codec"
  [ $name = tone ] || grep -q "warning: $name.wav" err || fail "no word about $name.wav"
  runs "$arioso" decode $name.tok -o $name-back.wav -m "$codec"
done
same tone.tok size0.tok
same tone.tok anti.tok
for name in tone size0 anti huge; do
  cat $name.wav | "$arioso" encode - -o pipe.tok -m "$codec" >out 2>err || fail "no $name.wav through a pipe"
  [ $name = tone ] || grep -q "warning: standard input" err || fail "no word about $name.wav through a pipe"
  same $name.tok pipe.tok
done

# ---- Text ----

for name in "$(printf 'J\351rome.mid')" "$(printf 'a\033[31m\nb.mid')" "$(printf '\202\240.mid')" "$(printf '\302\2332J.mid')"; do
  cp song.mid "$name"
  for command in "info" "stats --per-file" "eval piano-free --per-file" "$ids"; do
    runs "$arioso" $command "$name"
    shown
    runs "$arioso" $command "$name" --json
    valid_json
  done
  runs "$arioso" tokens "$name" -o x.u16
  shown
  ! "$arioso" render "$name" -o none/x.wav >out 2>err || fail "there is no such folder"
  shown
done
runs "$arioso" info song.mid
shown
holds 'Ténor'
holds 'ピアノ'
runs "$arioso" train "$(printf 'J\351rome.mid')" -o "$(printf 'mod\350le')" --steps 2 --channels 8 --heads 1 --layers 1
shown
runs "$arioso" train song.mid -o small --steps 2 --channels 8 --heads 1 --layers 1 --json
valid_json
runs "$arioso" quantize small -o "$(printf 'petit\351')" --json
valid_json

# ---- Names ----

for name in "$(printf 'a%.0s' $(seq 251))" "$($python -c 'print("あ" * 83)')"; do
  cp song.mid "$name.mid"
  runs "$arioso" render "$name.mid" -o "$name.wav" # 255 and 253 bytes
  [ -s "$name.wav" ] || fail "no $name.wav"
  runs "$arioso" $ids "$name.mid"
  made=$(sed -n '2s/\.mid: .*/.mid/p' out)
  [ -s "$made" ] && [ ${#made} -le 255 ] || fail "no default name: $(cat out)"
done
rm -f a* あ*

# ---- Limits and kills ----

# A limit on the size of files is an error of the write. (dash has ulimit -f in blocks of 512 bytes)
rm -f x.wav
status=0
(ulimit -f 100 && exec timeout $limit "$arioso" render song.mid -o x.wav >out 2>err) || status=$?
[ $status = 1 ] || fail "status $status at the limit"
[ "$(wc -l <err)" = 1 ] && grep -q 'x.wav: cannot be written: File too large' err || fail "not one line at the limit"
[ ! -e x.wav ] && ! ls .arioso-* 2>/dev/null || fail "something is left at the limit"

# What a killed run left goes with the next one, while a run that lives keeps its own: here one that waits for more.
(cat size0.wav; exec sleep 20) 2>/dev/null | "$arioso" encode - -o killed.tok -m "$codec" >/dev/null 2>&1 &
feeder=$!
tries=0
until ls .arioso-*.tmp >temporary 2>/dev/null; do
  tries=$((tries + 1))
  [ $tries -lt 300 ] || fail "no temporary file"
  sleep 0.1
done
runs "$arioso" tokens song.mid -o x.u16
ls .arioso-*.tmp >/dev/null || fail "the file of a living run was removed"
victim=$(sed 's/^\.arioso-\([0-9a-f]*\)-.*/\1/' temporary)
kill -KILL $((0x$victim)) "$feeder" 2>/dev/null || :
wait "$feeder" 2>/dev/null || :
ls .arioso-*.tmp >/dev/null || fail "nothing is left of a killed run"
runs "$arioso" tokens song.mid -o x.u16
! ls .arioso-*.tmp 2>/dev/null || fail "what a dead run left is still there"
[ ! -e killed.tok ] || fail "half a file"
echo "all as it should be"
