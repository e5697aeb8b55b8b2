#!/bin/sh
# SPDX-License-Identifier: MIT
# A codec that apps/ has never heard of (support/toggle_codec.c) goes through tokens, train, eval, info and continue. $1 is the
# program linked with it.
set -eu
. "$(dirname -- "$0")/lib.sh"
limit=$((limit * 12))
song=$top/samples/bach-prelude-c.mid
mkdir music
cp "$top"/samples/*.mid music

# Tokens both ways; what was decoded encodes to itself.
runs "$arioso" tokens "$song" --codec toggle -o a.u16
runs "$arioso" tokens a.u16 --codec toggle -o b.mid
runs "$arioso" tokens b.mid --codec toggle -o c.u16
same a.u16 c.u16
runs "$arioso" tokens "$song" --codec toggle --show
[ "$(sort -u out | tr '\n' ' ')" = "off on time " ] || fail "other tokens: $(sort -u out | tr '\n' ' ')"

# A model of it, which is judged and continues.
runs "$arioso" train music -o model --codec toggle --channels 32 --heads 2 --layers 1 --max-context 256 --max-latents 64 \
  --batch 4 --steps 30 --seed 1
runs "$arioso" info model
holds toggle
runs "$arioso" eval ./model "$song"
holds 'nats'
runs "$arioso" continue "$song" --model ./model --to 0:10 --seconds 6 --seed 2 -o one.mid --json
sed -n 's/.*"notes":[^0-9]*\([0-9]*\).*/\1/p' out >notes
[ "$(tail -n 1 notes)" -gt 0 ] || fail "no note in six seconds"
runs "$arioso" continue "$song" --model ./model --to 0:10 --seconds 6 --seed 1 --takes 2 -o take.mid
same one.mid take-1.mid # take k has the seed + k
differ take-1.mid take-2.mid
runs "$arioso" tokens one.mid --codec toggle -o one.u16
[ "$(wc -c <one.u16)" -gt 300 ] || fail "$(wc -c <one.u16) bytes of tokens: 16 seconds have 160 of time"
runs "$arioso" continue -o new.mid --model ./model --seconds 6 --seed 3
runs "$arioso" stats one.mid new.mid

# What only the first codec can do is refused in a line.
refuses 1 'cannot read music while it is played' "$arioso" jam --model ./model
