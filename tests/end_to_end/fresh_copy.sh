#!/bin/sh
# SPDX-License-Identifier: MIT
# What a newcomer types, in a fresh copy of what git tracks, from another folder: sh samples/continue.sh.
set -eu
. "$(dirname -- "$0")/lib.sh"
command -v git >/dev/null && git -C "$top" rev-parse 2>/dev/null || {
  echo "SKIP: no git checkout to copy"
  exit 77
}
mkdir copy
(cd "$top" && git ls-files -z --cached --others --exclude-standard | xargs -0 tar cf - --ignore-failed-read) | tar xf - -C copy
# After setup.sh without --tests there is no cmocka.
mkdir hidden
printf 'Name: cmocka\nDescription: hidden\nVersion: 0\nRequires: hidden\n' >hidden/cmocka.pc
PKG_CONFIG_PATH=$work/hidden && export PKG_CONFIG_PATH
limit=300 # building on a slow processor
start=$(date +%s)
runs sh copy/samples/continue.sh
echo "from nothing to a continuation: $(($(date +%s) - start)) s"
for suffix in mid wav png; do
  [ -s copy/samples/out/bach-prelude-c-continued.$suffix ] || fail "no .$suffix"
  holds "bach-prelude-c-continued.$suffix"
done
rm copy/samples/out/bach-prelude-c-continued.wav # of the notes; that of the recording is named alike
runs sh copy/samples/continue.sh copy/samples/bach-prelude-c.wav
[ -s copy/samples/out/bach-prelude-c-continued.wav ] || fail "no continued recording"
holds "bach-prelude-c-continued.wav"
runs sh copy/samples/setup.sh
[ ! -s out ] || fail "setup.sh does something the second time: $(cat out)"

# Text and pictures; what little training makes of them does not matter here.
cat copy/*.md >text.txt
runs env MINUTES=0.02 sh copy/samples/book.sh text.txt 'And so it'
holds 'And so it'
holds 'gzip -9'
runs env MINUTES=0.02 sh copy/samples/picture.sh
[ "$(head -c 4 copy/samples/out/picture.png | tail -c 3)" = PNG ] || fail "no PNG"

# As everybody builds; and installed and moved, where the program finds its model.
runs cmake -S copy -B copy/build
holds "No tests: cmocka is not found"
runs cmake --build copy/build
runs cmake --install copy/build --prefix "$work/prefix"
mv copy moved
mv prefix elsewhere
runs env -u ARIOSO_MODELS elsewhere/bin/arioso continue --tokens 10 --seed 1 -o x.mid
