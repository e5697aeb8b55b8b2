#!/bin/sh
# SPDX-License-Identifier: MIT
# A minute of `arioso play` through a PulseAudio null sink, with the prompt and without: play_pulse.sh PROGRAM SAMPLES
set -eu
. "$(dirname -- "$0")/rig.sh"
samples=$2
need pulseaudio pactl parec /usr/bin/python3

# case NAME ARGUMENTS...: plays, and compares what was heard with the render of what was saved
case_of() (
  name=$1
  shift
  pulse_begin "$work/$name"
  "$program" play "$@" --rate 48000 -o "$work/$name/heard.mid" --json >"$work/$name/report.json" </dev/null
  pulse_end
  "$program" render "$work/$name/heard.mid" --rate 48000 --format float -o "$work/$name/heard.wav" >/dev/null
  /usr/bin/python3 "$here/same.py" "$work/$name/captured.raw" "$work/$name/heard.wav"
  grep -q '"underruns":[[:space:]]*0,\{0,1\}$' "$work/$name/report.json" || {
    cat "$work/$name/report.json"
    echo "$name: underruns"
    exit 1
  }
)

case_of prompt "$samples"/bach-prelude-c.mid --seconds 40 --seed 1 >"$work/1" 2>&1 &
first=$!
case_of alone "$samples"/satie-gymnopedie.mid --no-prompt --seconds 60 --seed 2 >"$work/2" 2>&1 &
second=$!
failed=0
wait $first || failed=1
wait $second || failed=1
cat "$work/1" "$work/2"
# `timeout` signals a process and then its group: that is one wish, and what was heard is saved.
pulse_begin "$work/impatient"
timeout -s TERM 6 "$program" play "$samples"/bach-prelude-c.mid --seed 1 -o impatient.mid </dev/null >said.txt 2>&1 || :
pulse_end
[ -s impatient.mid ] || fail "two signals at once: nothing is saved"
exit $failed
