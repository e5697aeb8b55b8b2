#!/bin/sh
# SPDX-License-Identifier: MIT
# `arioso play` where generation is hardly fast enough, and where it is too slow: play_slow.sh PROGRAM
# Models are made for this machine's speed: one needs fewer latents to keep up with its own music, the other cannot.
set -eu
. "$(dirname -- "$0")/rig.sh"
need pulseaudio pactl parec /usr/bin/python3
busy=
at_end() { kill $busy 2>/dev/null || :; }

model() { /usr/bin/python3 "$here/dense_model.py" "$1" 128 "$2" 2048 "$3"; }
speed() {
  "$program" continue long.mid --only-new -m ./probe --latents "$1" --threads 1 --seconds 2 -o x.mid --seed 1 --json >speed.json
  number tokens_per_s speed.json
}

model probe 16 20
"$program" continue -m ./probe --seconds 12 -o long.mid --seed 1 >/dev/null
most=$(speed 64)
least=$(speed 2048)
layers=$(awk "BEGIN { print int(16 * sqrt($most * $least) / 650 + 0.5) }")
echo "16 layers make $least tokens/s with 2,048 latents, $most with 64; the test uses $layers layers"
model hardly $layers 20
# Its music has some 350 tokens a second; with the fewest latents this one makes 200.
model slow "$(awk "BEGIN { print int(16 * $most / 200 + 0.5) }")" 20

(while :; do :; done) &
busy=$!
pulse_begin "$work/rig"
echo "== hardly fast enough: one core busy, one thread"
"$program" play long.mid --no-prompt -m ./hardly --threads 1 --seconds 60 --seed 1 --rate 48000 -o heard.mid --json >report.json \
  </dev/null 2>said.txt
pulse_end
[ "$(number underruns)" = 0 ] || fail "underruns"
[ "$(number pauses)" = 0 ] || fail "pauses"
full=2048
down=$(awk "BEGIN { print int(log($full / $(number latents_least)) / log(2) + 0.5) }")
[ "$down" -ge 1 ] || fail "the latents did not go down"
[ "$(number latents_changes)" -gt "$down" ] || fail "the latents did not come back"
grep -q "fewer latents" said.txt || fail "it did not say so"
"$program" render heard.mid --rate 48000 --format float -o heard.wav >/dev/null
/usr/bin/python3 "$here/same.py" rig/captured.raw heard.wav || fail "not what was saved"
echo "latents: $full, $(number latents_least) at the least, changed $(number latents_changes) times"

echo "== too slow"
pulse_begin "$work/rig2"
"$program" play long.mid --no-prompt -m ./slow --threads 1 --seconds 20 --seed 1 --rate 48000 -o heard.mid --json >report.json \
  </dev/null 2>said.txt
pulse_end
[ "$(number underruns)" = 0 ] || fail "underruns"
[ "$(number pauses)" -ge 1 ] || fail "it did not pause"
[ "$(number waits)" -le 1 ] || fail "it waited without ending the phrase"
"$program" render heard.mid --rate 48000 --format float -o heard.wav >/dev/null
/usr/bin/python3 "$here/same.py" rig2/captured.raw heard.wav || fail "not what was saved"
echo "pauses: $(number pauses)"
