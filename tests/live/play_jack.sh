#!/bin/sh
# SPDX-License-Identifier: MIT
# `arioso play` through a JACK server without hardware, in real time and then freewheeling: ten minutes of music, or with
# ARIO_LONG an hour: play_jack.sh PROGRAM SAMPLES JACK_EAR
set -eu
. "$(dirname -- "$0")/rig.sh"
samples=$2
ear=$3
need jackd jack_wait /usr/bin/python3
need_ear "$ear"
ear_is=
at_end() { kill $ear_is 2>/dev/null || :; jack_end; }
jack_begin "arioso$$"

# listen SPEED FILE
listen() {
  "$ear" "$2" "$1" >ear.txt &
  ear_is=$!
  until grep -q ready ear.txt; do kill -0 $ear_is || fail "no JACK client"; sleep 0.05; done
}

# What the device calls late is printed, not judged: this server waits for its clients (-S), so that nothing is missing
# when another program was in the way, as the comparison shows.

echo "== in real time"
listen 0 captured.raw
"$program" play "$samples/beethoven-elise.mid" --from 0:20 --seconds 20 --seed 3 --device "JACK Audio Connection Kit: ear" \
  -o heard.mid --json >report.json </dev/null
kill $ear_is && wait $ear_is || :
"$program" render heard.mid --rate 48000 --format float -o heard.wav >/dev/null
/usr/bin/python3 "$here/same.py" captured.raw heard.wav || fail "not what was saved"
[ "$(number underruns)" = 0 ] || fail "underruns"
echo "underruns: 0; the device was late: $(number device_late)"

seconds=600
[ -z "${ARIO_LONG:-}" ] || seconds=3600
# As fast as this machine lets it: of what the machine makes alone, the music takes some 40 tokens a second, dense passages
# twice that, and the synthesizer and the server run beside it.
"$program" bench --work generate --model piano --max-latents 256 --precision int8 --json >speed.json
speed=${ARIO_SPEED:-$(awk "BEGIN { s = $(number tokens_per_s speed.json) / 100; print (s > 12 ? 12 : s < 1 ? 1 : s) }")}
echo "== freewheeling, $seconds s of music, $speed times as fast"
listen "$speed" captured.raw
"$program" play "$samples/satie-gymnopedie.mid" --no-prompt --seconds $seconds --seed 4 --ahead 20 --latency 0.5 \
  --latents 256 --precision int8 --device "JACK Audio Connection Kit: ear" -o heard.mid --json >report.json </dev/null &
player=$!
sleep 10
early=$(awk '/^VmRSS/ { print $2 }' /proc/$player/status)
late=$early
while kill -0 $player 2>/dev/null; do
  now=$(awk '/^VmRSS/ { print $2 }' /proc/$player/status 2>/dev/null) && [ -z "$now" ] || late=${now:-$late}
  sleep 1
done
wait $player || fail "it failed"
kill $ear_is && wait $ear_is || :
echo "memory: $early KiB after 10 s, $late KiB at the end; refills: $(number refills); underruns: $(number underruns); the device was late: $(number device_late)"
[ "$(number underruns)" = 0 ] || fail "underruns"
[ "$(number pauses)" = 0 ] || fail "pauses"
[ "$(number refills)" -ge 20 ] || fail "few refills"
[ "$late" -lt $((early + 40000)) ] || fail "memory grows"
"$program" render heard.mid --rate 48000 --format float -o heard.wav >/dev/null
/usr/bin/python3 "$here/same.py" captured.raw heard.wav || fail "not what was saved"
