#!/bin/sh
# SPDX-License-Identifier: MIT
# Models of raw tokens, bytes and others, as a user types it. $2 makes models of random weights.
set -eu
. "$(dirname -- "$0")/lib.sh"
limit=60
printf 'The quick brown fox jumps over the lazy dog, again and again, and then it goes on: ' >story.txt
cp story.txt original.txt
size=$(wc -c <story.txt)
"$2" bytes 256 1
"$2" other 391 2
printf '\1\0\2\0\206\1\0\0' >tokens.u16 # 1 2 390 0

# starts FILE PREFIX: FILE begins with all of PREFIX
starts() {
  head -c "$(wc -c <"$2")" "$1" | cmp -s - "$2" || fail "$1 does not begin with $2"
}

# is_long FILE BYTES
is_long() {
  [ "$(wc -c <"$1")" = "$2" ] || fail "$1 has $(wc -c <"$1") bytes, not $2"
}

# What the models are.
runs "$arioso" info bytes
holds 'raw, vocabulary 256: bytes'
runs "$arioso" info other
holds 'raw, vocabulary 391'
runs "$arioso" info other --json
holds '"codec":	"raw"'

# The input's bytes, and as many more as wanted, under a free name beside it.
runs "$arioso" continue story.txt --model ./bytes --tokens 200 --seed 1
holds "story.txt: $size bytes; the model sees the newest 64"
holds 'story-continued.txt: 200 bytes new, seed 1'
starts story-continued.txt story.txt
is_long story-continued.txt $((size + 200))
runs "$arioso" continue story.txt --model ./bytes --tokens 200 --seed 1
holds story-continued-2.txt
same story-continued.txt story-continued-2.txt
runs "$arioso" continue story.txt --model ./bytes --seed 1 -o default.txt
is_long default.txt $((size + 1000))
same story.txt original.txt
cp story.txt no-suffix
runs "$arioso" continue no-suffix --model ./bytes --tokens 5
starts no-suffix-continued story.txt

# Threads do not matter, the seed does; takes are single runs; only what is new.
for threads in 1 2; do
  runs "$arioso" continue story.txt --model ./bytes --tokens 99 --seed 5 --threads $threads -o threads-$threads.txt
done
same threads-1.txt threads-2.txt
runs "$arioso" continue story.txt --model ./bytes --tokens 99 --seed 6 -o other-seed.txt
differ threads-1.txt other-seed.txt
runs "$arioso" continue story.txt --model ./bytes --tokens 99 --seed 4 --takes 2 -o take.txt
same take-1.txt threads-1.txt
same take-2.txt other-seed.txt
runs "$arioso" continue story.txt --model ./bytes --tokens 99 --seed 5 --only-new -o new.txt
tail -c 99 threads-1.txt >tail.txt
same new.txt tail.txt
runs "$arioso" continue story.txt --model ./bytes --tokens 30 -t 0.5 --top-k 5 --top-p 0.9 --min-p 0.01 --latents 4 -o x.txt --json
holds '"file":	"x.txt"'
holds "\"tokens\":	$size"

# Bytes as tokens, and back; a token file is one for a model of bytes, too, and gives the same.
runs "$arioso" tokens story.txt --codec raw -o story.u16
is_long story.u16 $((2 * size))
runs "$arioso" tokens story.u16 --codec raw -o back.txt
same back.txt story.txt
runs "$arioso" tokens story.txt --codec raw --show
[ "$(head -n 1 out)" = 84 ] || fail "T is $(head -n 1 out), not 84"
[ "$(wc -l <out)" = "$size" ] || fail "a line for each byte"
runs "$arioso" continue story.u16 --model ./bytes --tokens 99 --seed 5
runs "$arioso" tokens story-continued.u16 --codec raw -o continued.txt
same continued.txt threads-1.txt

