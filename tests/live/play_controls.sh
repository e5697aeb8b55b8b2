#!/bin/sh
# SPDX-License-Identifier: MIT
# What the comparisons of the other live tests must notice: another volume, another rate, another format, a player that
# is stopped for 0.3 s: play_controls.sh PROGRAM SAMPLES
set -eu
. "$(dirname -- "$0")/rig.sh"
samples=$2
need pulseaudio pactl parec /usr/bin/python3

# play NAME SINK [RATE]: some seconds, with what `disturb` does after three
play() {
  pulse_begin "$work/$1" "$2"
  "$program" play "$samples/satie-gymnopedie.mid" --no-prompt --seconds 8 --seed 2 --rate ${3:-48000} -o "$work/$1/heard.mid" \
    --json >"$work/$1/report.json" </dev/null &
  player=$!
  sleep 3
  disturb
  wait $player
  pulse_end
  "$program" render "$work/$1/heard.mid" --rate 48000 --format float -o "$work/$1/heard.wav" >/dev/null
  /usr/bin/python3 "$here/same.py" "$work/$1/captured.raw" "$work/$1/heard.wav"
}

disturb() { :; }
plain="format=float32le rate=48000"
(play undisturbed "$plain")
# noticed NAME SINK [RATE]: the same must fail
noticed() {
  if (play "$@") >"$work/$1.txt" 2>&1; then
    echo "$1: was not noticed"
    exit 1
  fi
  grep -qE "frames differ|sounds for" "$work/$1.txt" || { cat "$work/$1.txt"; exit 1; }
  echo "$1: $(grep -E "frames differ|sounds for" "$work/$1.txt")"
}
noticed rate "$plain" 44100
noticed format "format=s16le rate=48000"
disturb() { pactl set-sink-volume rig 99%; }
noticed volume "$plain"
disturb() { kill -STOP $player; sleep 0.3; kill -CONT $player; }
noticed stall "$plain"
