#!/bin/sh
# SPDX-License-Identifier: MIT
# Sets up, builds, and trains a small model on the copy task of the Perceiver AR paper: the model repeats a random
# sequence backwards, so the last of its tokens is found at the other end of the context:
#   sh samples/copy_task.sh [LENGTH]
# LENGTH is 64, 256, 1024 (the default; a minute on two cores), 8192, 32768 or 131072 (a quarter of an hour). Each
# length begins with the weights of the one before, as models/recipes/copy-131072.md explains. Its output is
# samples/out/copy_task/.
set -eu
top=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
arioso=$top/build/arioso
out=$top/samples/out/copy_task
wanted=${1:-1024}
case $wanted in
64 | 256 | 1024 | 8192 | 32768 | 131072) ;;
*)
  echo "copy_task.sh: $wanted: the length must be 64, 256, 1024, 8192, 32768 or 131072" >&2
  exit 2
  ;;
esac
sh "$top/samples/build.sh"
rm -rf "$out"
mkdir -p "$out"
cd "$out"
gcc -std=c11 -D_DEFAULT_SOURCE -O2 -o copy_task "$top/samples/code/copy_task.c" -I"$top/core/include" \
  -L"$top/build" -larioso -Wl,-rpath,"$top/build"

# rung LENGTH LATENTS BATCH STEPS PIECES NEW: trains on PIECES pieces, starting from the rung before, and prints how many
# tokens of NEW other pieces are right
before=
rung() {
  mkdir -p "$1/known" "$1/new"
  ./copy_task make "$1/known" "$5" "$1" 1
  ./copy_task make "$1/new" "$6" "$1" 2
  echo "length $1: $4 steps of $3 crops"
  start="--codec raw --channels 128 --heads 2 --layers 1 --rotary-fraction 0 --position-waves 16"
  [ -z "$before" ] || start="--init ./$before/model --muon-rate 0.02 --adamw-rate 0.002 --patience 0"
  "$arioso" train "$1/known" -o "$1/model" $start --max-context "$1" --max-latents "$2" --given $(($1 / 2)) \
    --batch "$3" --steps "$4" --precision bf16 --dropout 0 --hold-out 0.02 --valid-tokens 8192 --validations 10 \
    --log "$1/run.csv"
  ./copy_task score "$1/model" "$1"/new/*
  before=$1
  [ "$1" != "$wanted" ] || exit 0
}

rung 64 32 32 500 4000 50
rung 256 128 16 200 4000 20
rung 1024 512 8 200 2000 10
rung 8192 1024 4 200 400 4
rung 32768 1024 4 200 120 2
rung 131072 1024 4 240 60 1
