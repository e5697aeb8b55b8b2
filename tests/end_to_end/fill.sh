#!/bin/sh
# SPDX-License-Identifier: MIT
# accompany and between as a user types them, with models of random weights: takes and their names, seeds and threads,
# windows, a bridge, what an interrupt leaves, and what cannot be, each in one line. fill.sh ARIOSO RANDOM_MODEL ODD_SONGS
set -eu
. "$(dirname -- "$0")/lib.sh"
random_model=$2 odd_songs=$3
limit=$((${ARIO_SECONDS:-5} * 6))
mkdir small large odd
"$random_model" small 712 1 midi-band
"$random_model" large 712 1 midi-band large
"$random_model" piano 391 1 midi-performance
"$odd_songs" odd >/dev/null
cp "$top/tests/midi/two_hands.mid" "$top/tests/midi/no_notes.mid" "$top/tests/midi/smpte24.mid" .
cp "$top/samples/bach-prelude-c.mid" bach.mid
cp "$top/samples/satie-gymnopedie.mid" satie.mid

# Takes have names, the same seed gives the same music with any number of threads, and the input stays.
cp bach.mid before.mid
runs "$arioso" accompany bach.mid --with bass,drums --from bar:2 --to bar:4 -m ./large --seed 5 --threads 1
holds 'bach-accompanied.mid'
runs "$arioso" accompany bach.mid --with bass,drums --from bar:2 --to bar:4 -m ./large --seed 5 --threads 3 -o threads.mid
same bach-accompanied.mid threads.mid
runs "$arioso" accompany bach.mid --with bass,drums --from bar:2 --to bar:4 -m ./large --seed 3 -k 2 -o take.mid --json
[ -s take-1.mid ] && [ -s take-2.mid ] || fail "not two takes"
differ take-1.mid take-2.mid
same bach-accompanied.mid take-2.mid # take 2 has the seed 3 + 2
for key in instruments notes seed tries notes_heard begin_seconds; do
  grep -q "\"$key\"" out || fail "no $key: $(cat out)"
done
same bach.mid before.mid
runs "$arioso" accompany bach.mid --with bass,drums --from bar:2 --to bar:4 -m ./large --seed 5 -o - --only-new
runs "$arioso" accompany - --with 34 --to bar:2 -m ./large --seed 5 -o pipe.mid --png pipe.png --wav pipe.wav <bach.mid
[ -s pipe.png ] && [ -s pipe.wav ] || fail "no picture or no sound"

# A context of 64 tokens: windows, bar by bar to the end. Who was asked for is there, on a track of its own.
runs "$arioso" accompany odd/13_16.mid --with violin -m ./small --seed 1 -o windows.mid
runs "$arioso" info windows.mid
holds 'violin'

# What is replaced leaves, and that is said.
runs "$arioso" accompany bach-accompanied.mid --with bass --instead --from bar:2 --to bar:4 -m ./large --seed 2 -o instead.mid
holds 'there leave: synth bass'

# Of several tries one is kept, and each has its figure.
runs "$arioso" between bach.mid --from bar:4 --to bar:6 -m ./large --tries 2 --seed 1 --json
holds 'bach-between.mid'
[ "$(grep -c nll_of_what_follows out)" = 2 ] || fail "not two figures: $(cat out)"
for key in nll_after_original nll_after_nothing notes_leaving; do
  grep -q "\"$key\":[[:space:]]*[0-9]" out || fail "no $key: $(cat out)"
done
runs "$arioso" between bach.mid --from bar:4 --to bar:6 -m ./large --tries 2 --seed 1 --threads 3 -o threads.mid
same bach-between.mid threads.mid
runs "$arioso" between bach.mid --from bar:4 --to bar:6 -m ./piano --tries 2 --seed 1 -o one.mid
runs "$arioso" between bach.mid satie.mid --bars 2 -m ./large --tries 1 --seed 1 -o bridge.mid
runs "$arioso" info bridge.mid
holds 'Satie'
holds 'Bach'
runs "$arioso" between bach.mid satie.mid --bars 1 -m ./piano --tries 1 --seed 1 -o bridge.mid

