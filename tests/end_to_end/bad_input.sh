#!/bin/sh
# SPDX-License-Identifier: MIT
# What is broken or wrong ends in one line, the right status, in time, and with nothing half-written.
set -eu
. "$(dirname -- "$0")/lib.sh"
cp "$top/samples/bach-prelude-c.mid" song.mid
: >empty.mid
head -c 20 song.mid >truncated.mid
head -c 5000 /dev/zero >zeros.mid
head -c 3000 "$arioso" >program.mid
printf 'MThd\0\0\0\6\0\2\0\2\1\340MTrk\0\0\0\4\0\377\57\0MTrk\0\0\0\4\0\377\57\0' >type2.mid
printf 'MThd\0\0\0\6\0\0\0\1\1\340MTrk\0\0\0\4\0\377\57\0' >no-notes.mid
printf 'MThd\0\0\0\6\0\0\0\1\1\340MTrk\0\0\0\15\0\231\74\100\203\140\211\74\0\0\377\57\0' >drums.mid
mkdir folder

refuses 2 'which command' "$arioso"
refuses 2 'no such command' "$arioso" sing
for command in continue play jam encode decode render info tokens eval; do
  refuses 2 'no such option' "$arioso" $command --loudly
done

for file in missing.mid empty.mid truncated.mid zeros.mid program.mid type2.mid no-notes.mid drums.mid folder; do
  refuses 1 "$file" "$arioso" continue $file -o x.mid --seconds 1
done
for file in missing.mid empty.mid truncated.mid zeros.mid program.mid type2.mid folder; do
  refuses 1 "$file" "$arioso" render $file -o x.wav
  refuses 1 "$file" "$arioso" tokens $file -o x.u16
  refuses 1 "$file" "$arioso" eval piano-free $file
done

# Outputs that cannot be.
refuses 1 'no/such' "$arioso" continue song.mid -o no/such/out.mid
refuses 1 'folder' "$arioso" continue song.mid -o folder
refuses 1 'no/such' "$arioso" continue song.mid -o x.mid --wav no/such/x.wav
refuses 1 'no/such' "$arioso" continue song.mid -o x.mid --png no/such/x.png
refuses 2 'is for sound' "$arioso" continue song.mid -o x.mid --audio-codec folder
refuses 2 'is the input' "$arioso" continue song.mid -o ./folder/../song.mid
refuses 1 'no/such' "$arioso" render song.mid -o no/such/x.wav
refuses 1 '.xyz' "$arioso" render song.mid -o x.xyz
refuses 1 'no/such' "$arioso" tokens song.mid -o no/such/x.u16

# Options out of range.
refuses 2 '--seconds' "$arioso" continue song.mid --seconds -1
refuses 2 '--seconds' "$arioso" continue song.mid --seconds nan
refuses 2 '--seconds or --tokens' "$arioso" continue song.mid --seconds 1 --tokens 5
refuses 2 '--tokens' "$arioso" continue song.mid --tokens 1.5
refuses 2 '--takes' "$arioso" continue song.mid --takes 0
refuses 2 '--seed' "$arioso" continue song.mid --seed -4
refuses 2 '--temperature' "$arioso" continue song.mid --temperature -1
refuses 2 'top-p' "$arioso" continue song.mid --top-p 0
refuses 2 'min-p' "$arioso" continue song.mid --min-p 1
refuses 2 'latents' "$arioso" continue song.mid --latents 100000 -o x.mid
refuses 2 '--threads' "$arioso" continue song.mid --threads 0
refuses 2 '--to' "$arioso" continue song.mid --to soon -o x.mid
refuses 2 '--from' "$arioso" continue song.mid --from bar:0 -o x.mid
refuses 2 'is not before' "$arioso" continue song.mid --from 10 --to 5 -o x.mid
refuses 2 '--tracks' "$arioso" continue song.mid --tracks 0 -o x.mid
refuses 2 '--tracks' "$arioso" continue song.mid --tracks 77 -o x.mid
refuses 2 'need a MIDI file' "$arioso" continue --to 5 -o x.mid
refuses 2 'two' "$arioso" continue song.mid song.mid --seconds two
refuses 2 'wants a value' "$arioso" continue song.mid -o
refuses 2 'the piece ends in bar' "$arioso" continue song.mid --from 500 -o x.mid
refuses 2 '--rate' "$arioso" render song.mid -o x.wav --rate 1
refuses 2 '--format' "$arioso" render song.mid -o x.wav --format mp3
refuses 1 'none.sf2' "$arioso" render song.mid -o x.wav --soundfont none.sf2
refuses 1 'song.mid' "$arioso" render song.mid -o x.wav --soundfont song.mid
refuses 2 'which files' "$arioso" eval piano-free
refuses 2 '--stride' "$arioso" eval piano-free song.mid --stride 2000
refuses 2 'context' "$arioso" eval piano-free song.mid --context 99999

