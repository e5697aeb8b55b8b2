#!/bin/sh
# SPDX-License-Identifier: MIT
# Which model goes on with a file where none is named, what it leaves out, and how that is said. $2 makes models of
# random weights.
set -eu
. "$(dirname -- "$0")/lib.sh"
limit=60
mkdir models only-piano
"$2" models/piano 391 1 midi-performance
"$2" models/band 712 2 midi-band
cp -R models/piano only-piano/piano
export ARIOSO_MODELS="$work/models"
no_sound_server

# song FILE BYTES: a file of one track, a quarter of 96 ticks; the bytes in octal
song() {
  end='\0\377\57\0'
  printf "$2$end" >events
  size=$(printf '%03o' "$(wc -c <events)")
  printf "MThd\0\0\0\6\0\0\0\1\0\140MTrk\0\0\0\\$size" >"$1"
  cat events >>"$1"
  rm events
}
# Notes of a quarter: pitch 60 on channel 1, 40 on channel 2, 64 on channel 3, a drum.
one='\0\220\74\120\140\200\74\0'
two='\0\221\50\120\140\201\50\0'
three='\0\222\100\120\140\202\100\0'
drum='\0\231\44\120\14\211\44\0'
song piano.mid "\0\300\0$one$one"
song pianos.mid "\0\300\0\0\301\1$one$one$two" # another piano is another instrument
song flute.mid "\0\300\111$one$one"
song drums.mid "$drum$drum$drum"
song beat.mid "\0\300\0$one$one$drum"
song band.mid "\0\300\0\0\301\41\0\302\60$one$one$one$one$two$two$three$drum$drum$drum"

# chooses MODEL FILE WORDS: with this model
chooses() {
  wanted=$1 file=$2
  shift 2
  runs "$arioso" continue "$file" -s 1 --seed 1 -o out.mid --json "$@"
  holds "/models/$wanted\""
}

chooses piano piano.mid
[ ! -s err ] || fail "something is said of a piano"
for file in pianos flute drums beat band; do
  chooses band $file.mid
  [ ! -s err ] || fail "something is said of $file.mid"
done
holds '"drum_beats":	0'
chooses piano band.mid --model piano
chooses band piano.mid --model band
chooses piano "$top/tests/midi/smpte25.mid" # which has no bars
runs "$arioso" continue -s 1 --seed 1 -o out.mid --json # a new piece
holds '/models/piano"'

# What does not go on.
chooses piano band.mid --model piano
said='3 drum beats, fingered bass and string ensemble 1 are not continued: this model plays piano'
grep -qxF "arioso: warning: band.mid: $said" err || fail "not said: $said"
holds '"drum_beats":	3'
holds '["fingered bass", "string ensemble 1"]'
chooses piano beat.mid --model piano
grep -qF 'beat.mid: 1 drum beat is not continued: this model plays piano' err || fail 'not said: 1 drum beat'
chooses piano band.mid --model piano --to 2 # of what comes before, nothing
[ ! -s err ] || fail "something is said of what was cut off"
chooses piano pianos.mid --model piano
[ ! -s err ] || fail "something is said of another piano"
chooses piano flute.mid --model piano # goes on as a flute
[ ! -s err ] || fail "something is said of a flute"
song duo.mid "\0\300\111\0\301\41$one$one$two"
chooses piano duo.mid --model piano
grep -qF 'duo.mid: fingered bass is not continued: this model plays one instrument' err || fail 'not said: the bass'
refuses 1 'no notes but drums' "$arioso" continue drums.mid --model piano

# Of six instruments the three with the most notes are named.
many='\0\300\0'
for program in 10 20 30 40 50 60; do many="$many\0\301\\$program$two"; done
song many.mid "$many$one$one"
chooses piano many.mid --model piano
said_many='acoustic grand piano, celesta, drawbar organ and 3 more instruments are not continued'
grep -qF "many.mid: $said_many" err || fail "not said: $said_many"

# The same when it is played.
runs "$arioso" play band.mid -s 1 --seed 1 --wav heard.wav -o heard.mid --json
holds '/models/band"'
holds '"drum_beats":	0'
runs "$arioso" play band.mid -s 1 --seed 1 --wav heard.wav -o heard.mid --json --model piano
grep -qF "band.mid: $said" err || fail "not said when it is played: $said"
holds '"drum_beats":	3'

# What is heard is what is saved, though instruments go on one after the other, each on a track that begins then.
orchestra=''
for channel in 0 1 2 3 4 5 6 7; do
  orchestra="$orchestra\0\30$channel\1${channel}0\0\22$channel\74\120\14\20$channel\74\0"
done
song orchestra.mid "$orchestra$drum"
for seed in 1 2 3; do
  runs "$arioso" play orchestra.mid -s 8 --seed $seed --wav heard.wav -o heard.mid
  runs "$arioso" render heard.mid --rate 48000 -o rendered.wav
  same heard.wav rendered.wav
done

# A jam is in free time, which a band's codec does not know.
refuses 1 'cannot read music while it is played; --model piano can' "$arioso" jam --model band --midi-out /dev/null

# Without the model for bands the other takes its place.
export ARIOSO_MODELS="$work/only-piano"
if [ ! -d "$top/models/band" ]; then
  runs "$arioso" continue band.mid -s 1 --seed 1 -o out.mid --json
  holds '/only-piano/piano"'
  grep -qF 'band.mid: is for the model band, which is not installed; piano continues it' err || fail 'no word about band'
  grep -qF "band.mid: $said" err || fail "not said: $said"
fi
refuses 1 'missing.mid' "$arioso" continue missing.mid
refuses 1 'missing.mid' "$arioso" play missing.mid
