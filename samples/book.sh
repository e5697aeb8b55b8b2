#!/bin/sh
# SPDX-License-Identifier: MIT
# Sets up, builds, trains a small model on the bytes of a text, and lets it continue a sentence:
#   sh samples/book.sh [TEXT [SENTENCE]]
# It trains for MINUTES=5 by default. Without a text it takes the Jargon File, the hackers' dictionary, which is in the
# public domain, from Debian's package jargon-text. Its output is samples/out/book/.
set -eu
top=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
arioso=$top/build/arioso
out=$top/samples/out/book
text=${1:-$out/jargon.txt}
sentence=${2:-"   A hacker is someone who "}
minutes=${MINUTES:-5}
sh "$top/samples/build.sh"
mkdir -p "$out"

# Fetches the package and extracts the text; nothing is installed, so this needs no root.
fetch() {
  cd "$out"
  apt-get download jargon-text && dpkg-deb -x jargon-text_*.deb package &&
    gzip -dc package/usr/share/doc/jargon-text/jargon.txt.gz >part && mv part "$text"
}
if [ $# = 0 ] && [ ! -e "$text" ]; then
  (fetch) >"$out/fetch.log" 2>&1 || {
    tail -n 5 "$out/fetch.log" >&2
    echo "book.sh: apt-get cannot fetch jargon-text (has it been updated?); or name a text: sh samples/book.sh MY.txt" >&2
    exit 1
  }
fi
[ -f "$text" ] || {
  echo "book.sh: $text: no such file" >&2
  exit 1
}

# The last twentieth is held out.
size=$(wc -c <"$text")
known=$((size - size / 20))
head -c "$known" "$text" >"$out/known.txt"
tail -c "+$((known + 1))" "$text" >"$out/new.txt"

echo "$text: $size bytes; training for $minutes minutes on the first $known of them"
rm -rf "$out/model"
"$arioso" train "$out/known.txt" -o "$out/model" --codec raw --channels 128 --heads 4 --layers 4 \
  --max-context 512 --max-latents 256 --batch 8 --dropout 0 --hold-out 0.02 --valid-tokens 8192 --validations 5 \
  --minutes "$minutes" --log "$out/run.csv"

echo "The last $((size - known)) bytes, given what comes before, in bits per byte:"
"$arioso" eval "$out/model" "$out/new.txt" | sed 's/.* \([0-9.]*\)\([0-9][0-9]\) bits.*/  arioso    \1/'
sh "$top/samples/packed.sh" "$out/known.txt" "$out/new.txt"

printf '%s' "$sentence" >"$out/sentence.txt"
"$arioso" continue "$out/sentence.txt" --model "$out/model" --tokens 600 -t 0.8 -o "$out/continued.txt"
echo
cat "$out/continued.txt"
echo
