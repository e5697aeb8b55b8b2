#!/bin/sh
# SPDX-License-Identifier: MIT
# The sound device vanishes at random moments, for a minute or with ARIO_LONG ten: play_loss.sh PROGRAM SAMPLES
# Each time one line says so, the music is saved as far as it was heard, and the program ends with 1.
set -eu
. "$(dirname -- "$0")/rig.sh"
samples=$2
need pulseaudio pactl parec timeout
seconds=60
[ -z "${ARIO_LONG:-}" ] || seconds=600
until=$(($(date +%s) + seconds))
times=0
while [ "$(date +%s)" -lt $until ]; do
  times=$((times + 1))
  after=$(awk "BEGIN { srand($times * 7919 + $$); print 0.2 + 5 * rand() }")
  (
    pulse_begin "$work/rig$times"
    timeout -s KILL 60 "$program" play "$samples/bach-prelude-c.mid" --rate 48000 -o heard.mid --seed $times --wav heard.wav \
      </dev/null >out.txt 2>err.txt &
    player=$!
    sleep "$after"
    kill -KILL $pulse $recorder
    status=0
    wait $player || status=$?
    [ $status = 1 ] || { echo "status $status"; exit 1; }
  ) 2>>noise.txt >problem.txt || { echo "after $after s: $(cat problem.txt out.txt err.txt)"; exit 1; }
  [ "$(grep -c 'the sound device has gone' err.txt)" = 1 ] || { echo "after $after s:"; cat err.txt; exit 1; }
  # The first sound of the piece may not have come yet.
  if grep -q "nothing is saved" err.txt; then
    [ "$(wc -l <err.txt)" = 2 ]
  else
    [ "$(wc -l <err.txt)" = 1 ] || { cat err.txt; exit 1; }
    "$program" info heard.mid >/dev/null || { echo "after $after s: what was saved is no MIDI file"; exit 1; }
  fi
  [ -s heard.wav ] || { echo "after $after s: nothing was recorded"; exit 1; }
  rm -rf heard.mid heard.wav "rig$times"
done
echo "$times devices were lost"
