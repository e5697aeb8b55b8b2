#!/bin/sh
# SPDX-License-Identifier: MIT
# `play` and `jam` where there is no sound card: files, instruments, and what is refused.
set -eu
. "$(dirname -- "$0")/lib.sh"
cp "$top/samples/satie-gymnopedie.mid" song.mid
limit=$((limit + 60))
no_sound_server

refuses 1 '--wav FILE or --midi-out PORT' "$arioso" play song.mid --seconds 1
refuses 1 '--midi-out PORT' "$arioso" play song.mid
refuses 1 '--midi-out PORT' "$arioso" jam
refuses 1 'no device' "$arioso" play --list-devices
refuses 1 'no device' "$arioso" play song.mid --device loudest --seconds 1 --wav x.wav
refuses 2 'is the input' "$arioso" play song.mid -o song.mid
refuses 1 'no/such' "$arioso" play song.mid -o no/such/x.mid
refuses 1 'missing.mid' "$arioso" play missing.mid
refuses 2 'need a MIDI file' "$arioso" play --to 0:05
refuses 2 '--top-p' "$arioso" play song.mid --top-p 0
refuses 2 '2 were named' "$arioso" play song.mid song.mid
refuses 2 'is for sound' "$arioso" play song.mid --audio-codec x
refuses 1 './none' "$arioso" play song.mid --midi-out ./none
refuses 2 '--trigger' "$arioso" jam --trigger pedal --midi-out /dev/null
refuses 2 'no file' "$arioso" jam song.mid
refuses 1 './none' "$arioso" jam --midi-in ./none --midi-out /dev/null
refuses 1 'no MIDI' "$arioso" jam --midi-in telepathy --midi-out /dev/null

# Into a file, as fast as it goes: the sound of what is saved.
runs "$arioso" play song.mid --seconds 3 --seed 5 --wav heard.wav -o heard.mid
grep -q 'only heard.wav is written' err || fail "no word about the missing device"
runs "$arioso" render heard.mid --rate 48000 -o rendered.wav
same heard.wav rendered.wav
runs "$arioso" continue song.mid --seconds 3 --seed 5 -o continued.mid
same heard.mid continued.mid
runs "$arioso" play --seconds 3 --seed 5 --wav heard.wav -o nothing.mid --json
holds '"takes_kept"'

# To an instrument: every note that begins ends, and the last word is that all be let go.
mkfifo instrument
cat instrument >bytes &
listener=$!
exec 3>instrument
runs "$arioso" play song.mid --to 0:02 --seconds 2 --seed 5 --midi-out ./instrument -o played.mid
exec 3>&-
wait $listener
od -An -v -tu1 -w1 bytes | awk '
  { b = $1 + 0 }
  b >= 128 { status = b; n = 0; next }
  { data[n++] = b }
  n == 2 && status >= 144 && status < 160 && data[1] > 0 { on++; down[status % 16, data[0]] = 1 }
  n == 2 && ((status >= 128 && status < 144) || (status >= 144 && status < 160 && data[1] == 0)) {
    delete down[status % 16, data[0]] }
  n == 2 { last = status " " data[0]; n = 0 }
  END { for (key in down) stuck++
        if (on < 3 || stuck) { print on " notes, " stuck " stuck"; exit 1 }
        if (last != "191 123") { print "last " last; exit 1 } }' || fail "the instrument got something else"

# A signal ends it as q does, and what was heard is saved.
"$arioso" play song.mid --midi-out ./instrument --seed 5 -o ended.mid >out 2>err <>instrument &
player=$!
sleep 4
kill -TERM $player
wait $player || fail "a signal is a failure"
runs "$arioso" info ended.mid
echo "all as it should be"
