#!/bin/sh
# SPDX-License-Identifier: MIT
# stats: figures, comparisons, faults, and what is shared with what was learned from.
set -eu
. "$(dirname -- "$0")/lib.sh"
songs=$top/samples
bach=$songs/bach-prelude-c.mid

runs "$arioso" stats "$bach"
holds 'notes_per_s'
holds 'faults in 0 of 1'
runs "$arioso" stats "$songs"/*.mid --per-file --against "$bach" --against "$songs/beethoven-elise.mid"
holds '3 files, '
holds 'beside 2 files'
holds 'on average'

# A piece beside itself, and its own training file under another name, by all its notes.
runs "$arioso" stats "$bach" --against "$bach" --json
grep -q '"overlap":[[:space:]]*\(1\|0.99999\)' out || fail "a piece is not like itself: $(cat out)"
runs "$arioso" tokens "$bach" -o bach.u16
runs "$arioso" stats bach.u16 --against "$bach" --json
grep -q '"overlap":[[:space:]]*\(1\|0.99\)' out || fail "a piece is not like its tokens: $(cat out)"
cp "$bach" copy.mid
notes=$("$arioso" stats "$bach" | awk 'NR == 1 { print $3 }')
runs "$arioso" stats "$bach" --training copy.mid
holds "of $notes at most"
runs "$arioso" stats "$bach" --training "$bach" # itself does not count
holds 'of 0 at most'
cp "$songs/satie-gymnopedie.mid" satie.mid
printf 'path,split\ncopy.mid,valid\nsatie.mid,train\n' >table.csv
runs "$arioso" stats "$bach" --training table.csv
grep -q "of $notes at most" out && fail "a row that is not for training counts"

# A part of it; one that ends early; notes that nobody can play.
runs "$arioso" stats "$bach" --from 5 --seconds 3 --json
grep -q '"seconds":[[:space:]]*3' out || fail "not 3 seconds: $(cat out)"
runs "$arioso" stats "$bach" --expect 600
holds '1 ending early'
runs "$arioso" stats "$top/tests/midi/crowded.mid"

refuses 2 'which files' "$arioso" stats
refuses 1 'missing' "$arioso" stats missing
refuses 1 'no note starts' "$arioso" stats "$bach" --from 5000
mkdir nothing
refuses 1 'there is no music' "$arioso" stats nothing
echo noise >noise.mid
refuses 1 'noise.mid' "$arioso" stats noise.mid
refuses 1 'noise.mid' "$arioso" stats "$bach" --against noise.mid
refuses 1 'noise.mid' "$arioso" stats "$bach" --training noise.mid
refuses 2 'from' "$arioso" stats "$bach" --from -3
