#!/bin/sh
# SPDX-License-Identifier: MIT
# Sets up, builds, trains a small model on the bytes of small grey pictures, and lets it complete some unseen ones:
#   sh samples/picture.sh
# It trains for MINUTES=5 by default. Leaves samples/out/picture.png: the originals above, and below two completions of
# each, whose lower half, tinted, is the model's.
set -eu
top=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
arioso=$top/build/arioso
out=$top/samples/out/picture
minutes=${MINUTES:-5}
sh "$top/samples/build.sh"
rm -rf "$out"
mkdir -p "$out/known" "$out/new" "$out/tops" "$out/whole"
gcc -std=c11 -D_DEFAULT_SOURCE -O2 -o "$out/pictures" "$top/samples/code/pictures.c" $(pkg-config --cflags --libs libpng) -lm
"$out/pictures" make "$out/known" 4000 1
"$out/pictures" make "$out/new" 100 2

echo "training for $minutes minutes on 4000 pictures of 20 x 20 bytes"
"$arioso" train "$out/known" -o "$out/model" --codec raw --channels 128 --heads 4 --layers 4 \
  --max-context 400 --max-latents 200 --batch 8 --dropout 0 --hold-out 0.02 --valid-tokens 8192 --validations 5 \
  --minutes "$minutes" --log "$out/run.csv"

echo "100 other pictures, in bits per pixel:"
cat "$out"/known/* >"$out/known.bytes"
cat "$out"/new/* >"$out/new.bytes"
"$arioso" eval "$out/model" "$out/new" | sed 's/.* \([0-9.]*\)\([0-9][0-9]\) bits.*/  arioso    \1/'
sh "$top/samples/packed.sh" "$out/known.bytes" "$out/new.bytes"

# The upper half of each is given, 200 bytes; the model makes the other 200.
originals=$(cd "$out/new" && ls | head -n 10)
for picture in $originals; do
  head -c 200 "$out/new/$picture" >"$out/tops/$picture"
  "$arioso" continue "$out/tops/$picture" --model "$out/model" --tokens 200 --takes 2 --seed 1 -t 0.8 -o "$out/whole/$picture" >/dev/null
done
cd "$out"
./pictures show ../picture.png 10 $(for picture in $originals; do echo "new/$picture"; done) whole/*-1.grey whole/*-2.grey
echo "$top/samples/out/picture.png: the originals, and two completions of their lower halves by the model"
