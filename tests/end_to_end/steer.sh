#!/bin/sh
# SPDX-License-Identifier: MIT
# What new music is to keep to, as a user says it: options, what is said and reported, what is refused. That it holds in
# what is written is in property/test_steering.c. $2 makes models of random weights.
set -eu
. "$(dirname -- "$0")/lib.sh"
[ "$limit" -gt 60 ] || limit=60
"$2" piano 391 1 midi-performance
"$2" band 712 2 midi-band
"$2" raw 256 3

# Quarters of C, E, G and c over three bars of 4/4, each a quarter of 96 ticks.
note() { printf '\0\220%b\120\140%b\0' "\\$1" "\\$1"; }
{
  for bar in 1 2 3; do
    for pitch in 074 100 103 110; do note $pitch; done
  done
  printf '\0\377\57\0'
} >events
{
  printf 'MThd\0\0\0\6\0\0\0\1\0\140MTrk\0\0\0'
  printf "\\$(printf '%03o' "$(wc -c <events)")"
  cat events
} >grid.mid
rm events

# pitches FILE CODEC: those of the new notes
pitches() { "$arioso" tokens "$1" --codec "$2" --show | sed -nE 's/^(on|pitch) ([0-9]+).*/\2/p' | sort -nu | tr '\n' ' '; }

continues() { runs "$arioso" continue grid.mid -o out.mid --seed 7 --only-new "$@"; }

# ---- What is wished reaches the music, with both codecs ----

continues --model piano -s 20 --scale C,E --range C4-C5
[ "$(pitches out.mid midi-performance)" = "60 64 72 " ] || fail "pitches: $(pitches out.mid midi-performance)"
continues --model band --bars 20 --scale C,E --range C4-C5
[ "$(pitches out.mid midi-band)" = "60 64 72 " ] || fail "pitches: $(pitches out.mid midi-band)"
continues --model band --bars 20 --chords 'Am' --strict --instruments piano --range A3-E4
[ "$(pitches out.mid midi-band)" = "57 60 64 " ] || fail "pitches: $(pitches out.mid midi-band)"
printf '# two bars\nAm | Am %% |\n' >chords.txt
cp out.mid once.mid
continues --model band --bars 20 --chords chords.txt --strict --instruments piano --range A3-E4
same out.mid once.mid

continues --model piano --bars 3 --key 'A minor' --end
holds 'grid.mid: 12 notes'
continues --model band --bars 3 --chords 'Dm' --end --density 0.5 --polyphony 3 --max-note 1
continues --model piano -s 5 --density 2

# ---- What is decided is said ----

continues --model piano -s 2 --key prompt
holds "grid.mid: C major"
holds "grid.mid: continued on its grid of 1/16; --grid free leaves it"
continues --model piano -s 2 --grid free
! grep -q 'grid of' out || fail "it is on the grid all the same"
continues --model band --bars 2
! grep -q 'grid of' out || fail "a band's tokens know bars"
continues --model piano -s 5 --json --key 'C minor'
holds '"scale":	"C D Eb F G Ab Bb B"'
holds '"grid":	"1/16"'
holds '"from_bar":	true'
grep -q '"steering_nats_per_note":	[0-9]*\.[0-9]' out || fail "no cost: $(cat out)"
continues --model piano -s 5 --json --grid free --start now
holds '"steering_nats_per_note":	0,'

# ---- What is refused, in a line ----

no() {
  part=$1
  shift
  refuses 2 "$part" "$arioso" continue grid.mid -o no.mid "$@"
}
no 'Xx is not a key; write C minor, Es-Dur' --model piano --key Xx
no 'give --key or --scale, not both' --model piano --key C --scale C,D
no 'X is not a note' --model piano --scale C,X
no 'Fx is not a chord; write a root and m' --model band --chords 'Am Fx'
no 'nothing.txt' --model band --chords nothing.txt
no '--end needs --bars' --model band --end
no '--density: 3 is not a number from 0.5 to 2' --model band --density 3
no '--end and --range cannot both hold: the range has nothing of the last chord, C E G' --model band --bars 2 --end \
  --key C --range D4-D4
no '--strict is for --chords' --model band --strict
no 'C6-A2: the lower pitch comes first' --model band --range C6-A2
no 'kazoo is not an instrument' --model band --instruments piano,kazoo
no 'kazoo is not an instrument' --model band --range kazoo:C2-C4
no '1/5 is not a grid' --model band --grid 1/5
no 'soon is neither bar nor now' --model band --start soon
no '--range and --key cannot both hold: the range of' --model band --key 'C major' --range C#4-C#4
no '--chords and --scale cannot both hold: nothing of Eb F# Bb' --model band --scale C,D --chords Ebm
no '--chords and --key cannot both hold: Ab of E Ab B' --model band --key 'A natural minor' --chords 'Am E' --strict
no '--chords and --range cannot both hold' --model band --chords 'C F' --range D4-E4
no '--instruments: this model plays one instrument' --model piano --instruments drums
no '--range: it is off the 88 keys' --model piano --range C9-G9
no '--polyphony: 0 is not a whole number' --model piano --polyphony 0
refuses 2 '--grid: this model needs a MIDI file with bars' "$arioso" continue -o no.mid --model piano --grid 1/16
refuses 2 '--density: it is measured by the prompt' "$arioso" continue -o no.mid --model band --density 1
refuses 2 '--key prompt needs a MIDI file to begin with' "$arioso" continue -o no.mid --model band --key prompt
refuses 2 '--key' "$arioso" continue grid.mid -o no.mid --model raw --key C
refuses 2 'Xx is not a key' "$arioso" play grid.mid --model piano --key Xx
refuses 2 '--density: it is measured by the prompt' "$arioso" continue -o no.mid --model band --density 1
refuses 2 '--key prompt needs a MIDI file' "$arioso" jam --model piano --key prompt
