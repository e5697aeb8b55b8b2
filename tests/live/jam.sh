#!/bin/sh
# SPDX-License-Identifier: MIT
# `arioso jam` with a player by JACK MIDI, 50 turns and 500 events, and by a FIFO, ten turns; killed, it has saved all but
# the last seconds: jam.sh PROGRAM JACK_EAR
set -eu
. "$(dirname -- "$0")/rig.sh"
ear=$2
need jackd jack_wait jack_connect pulseaudio pactl parec mkfifo /usr/bin/python3
need_ear "$ear"
ear_is= jam_is= player_is=
at_end() { kill $ear_is $jam_is $player_is 2>/dev/null || :; jack_end; }
jam_py="/usr/bin/python3 $here/jam.py"

# What the device calls late is printed, not judged: this server waits for its clients (-S), so that nothing is missing
# when another program was in the way, as the comparison shows.

echo "== JACK, ${ARIO_TURNS:=50} turns"
jack_begin "arioso$$"
$jam_py make events.txt "$ARIO_TURNS"
# The listener is the device, so that it must be there first; its schedule begins when its keys are connected.
"$ear" captured.raw 0 events.txt >ear.txt 2>/dev/null &
ear_is=$!
until grep -q ready ear.txt; do kill -0 $ear_is || fail "no JACK client"; sleep 0.02; done
timeout 300 "$program" jam --midi-in jack --trigger cc67 --turns "$ARIO_TURNS" --answer-seconds 2 --seed 1 \
  --device "JACK Audio Connection Kit: ear" -o jam.mid --json >report.json 2>said.txt </dev/null &
jam_is=$!
until timeout 5 jack_connect ear:keys arioso:midi_00 >/dev/null 2>&1; do kill -0 $jam_is || fail "it ended"; sleep 0.05; done
wait $jam_is || fail "it failed"
sleep 0.2
kill $ear_is && wait $ear_is || :
[ "$(number underruns)" = 0 ] || fail "underruns"
$jam_py check events.txt jam.mid captured.raw "$(sed -n 's/^began //p' ear.txt)" || fail "the session is not as it was played"
echo "by its own count: p50 $(number p50) ms, p95 $(number p95) ms, worst $(number worst) ms; interrupted $(number interrupted); the device was late: $(number device_late)"
jack_end

echo "== FIFO, 10 turns"
pulse_begin "$work/rig"
mkfifo keys
$jam_py make events.txt 10
timeout 120 "$program" jam --midi-in ./keys --trigger cc67 --turns 10 --answer-seconds 2 --seed 1 -o jam.mid --json >report.json 2>said.txt \
  </dev/null &
jam_is=$!
sleep 0.5
$jam_py play events.txt keys &
player_is=$!
wait $jam_is || fail "it failed"
$jam_py check events.txt jam.mid || fail "the session is not as it was played"

echo "== killed"
"$program" jam --midi-in ./keys --answer-after 60 --seed 1 -o killed.mid </dev/null >/dev/null 2>&1 &
jam_is=$!
sleep 0.5
$jam_py play events.txt keys &
player_is=$!
sleep 9
kill -KILL $jam_is
kill $player_is
"$program" info killed.mid >info.txt || fail "what was saved is no MIDI file"
grep -oE "[0-9]+ notes" info.txt | head -n 1
played=$(awk '$1 < 4 * 48000 && $2 == 144' events.txt | wc -l)
[ "$(grep -oE "[0-9]+ notes" info.txt | head -n 1 | grep -oE "[0-9]+")" -ge "$played" ] || fail "more than five seconds are lost"
pulse_end