# Models that are not.
cp -r "$top/models/piano-free" broken
refuses 1 'no model of this name' "$arioso" continue song.mid --model nobody -o x.mid
refuses 1 'config.json' "$arioso" continue song.mid --model folder -o x.mid
refuses 1 'no/such' "$arioso" continue song.mid --model no/such -o x.mid
head -c 100000 "$top/models/piano-free/model.safetensors" >broken/model.safetensors
refuses 1 'truncated' "$arioso" continue song.mid --model ./broken -o x.mid
printf '\377\377\377\377\377\377\377\177{}' >broken/model.safetensors
refuses 1 'model.safetensors' "$arioso" continue song.mid --model ./broken -o x.mid
cp "$top/models/piano-free/model.safetensors" broken
sed -i 's/midi-performance/telepathy/' broken/config.json
refuses 1 'telepathy' "$arioso" continue song.mid --model ./broken -o x.mid
refuses 1 'telepathy' "$arioso" eval ./broken song.mid
sed 's/"channels": 256/"channels": 65536/; s/telepathy/midi-performance/' broken/config.json >config.json
mv config.json broken/config.json
refuses 1 'shape' "$arioso" info ./broken
printf '\1\2\3' >odd.u16
refuses 1 'odd.u16' "$arioso" tokens odd.u16 -o x.mid
printf '\377\377' >large.u16
refuses 1 'large.u16' "$arioso" eval piano-free --tokens large.u16

# Large and strange, but music: these work.
limit=60
if command -v python3 >/dev/null; then
  python3 - <<'END'
def vlq(n):
    out = [n & 127]
    while n := n >> 7:
        out.append(n & 127 | 128)
    return bytes(reversed(out))
def write(name, events):
    track = b"".join(vlq(d) + e for d, e in events) + b"\0\xff\x2f\0"
    open(name, "wb").write(b"MThd\0\0\0\6\0\0\0\1\1\xe0MTrk" + len(track).to_bytes(4, "big") + track)
write("at-once.mid", [(0, bytes([0x90 | i % 9, i % 128, 1 + i % 127])) for i in range(100000)])
write("hours.mid", [(0, b"\x90\x3c\x40"), (25 * 3600 * 960, b"\x80\x3c\0")])
END
  runs "$arioso" continue at-once.mid --tokens 20 --seed 1 -o at-once-continued.mid
  runs "$arioso" render at-once.mid -o at-once.wav
  runs "$arioso" continue hours.mid --tokens 20 --seed 1 -o hours-continued.mid
  refuses 1 'hours.mid' "$arioso" render hours.mid -o hours.wav
  refuses 2 'none of music, file and bars' "$arioso" render hours.mid -o hours.wav --length song
  refuses 2 'is not before' "$arioso" render hours.mid -o hours.wav --from 2:00 --to 1:00
  runs "$arioso" render hours.mid -o hours.wav --from 24:59:58 --tail 0
else
  echo "SKIP: no python3 to make the large files with"
  exit 77
fi