# Another vocabulary: token files.
runs "$arioso" continue tokens.u16 --model ./other --tokens 50 --seed 1
holds 'tokens.u16: 4 tokens'
starts tokens-continued.u16 tokens.u16
is_long tokens-continued.u16 108
sed -i ':all;N;$!ball;s/,[^,]*"codec".*/\n}/' other/config.json # without a codec the tokens are raw
! grep -q codec other/config.json || fail "there is still a codec in config.json"
runs "$arioso" continue tokens.u16 --model ./other --tokens 50 --seed 1 -o again.u16
same again.u16 tokens-continued.u16

# Every token but the first; bits of bytes alone, and they are nats / ln 2; blocks and one pass agree.
runs "$arioso" eval bytes story.txt
holds "over $((size - 1)) tokens of 1 file"
awk '{ exit !($1 > 5 && $1 < 8 && $3 - $1 / log(2) < 1e-4 && $1 / log(2) - $3 < 1e-4) }' out || fail "$(cat out)"
runs "$arioso" eval bytes story.txt --json --per-file
[ "$(grep -c '"bits"' out)" = 2 ] || fail "bits of the file and of all: $(cat out)"
runs "$arioso" eval bytes story.u16 story.txt --per-file
[ "$(awk 'NR < 3 { print $1, $2 }' out | sort -u | wc -l)" = 1 ] || fail "bytes or token file: $(cat out)"
runs "$arioso" eval other tokens.u16
holds 'over 3 tokens'
! grep -q bits out || fail "bits of tokens that are no bytes"
nll=$(cut -d ' ' -f 1 out)
runs "$arioso" eval other --tokens tokens.u16
holds "$nll nats/token"

# What means nothing without music, and no beginning.
for option in '--seconds 5' '--from 1' '--to 2' '--tracks 1' '--wav x.wav' '--png x.png' --until-end \
  '--max-silence 1' '--max-note 1'; do
  refuses 2 "${option% *} is for music" "$arioso" continue story.txt --model ./bytes $option
done
refuses 2 'name a file to continue' "$arioso" continue --model ./bytes
refuses 2 'name a file to continue' "$arioso" continue --model ./bytes -o x.txt --tokens 5
refuses 2 'is the input' "$arioso" continue story.txt --model ./bytes -o ./story.txt
refuses 2 'two' "$arioso" continue story.txt --model ./bytes --tokens two

# Files that are no tokens.
: >empty.txt
: >empty.u16
printf x >one.txt
printf '\1\0\2' >odd.u16
printf '\1\0\207\1' >large.u16 # 1 391
mkdir folder
refuses 1 'empty.txt: is empty' "$arioso" continue empty.txt --model ./bytes
refuses 1 'empty.u16: 0 bytes' "$arioso" continue empty.u16 --model ./bytes
refuses 1 'missing.txt' "$arioso" continue missing.txt --model ./bytes
refuses 1 'folder' "$arioso" continue folder --model ./bytes
refuses 1 'odd.u16: 3 bytes' "$arioso" continue odd.u16 --model ./other
refuses 1 'large.u16: byte 2: token 391, but the vocabulary has 391' "$arioso" continue large.u16 --model ./other
refuses 1 "story.txt: $size bytes; a token file" "$arioso" continue story.txt --model ./other
refuses 1 'tokens.u16: byte 4: token 390, but the vocabulary has 256' "$arioso" eval bytes tokens.u16
refuses 1 'empty.txt' "$arioso" eval bytes story.txt empty.txt
refuses 1 'one.txt: one token alone' "$arioso" eval bytes one.txt
refuses 1 'odd.u16' "$arioso" eval other odd.u16
refuses 1 'large.u16' "$arioso" eval other --tokens large.u16
refuses 1 'empty.txt' "$arioso" tokens empty.txt --codec raw -o x.u16
refuses 1 'tokens.u16: byte 4' "$arioso" tokens tokens.u16 --codec raw -o x.txt
refuses 2 'is named *.u16' "$arioso" tokens story.txt --codec raw -o x.txt
refuses 2 'is not named *.u16' "$arioso" tokens story.u16 --codec raw -o x.u16
refuses 2 'there is none named cooked' "$arioso" tokens story.txt --codec cooked
