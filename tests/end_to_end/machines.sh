#!/bin/sh
# SPDX-License-Identifier: MIT
# What machines and habits do to the program: full disks, little memory, several runs at once, nohup, impatient signals.
set -eu
. "$(dirname -- "$0")/lib.sh"
cp "$top/samples/bach-prelude-c.mid" song.mid
mkdir music
cp "$top"/samples/*.mid music
small='--channels 32 --heads 2 --layers 1 --max-context 96 --max-latents 48 --batch 2 --seed 3'
free="$top/models/piano-free"

# Standard output on a full disk.
if [ -c /dev/full ]; then
  full() {
    status=0
    timeout "$limit" "$@" >/dev/full 2>err || status=$?
    [ $status = 1 ] && [ "$(grep -c 'standard output: cannot be written' err)" = 1 ] || fail "status $status: $*"
  }
  for words in --version --help 'info --help' 'info song.mid' 'info song.mid --json' 'stats song.mid' 'tokens song.mid --show' \
    "eval $free song.mid --first 50" "continue song.mid --model $free --tokens 5 -o full.mid"; do
    full "$arioso" $words
  done
  [ -s full.mid ] || fail "the music is lost"
  once=$limit limit=$((limit * 12))
  full "$arioso" train music -o full $small --steps 2
  [ -s full/model.safetensors ] || fail "the model is lost"
  full "$arioso" train music -o full.json $small --steps 2 --json
  shape='--channels 16 --heads 2 --layers 1 --max-latents 16 --max-context 64'
  full "$arioso" bench $shape --work generate --threads 1
  full "$arioso" bench $shape --work generate --threads 1 --json
  full "$arioso" quantize "$free" -o full.int8
  full "$arioso" play song.mid --model "$free" --seconds 1 -o full2.mid --wav full2.wav
  limit=$once codec="$top/tests/parity/audio/zero"
  full "$arioso" render song.mid -o full.wav --to 2
  full "$arioso" render song.mid -o - --to 2
  grep -q 'No space' err || fail "no reason is given"
  full "$arioso" encode full.wav -m "$codec" -o full.tok
  full "$arioso" encode full.wav -m "$codec" -o -
  full "$arioso" decode full.tok -m "$codec" -o back.wav
  full "$arioso" decode full.tok -m "$codec" -o -
  full "$arioso" tokens song.mid -o -
fi
"$arioso" --version >&- 2>err && fail "a closed standard output is not noticed"

# No library starts threads or takes memory that are not used. (Sanitizers reserve terabytes.)
! ldd "$arioso" | grep -q openblas || fail "OpenBLAS is in every process"
if [ -z "${ARIO_SECONDS:-}" ]; then
  for words in '--version' 'info song.mid' "info $free"; do
    (ulimit -v 150000 && runs "$arioso" $words)
  done
fi

# Six at a time give six pieces.
limit=$((limit * 20))
for i in 1 2 3 4 5 6; do
  timeout "$limit" "$arioso" continue song.mid --model "$free" --tokens 20 --seed $i >out.$i 2>&1 &
done
wait
[ "$(ls song-continued*.mid | wc -l)" = 6 ] || fail "not six files: $(ls) $(cat out.?)"
for i in 1 2 3 4 5 6; do
  file=$(sed -n 's/^\(song-continued[-0-9]*\.mid\): .*/\1/p' out.$i)
  runs "$arioso" continue song.mid --model "$free" --tokens 20 --seed $i -o alone.mid
  same "$file" alone.mid
done
rm song-continued*

# A folder is trained in by one run.
"$arioso" train music -o model $small --steps 100000 >long.out 2>long.err &
process=$!
until [ -e model/model.safetensors ]; do sleep 0.1; done
refuses 1 "in use by process $process" "$arioso" train music -o model $small --steps 5
refuses 1 "in use by process $process" "$arioso" train music -o model --resume
kill -TERM $process # `timeout` signals a process and then its group
kill -TERM $process
status=0
wait $process || status=$?
[ $status = 1 ] && grep -q -- --resume long.out || fail "status $status: $(cat long.out long.err)"
[ "$(ls -A model | tr '\n' ' ')" = 'config.json model.safetensors training.json training.state ' ] || fail "left: $(ls -A model)"

# One that was killed leaves a lock that holds nothing.
"$arioso" train music -o killed $small --steps 100000 >out 2>err &
process=$!
until [ -e killed/model.safetensors ]; do sleep 0.1; done
kill -KILL $process
wait $process 2>/dev/null || :
[ -e killed/training.lock ] || fail "no lock"
runs "$arioso" train music -o killed --resume --stop-after 1

# What was ignored when it began, as by nohup or in the background of a script, stays ignored.
(trap '' HUP INT && exec "$arioso" train music -o night $small --steps 300) >night.out 2>err &
process=$!
until [ -e night/model.safetensors ]; do sleep 0.1; done
kill -HUP $process
kill -INT $process
wait $process || fail "ended by a signal that was ignored: $(cat night.out)"
grep -q 'night: 300 steps' night.out || fail "not all steps: $(cat night.out)"

# The first signal keeps what there is, with its sound; nothing made is nothing kept.
"$arioso" continue song.mid --model "$free" --seconds 9000 --seed 1 -o kept.mid --wav kept.wav >kept.out 2>err &
process=$!
until [ -s kept.out ]; do sleep 0.1; done # the prompt is read
sleep "${ARIO_SECONDS:+1}2"
kill -TERM $process
kill -TERM $process
status=0
wait $process || status=$?
[ $status = 1 ] || fail "interrupted, the status is $status"
[ "$(grep -c 'interrupted; what was made until now is kept' err)" = 1 ] || fail "does not say that it keeps what there is"
grep -q '^kept.mid: .* new' kept.out && grep -q '^kept.wav$' kept.out || fail "does not say where: $(cat kept.out)"
# It is what a run of that length makes, up to the notes that were sounding in the end.
count() { "$arioso" tokens "$1" --show | wc -l; }
new=$(($(count kept.mid) - $(count song.mid)))
[ $new -gt 20 ] || fail "$new new tokens were kept"
runs "$arioso" continue song.mid --model "$free" --tokens $new --seed 1 -o asked.mid
for piece in kept asked; do "$arioso" tokens $piece.mid --show | head -n $(($(count song.mid) + new - 20)) >$piece.tokens; done
same kept.tokens asked.tokens
