#!/bin/sh
# SPDX-License-Identifier: MIT
# The copy task of samples/copy_task.sh, tiny: what a small model finds again, and what it cannot without the position. $2 is the
# sample's program.
set -eu
. "$(dirname -- "$0")/lib.sh"
task=$2
limit=$((limit * 12))
mkdir known new
runs "$task" make known 2000 32 1
runs "$task" make new 20 32 2

# A piece is 0, a random sequence, its mirror, 0.
od -An -v -tu1 -w1 known/00001.bytes | awk '{ x[NR] = $1 } END {
  for (i = 1; i <= NR; i++) if (x[i] != x[NR + 1 - i] || (x[i] == 0) != (i == 1 || i == NR)) exit 1
  exit NR != 32 }' || fail "known/00001.bytes is no piece of this task"
differ known/00001.bytes known/00002.bytes
differ known/00001.bytes new/00001.bytes

# right MODEL FROM TO: so many percent of the mirrors' tokens are right, of which chance finds 1 in 64 (and the last, 1 in 16)
right() {
  runs "$task" score "$1" new/*
  holds '% of 320 tokens are right'
  percent=$(tail -n 1 out | cut -d ' ' -f 1)
  awk "BEGIN { exit !($percent >= $2 && $percent <= $3) }" || fail "$1: $percent % are right, not $2 to $3"
}
learn='--codec raw --channels 64 --heads 2 --layers 0 --rotary-fraction 0 --max-context 32 --max-latents 16 --given 16
  --batch 32 --dropout 0 --validations 0 --seed 1'
runs "$arioso" train known -o with $learn --position-waves 8 --steps 600
runs "$arioso" train known -o without $learn --position-waves 0 --steps 600
right with 80 100
right without 0 20

# Token 33 - N is the mirror of token N: that is where the model looks for it.
head -c 16 new/00001.bytes >half.bytes
runs "$arioso" continue half.bytes --model ./with --tokens 15 --seed 1 -t 0.1 -o whole.bytes --looked looked.json
tr -d ' \t\n' <looked.json | sed 's/{"token":/\n/g' | awk -F, '
  /"looked"/ { token = $1 + 0; new++; wanted = 1; next }
  wanted { right += $1 + 0 == 33 - token; wanted = 0 }
  END { print right " of " new " tokens looked at their mirrors"; exit !(new == 15 && right >= 13) }' >out || fail "$(cat out)"
refuses 1 'cannot be written' "$arioso" continue half.bytes --model ./with --tokens 2 -o x.bytes --looked none/looked.json

# What cannot be.
refuses 2 '--position-waves' "$arioso" train known -o x $learn --position-waves 31
refuses 1 'no training piece' "$arioso" train known -o x $learn --given 32 --steps 1
refuses 1 'missing' "$task" score missing new/00001.bytes
refuses 1 'missing: cannot be read' "$task" score with missing
refuses 2 'usage' "$task" make new 20 31 2
