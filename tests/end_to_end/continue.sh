#!/bin/sh
# SPDX-License-Identifier: MIT
# arioso continue as a user types it.
set -eu
. "$(dirname -- "$0")/lib.sh"
limit=120
cp "$top/samples/bach-prelude-c.mid" song.mid
cp song.mid original.mid

# The name beside the input, never one that is there.
runs "$arioso" continue song.mid --seconds 2 --seed 5
holds song-continued.mid
holds "seed 5"
runs "$arioso" continue song.mid --seconds 2 --seed 5
holds song-continued-2.mid
same song-continued.mid song-continued-2.mid
same song.mid original.mid

# Threads do not matter, the seed does; -o replaces.
for threads in 1 2 3; do
  runs "$arioso" continue song.mid --tokens 200 --seed 5 --threads $threads -o threads-$threads.mid
done
same threads-1.mid threads-2.mid
same threads-1.mid threads-3.mid
runs "$arioso" continue song.mid --tokens 200 --seed 6 -o threads-2.mid
differ threads-1.mid threads-2.mid

# K takes are K single runs with the seeds that follow.
runs "$arioso" continue song.mid --tokens 150 --seed 10 --takes 3 -o take.mid
for take in 1 2 3; do
  runs "$arioso" continue song.mid --tokens 150 --seed $((10 + take)) -o single.mid
  same take-$take.mid single.mid
done
[ ! -e take.mid ] || fail "take.mid is there"

# A drawn seed is said, and gives the same music again.
runs "$arioso" continue song.mid --tokens 50 -o drawn.mid --json
seed=$(sed -n 's/.*"seed":[[:space:]]*\([0-9]*\).*/\1/p' out)
runs "$arioso" continue song.mid --tokens 50 --seed "$seed" -o again.mid
same drawn.mid again.mid

# Sound and picture; from the middle; by bars; a symbolic link; another folder.
runs "$arioso" continue song.mid --to bar:5 --seconds 3 --seed 1 -o cut.mid --wav cut.wav --png cut.png
[ "$(head -c 4 cut.wav)" = RIFF ] || fail "no WAV"
[ "$(head -c 4 cut.png | tail -c 3)" = PNG ] || fail "no PNG"
runs "$arioso" info cut.mid --json
holds '"Arioso"'
ln -s "$arioso" linked
mkdir elsewhere
(cd elsewhere && runs ../linked continue ../song.mid --tokens 20 --seed 1 --from 5 --to 0:12.5 --tracks 1,2 -o x.mid)

# Where the model looked: a list of past bars for each new one, from the cut on; two takes.
runs "$arioso" continue song.mid --to bar:5 --bars 2 --seed 1 --takes 2 -o seen.mid --looked looked.json
tr -d ' \t\n' <looked.json >looked.line
[ "$(grep -o '"bar":[0-9]*,"looked"' looked.line | tr '\n' ' ')" = \
  '"bar":5,"looked" "bar":6,"looked" "bar":5,"looked" "bar":6,"looked" ' ] || fail "$(cat looked.line)"
grep -o '"weight":[0-9.e-]*' looked.line | awk -F: '{ sum += $2 } END { exit !(sum > 3.8 && sum < 4.001) }' ||
  fail "weights of four bars do not sum to 4: $(cat looked.line)"
runs "$arioso" continue song.mid --bars 1 --seed 1 -o seen.mid --looked -
holds '"looked"'

# From nothing, alone, with an end.
runs "$arioso" continue --seconds 3 --seed 2
holds new-piece.mid
runs "$arioso" continue song.mid --only-new --seconds 3 --seed 2 -o alone.mid
runs "$arioso" info alone.mid --json
holds '"meter":	"4/4"'
runs "$arioso" continue song.mid --until-end --seconds 5 --seed 3 --max-silence 1 --max-note 2 --latents 64 -o end.mid
runs "$arioso" tokens end.mid --show

# A folder here that is named like the default model is another matter.
mkdir piano
runs "$arioso" continue --tokens 5 --seed 1 -o default.mid
rmdir piano

# Ctrl-C ends it with one line, and nothing half-written. (What continue keeps then is in machines.sh.)
interrupts() {
  ls -A | grep -vxE 'before|after|out|err' >before
  "$@" >out 2>err &
  pid=$!
  sleep 1
  kill -TERM $pid # a shell's background jobs ignore SIGINT
  status=0
  wait $pid || status=$?
  [ $status = 1 ] || fail "status $status, not 1: $*"
  grep -q interrupted err || fail "no word of it: $*"
  ls -A | grep -vxE 'before|after|out|err' >after
  same before after
}
printf 'MThd\0\0\0\6\0\0\0\1\0\1MTrk\0\0\0\15\0\220\74\100\325\40\200\74\0\0\377\57\0' >hour.mid
interrupts "$arioso" render hour.mid -o interrupted.wav

# One note is a prompt, too; and quiet in a pipe.
printf 'MThd\0\0\0\6\0\0\0\1\1\340MTrk\0\0\0\15\0\220\74\100\203\140\200\74\0\0\377\57\0' >note.mid
runs "$arioso" continue note.mid --tokens 30 --seed 1 -o from-note.mid --temperature 0.9 --top-k 50 --top-p 0.9 --min-p 0.01
[ ! -s err ] || fail "not quiet: $(cat err)"
# Temperatures of kinds of token: each of them draws otherwise, and the codec's own draws the same.
runs "$arioso" continue note.mid --tokens 60 --seed 1 -o kinds.mid
for kind in kind time velocity; do
  runs "$arioso" continue note.mid --tokens 60 --seed 1 -o "$kind.mid" "--$kind-temperature" 3
  differ kinds.mid "$kind.mid"
done
runs "$arioso" continue note.mid --tokens 60 --seed 1 -o same.mid -t 0.9 --kind-temperature 1 --time-temperature 1.05 --length-temperature 1
same kinds.mid same.mid
refuses 2 '--kind-temperature' "$arioso" continue note.mid --kind-temperature 0
runs "$arioso" continue --help
holds --temperature
holds More:
