#!/bin/sh
# SPDX-License-Identifier: MIT
# Memory that runs out at each allocation of the program in turn, and runs that are killed at any moment: an output is whole or
# not there, and nothing else is left. sweeps.sh ARIOSO FAILING_MALLOC RANDOM_MODEL. With ARIO_LONG all of them.
set -eu
. "$(dirname -- "$0")/lib.sh"
failing=$2
[ -z "${ARIO_SECONDS:-}" ] || { echo "SKIP: sanitizers have an allocator of their own" && exit 77; }
points=12 kills=4
[ -z "${ARIO_LONG:-}" ] || { points=100000 && kills=60; }
cp "$top/samples/bach-prelude-c.mid" song.mid
"$3" small 391 1 midi-performance
mkdir music
cp "$top"/samples/*.mid music
small='--channels 16 --heads 2 --layers 1 --max-context 64 --max-latents 32 --batch 1 --steps 2 --seed 3 --valid-tokens 64'
mkdir kept # what outputs are compared with
ls -A >before

# leaves NAMES: only these are there besides what was before
leaves() {
  ls -A | grep -v -x -F -f before | grep -v -x -e after -e before -e out -e err -e count >after || :
  for there in $(cat after); do
    case " $* " in *" $there "*) ;; *) fail "left behind: $there" ;; esac
  done
}

# sweep OUTPUT COMMAND...: OUTPUT is what the command writes, - for none
total=0
sweep() {
  output=$1
  shift
  rm -rf "$output"
  runs env ARIO_COUNT_TO=count LD_PRELOAD="$failing" "$arioso" "$@"
  count=$(cat count)
  [ "$count" -gt 5 ] || fail "only $count allocations were seen: $*"
  [ "$output" = - ] || mv "$output" kept/
  step=$(((count + points - 1) / points))
  at=1
  while [ "$at" -le "$count" ]; do
    status=0
    timeout "$limit" env ARIO_FAIL_AT=$at LD_PRELOAD="$failing" "$arioso" "$@" >out 2>err || status=$?
    [ $status = 0 ] || [ $status = 1 ] || fail "status $status where allocation $at of $count fails: $* $(cat err)"
    [ $status = 0 ] || grep -q '^arioso' err || fail "no line where allocation $at of $count fails: $*"
    if [ $status = 1 ] && grep -q -- --resume err; then # a checkpoint is said, and whole
      runs "$arioso" train music -o "$output" --resume --quiet
    elif [ $status = 1 ]; then
      [ ! -e "$output" ] || fail "half an output where allocation $at of $count fails: $*"
    elif [ -f "$output" ]; then
      cmp -s "$output" "kept/$output" || fail "another output where allocation $at of $count fails: $*"
    fi
    leaves "$output"
    rm -rf "$output"
    at=$((at + step)) total=$((total + 1))
  done
  rm -rf "kept/$output"
}
sweep - info song.mid
sweep - stats song.mid
sweep - eval ./small song.mid --first 100 --threads 1
sweep song.u16 tokens song.mid -o song.u16
sweep new.mid continue song.mid --model ./small --tokens 30 --seed 1 --threads 1 -o new.mid
sweep int8 quantize ./small -o int8
sweep model train music -o model $small --threads 1 --quiet
echo "$total failing allocations"

# killed WHAT COMMAND...: at some moment; then the next run has it
killed() {
  output=$1
  shift
  runs "$arioso" "$@"
  mv "$output" kept/
  n=0
  while [ $n -lt $kills ]; do
    "$arioso" "$@" >out 2>err &
    process=$!
    sleep "0.0$((n * 7 % 10))$((n * 3 % 10))"
    kill -KILL $process 2>/dev/null || :
    wait $process 2>/dev/null || :
    made=$output # a folder is a model once it has its config.json, which is written last
    [ ! -d "$output" ] || made=$output/config.json
    [ ! -e "$made" ] || diff -r "$output" "kept/$output" >/dev/null || fail "half an output after kill $n: $*"
    rm -rf "$output"
    n=$((n + 1))
  done
  runs "$arioso" "$@"
  diff -r "$output" "kept/$output" >/dev/null || fail "not as without kills: $*"
  rm -rf "kept/$output"
  leaves "$output"
  rm -rf "$output"
}
killed song.u16 tokens song.mid -o song.u16
killed new.mid continue song.mid --model ./small --tokens 200 --seed 1 -o new.mid
killed int8 quantize ./small -o int8
echo "all as it should be"