# What cannot be.
refuses 1 'no model of this name' env ARIOSO_MODELS= "$arioso" accompany bach.mid --with bass -m nobody -o x.mid
refuses 2 'cannot write parts for others' "$arioso" accompany bach.mid --with bass -m ./piano -o x.mid
refuses 2 'which instruments' "$arioso" accompany bach.mid -m ./large -o x.mid
refuses 2 '"" is not' "$arioso" accompany bach.mid --with= -m ./large -o x.mid
refuses 2 'names no instrument' "$arioso" accompany bach.mid --with bass, -m ./large -o x.mid
refuses 2 'did you mean violin?' "$arioso" accompany bach.mid --with viloin -m ./large -o x.mid
refuses 2 '200 is not an instrument' "$arioso" accompany bach.mid --with 200 -m ./large -o x.mid
refuses 2 'is there already' "$arioso" accompany bach.mid --with 1 -m ./large -o x.mid
refuses 1 'nothing is left' "$arioso" accompany bach.mid --with 1 --instead -m ./large -o x.mid
refuses 2 'bar:4 is not before --to bar:4' "$arioso" accompany bach.mid --with bass --from bar:4 --to bar:4 -m ./large -o x.mid
refuses 2 'the piece ends in bar 11' "$arioso" accompany bach.mid --with bass --from bar:90 -m ./large -o x.mid
refuses 1 'no note' "$arioso" accompany no_notes.mid --with bass -m ./large -o x.mid
refuses 1 'SMPTE' "$arioso" accompany smpte24.mid --with bass -m ./large -o x.mid
refuses 2 'where?' "$arioso" between bach.mid -m ./large -o x.mid
refuses 2 'bar:4 is not before --to bar:4' "$arioso" between bach.mid --from bar:4 --to bar:4 -m ./large -o x.mid
refuses 2 'bar:5 is not before --to bar:4' "$arioso" between bach.mid --from bar:5 --to bar:4 -m ./large -o x.mid
refuses 1 'nothing plays before' "$arioso" between bach.mid --from bar:1 --to bar:4 -m ./large -o x.mid
refuses 1 'nothing plays after' "$arioso" between bach.mid --from bar:4 --to bar:12 -m ./large -o x.mid
refuses 1 'nothing plays after' "$arioso" between bach.mid --from bar:4 --to bar:12 -m ./piano -o x.mid
refuses 2 'for a bridge' "$arioso" between bach.mid --from bar:4 --to bar:5 --bars 2 -m ./large -o x.mid
refuses 2 'from 1 to 256' "$arioso" between bach.mid satie.mid --bars 0 -m ./large -o x.mid
refuses 2 'there is no --from' "$arioso" between bach.mid satie.mid --from bar:2 -m ./large -o x.mid
refuses 1 'second file is counted in SMPTE' "$arioso" between bach.mid smpte24.mid -m ./large -o x.mid
refuses 1 'first file is counted in SMPTE' "$arioso" between smpte24.mid bach.mid -m ./large -o x.mid
refuses 1 'no note in the second file' "$arioso" between bach.mid no_notes.mid -m ./large -o x.mid

# An interrupt leaves complete takes alone.
"$arioso" accompany odd/bars.mid --with violin -m ./large --seed 1 -o never.mid >out 2>err &
pid=$!
sleep 1
kill -TERM $pid # a shell's background jobs ignore SIGINT
status=0
wait $pid || status=$?
[ "$status" = 1 ] || fail "an interrupt is status $status: $(cat err)"
[ ! -e never.mid ] || fail "an interrupted take was written"
grep -q interrupted err || fail "nothing about an interrupt: $(cat err)"
