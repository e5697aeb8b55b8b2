#!/bin/sh
# SPDX-License-Identifier: MIT
# midi-band in the program, with models of random weights: lengths in bars, prompts longer than the context, statistics,
# and files that are odd, each continued or refused in one line within 5 s. band.sh ARIOSO RANDOM_MODEL ODD_SONGS
set -eu
. "$(dirname -- "$0")/lib.sh"
random_model=$2 odd_songs=$3
mkdir small large odd
"$random_model" small 712 1 midi-band
"$random_model" large 712 1 midi-band large
"$odd_songs" odd >odd.txt

# What is continued is a whole file.
while read -r name refused; do
  if [ -n "$refused" ]; then
    refuses 1 "$refused" "$arioso" continue "odd/$name.mid" --model ./large -s 1 -o "$name.mid"
  else
    runs "$arioso" continue "odd/$name.mid" --model ./large -s 1 --seed 1 -o "$name.mid"
    runs "$arioso" info "$name.mid"
    grep -q warning err && fail "$name.mid: $(cat err)"
    rm "$name.mid"
  fi
done <odd.txt
refuses 1 '--model piano' "$arioso" continue odd/frames.mid --model ./large -s 1 -o frames.mid

# Lengths: bars of the song, minutes.
runs "$arioso" continue odd/13_16.mid --model ./small --to bar:9 --bars 8 --only-new --seed 1 -o bars.mid
runs "$arioso" info bars.mid --json
grep -q '"meter":[[:space:]]*"13/16"' out || fail "another meter: $(cat out)"
runs "$arioso" continue odd/13_16.mid --model ./small --seconds 0:02 --seed 1 --json -o seconds.mid
refuses 2 'one of --bars' "$arioso" continue odd/13_16.mid --model ./small --bars 2 -s 2 -o x.mid
refuses 2 'to begin with' "$arioso" continue --model ./small --bars 2 -o x.mid
refuses 2 'is not a time' "$arioso" continue odd/13_16.mid --model ./small -s 1:x -o x.mid

# Of a prompt that is too long the end is heard.
runs "$arioso" continue odd/bars.mid --model ./small -s 1 --seed 1 -o long.mid
holds 'the model hears the newest'
holds '10000 notes'

# Statistics of a band: who plays and where, beside what every music has, and nothing new for notes in time.
runs "$arioso" stats odd/drum_tracks.mid --codec midi-band
holds 'on_grid'
grep -q 'drums  *100.00  *100.00 %' out || fail "not all are drums: $(cat out)"
runs "$arioso" stats odd/13_16.mid --codec midi-band --against odd/13_16.mid --json
for key in instruments drums on_grid notes_per_s INSTRUMENT DRUM GRID BAR; do
  grep -q "\"$key\"" out || fail "no $key: $(cat out)"
done
runs "$arioso" stats odd/13_16.mid --against odd/13_16.mid --json
grep -qE 'on_grid|GRID' out && fail "notes in time have places in bars: $(cat out)"
refuses 2 'none of music' "$arioso" stats odd/13_16.mid --codec raw
