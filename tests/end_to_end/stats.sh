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

# Pairs by name, beside what really follows; what came before is the yardstick.
mkdir new real earlier
cp "$bach" new/a.mid
cp "$songs/beethoven-elise.mid" new/b.mid
cp new/a.mid real/a.midi
"$arioso" tokens new/b.mid -o real/b.u16
cp "$songs/satie-gymnopedie.mid" earlier/a.mid
runs "$arioso" stats new --against real --pairs --before earlier
holds 'the last 20 seconds of 2 pairs'
grep -q 'notes_per_s  *1.000  1.000 to 1.000' out || fail "copies differ: $(cat out)"
holds 'of what came before'
holds 'stuck notes: '
runs "$arioso" stats new --against real --pairs --before earlier --json
grep -q '"last_20_s"' out && grep -q '"yardstick"' out && grep -q '"against_means"' out || fail "members: $(cat out)"
# The mean over notes is between the pieces' own; that over pieces is halfway.
"$arioso" stats new --per-file >out
awk '$1 == "notes_per_s" && NF < 6 { sum += $2; n++ } $1 == "notes_per_s" && NF > 6 && !mean { mean = $3 }
     END { exit !(n == 2 && (mean - sum / 2) ^ 2 < 0.0001) }' out || fail "the mean over pieces: $(cat out)"
# A second of silence before the first note belongs to a pair's time, and to no other. (bos, shift 100, velocity, on 60 ...)
printf '\001\000\146\001\167\001\077\000\146\001\277\000' >lead.u16
runs "$arioso" tokens lead.u16 -o lead.mid
runs "$arioso" stats lead.mid --seconds 1
runs "$arioso" stats lead.mid --against lead.u16 --pairs --seconds 1.5
refuses 1 'no note starts' "$arioso" stats lead.mid --against lead.u16 --pairs --seconds 1
mv earlier/a.mid earlier/c.mid
refuses 1 'wants one file of this name' "$arioso" stats new --against earlier --pairs
refuses 2 '--pairs requires --against' "$arioso" stats new --pairs
refuses 2 '--before requires --against' "$arioso" stats new --before earlier

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
