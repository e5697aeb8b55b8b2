#!/bin/sh
# SPDX-License-Identifier: MIT
# Small things that a person tries: parts behind the end, mistyped commands, what `info` tells, default names, devices,
# loudness, tracks by name, JSON.
set -eu
. "$(dirname -- "$0")/lib.sh"
need_python
limit=$((limit + 30))
export ARIOSO_MODELS="$top/models"
ids="--tokens 30 --seed 5 --model piano-free"
$python - <<'END' # eight bars of 3/4 at 90, with keys, words, an organ and drums; and one that is much too loud
def meta(kind, text): return b"\0\xff" + bytes([kind, len(text)]) + text
def chunk(body): return b"MTrk" + len(body + b"\0\xff\x2f\0").to_bytes(4, "big") + body + b"\0\xff\x2f\0"
def song(*tracks): return b"MThd\0\0\0\6\0\1" + len(tracks).to_bytes(2, "big") + b"\1\xe0" + b"".join(map(chunk, tracks))
def notes(channel, pitch, count): return b"".join(bytes([0, 0x90 | channel, pitch, 90, 0x83, 0x60, 0x80 | channel, pitch, 64]) for i in range(count))
tempo = meta(0x51, (666667).to_bytes(3, "big")) + meta(0x58, b"\3\2\x18\x08") + meta(0x59, b"\xfd\0")
words = meta(5, b"Ca-") + meta(5, b"ro\r") + meta(5, "mio b\xe9n".encode("latin-1")) + notes(0, 60, 24)
open("song.mid", "wb").write(song(tempo, meta(3, b"Vocal") + b"\0\xc0\x13" + words, meta(3, b"Beat") + notes(9, 36, 24)))
loud = b"".join(bytes([0, 0x90 | c, p, 127]) for c in range(9) for p in range(30, 90, 4))
open("loud.mid", "wb").write(song(loud + b"\x87\x40\x80\0\0"))
END
# json EXPRESSION: true of the last output, which is d
json() { $python -c "import json; d = json.load(open('out')); assert $1, d" || fail "not so: $1"; }

refuses 2 'did you mean continue?' "$arioso" contine song.mid
refuses 2 'did you mean info?' "$arioso" inof song.mid
refuses 2 'no such command' "$arioso" xyzzy
for command in continue render; do
  refuses 2 '--to bar:1: that is the beginning' "$arioso" $command song.mid --to bar:1 -o x.wav
  refuses 2 'the piece ends in bar 8' "$arioso" $command song.mid --from bar:1700 -o x.wav
done
runs "$arioso" continue song.mid --to bar:1700 $ids -o x.mid
grep -q 'the piece ends in bar 8' err || fail "no word of the piece's end"
runs "$arioso" continue song.mid --to bar:9 $ids -o x.mid
! grep -q 'ends in bar' err || fail "a word of the end where there is none"

# What is in files.
runs "$arioso" info song.mid
holds 'bars      8'
holds 'E flat major'
holds 'church organ  Vocal'
holds 'drums  Beat'
holds 'Ca-ro'
holds 'mio bén'
runs "$arioso" info song.mid --json
json "d['bars'] == 8 and d['keys'][0]['key'] == 'E flat major' and d['lyrics'] == ['Ca-ro', 'mio bén']"
json "d['tracks'][1]['instruments'] == ['church organ'] and d['tracks'][2]['instruments'] == ['drums']"
refuses 1 'missing.kar: cannot be opened' "$arioso" info missing.kar
refuses 1 'no model of this name' "$arioso" info missing

# Tracks by name.
runs "$arioso" continue song.mid --tracks 2 $ids -o number.mid
runs "$arioso" continue song.mid --tracks vocal $ids -o name.mid
same number.mid name.mid
refuses 2 'no track Horn' "$arioso" continue song.mid --tracks 'Vocal,Horn' $ids -o x.mid
for none in 4 0 65536 2, ,2 '2;1'; do refuses 2 '--tracks' "$arioso" continue song.mid --tracks "$none" $ids -o x.mid; done

# Sound: names, devices, loudness.
runs "$arioso" render song.mid --rate 8000
holds 'song.wav: '
runs "$arioso" render song.mid --rate 8000
same song.wav song-2.wav
runs "$arioso" info song.wav --json
json "d['rate'] == 8000 and d['channels'] == 2 and d['format'] == 's16' and 16 < d['seconds'] < 20"
runs "$arioso" render song.mid --rate 8000 -o /dev/null --json
json "d['wav'] == '/dev/null' and d['limited_db'] == 0 and d['peak_dbfs'] < 0 and 'safe_gain' not in d"
runs "$arioso" continue song.mid $ids -o /dev/null
refuses 1 'No space' "$arioso" continue song.mid $ids -o /dev/full
runs "$arioso" render loud.mid --json
json "d['limited_db'] > 1 and -0.2 < d['peak_dbfs'] < 0"
gain=$($python -c "import json; print(json.load(open('out'))['safe_gain'])")
runs "$arioso" render loud.mid --gain $gain --json -o x.wav
json "d['limited_db'] == 0"
runs "$arioso" continue loud.mid $ids -o loud2.mid --wav loud2.wav
grep -q 'turned down' err || fail "no word of the limiter"
runs "$arioso" continue loud.mid $ids -o loud2.mid --wav loud2.wav --gain $gain
! grep -q 'turned down' err || fail "the gain is not heeded"
runs "$arioso" continue loud.mid $ids -o loud2.mid --wav loud2.wav --normalize
refuses 2 'sound of --wav' "$arioso" continue song.mid $ids -o x2.mid --gain 2
status=0
ARIOSO_SOUNDFONT=/none "$arioso" continue song.mid $ids -o left.mid --wav left.wav >out 2>err || status=$?
[ $status = 1 ] && grep -q 'the music is in left.mid' err && [ -s left.mid ] || fail "what was written is not named"

# JSON of tokens; statuses in the help; ports.
runs "$arioso" tokens song.mid -o song.u16
runs "$arioso" tokens song.mid --json
json "d['codec'] == 'midi-performance' and len(d['tokens']) * 2 == $(wc -c <song.u16) and max(d['tokens']) < d['vocab_size']"
for command in '' continue info; do
  runs "$arioso" $command --help
  holds 'Exit status: 0 done'
done
runs "$arioso" jam --midi-in list
echo "all as it should be"
