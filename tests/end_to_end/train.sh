#!/bin/sh
# SPDX-License-Identifier: MIT
# arioso train, as a user types it: a folder of MIDI to a model that continues; stopped, killed and resumed; and what is
# broken or wrong.
set -eu
. "$(dirname -- "$0")/lib.sh"
limit=$((limit * 12))
mkdir music empty
cp "$top"/samples/*.mid "$top/tests/midi/performance.mid" "$top/tests/midi/two_hands.mid" music
cp "$top/tests/midi/crowded.mid" music/crowded.midi
small='--channels 32 --heads 2 --layers 1 --max-context 96 --max-latents 48 --batch 2 --seed 3 --dtype F32'

# A folder to a model; its folder then holds that and nothing else.
runs "$arioso" train music -o model $small --steps 30 --log run.csv --json
holds '"ended":	true'
holds '"steps":	30'
[ "$(ls -A model | tr '\n' ' ')" = 'config.json model.safetensors ' ] || fail "the folder holds $(ls -A model)"
[ "$(head -n 1 run.csv)" = step,minutes,tokens,epochs,nll,valid_nll,gradient_norm,rate,tokens_per_s ] || fail "run.csv"
[ "$(tail -n 1 run.csv | cut -d, -f1)" = 30 ] || fail "the log does not end with step 30"
[ "$(cut -d, -f6 run.csv | grep -c '[0-9]')" = 12 ] || fail "not judged 12 times"
head -c 4 run.png | grep -q PNG || fail "no picture of the run"
first=$(sed -n 3p run.csv | cut -d, -f5) last=$(tail -n 1 run.csv | cut -d, -f5)
awk "BEGIN { exit !($last < $first) }" || fail "NLL went from $first to $last"
runs "$arioso" continue music/bach-prelude-c.mid --model ./model --tokens 20 -o continued.mid
runs "$arioso" eval ./model music
runs "$arioso" info ./model

# What was trained too little is told so; a run of some minutes takes them, with all that it does.
runs "$arioso" train music -o short $small --steps 5
grep -q 'trained too little: 5 steps, and its .* worse than' err || fail "no word of a training that was too short"
runs "$arioso" train music -o timed $small --minutes 0.1 --json
seconds=$(sed -n 's/.*"seconds":[[:space:]]*\([0-9.]*\).*/\1/p' out)
awk "BEGIN { exit !($seconds > 5.4 && $seconds < 6.6) }" || fail "6 seconds took $seconds"
! grep -q 'a step takes' err || fail "a word of steps that are short"

# Where half a step is more than a tenth of the time, the first one tells how long the run will be, and it is so.
runs "$arioso" train music -o long $small --batch 600 --threads 1 --minutes 0.01 --json
grep -q 'warning: a step takes .* so that the run takes about .* not the 0.6 s of --minutes' err || fail "no word of long steps"
about=$(sed -n 's/.*the run takes about \([0-9.]*\) s, .*/\1/p' err)
seconds=$(sed -n 's/.*"seconds":[[:space:]]*\([0-9.]*\).*/\1/p' out)
awk "BEGIN { exit !($seconds > 0.5 * $about && $seconds < 2 * $about + 1) }" || fail "about $about seconds took $seconds"

# The same run: with one thread and two, from a cache, and from a file of settings.
runs "$arioso" train music -o one $small --steps 30 --threads 1
same model/model.safetensors one/model.safetensors
runs "$arioso" train music -o tokens --tokenize-only
runs "$arioso" train tokens -o cached $small --steps 30 --threads 2
same model/model.safetensors cached/model.safetensors
cat >settings.json <<'END'
{"model_type": "perceiver_ar", "channels": 32, "heads": 2, "layers": 1, "max_context": 96, "max_latents": 48,
 "codec": {"name": "midi-performance"}, "batch": 2, "seed": 3, "steps": 9, "dtype": "F32"}
END
runs "$arioso" train music -o configured --config settings.json --steps 30
same model/model.safetensors configured/model.safetensors
cp model/config.json shape.json
runs "$arioso" train music -o shaped --config shape.json --batch 2 --seed 3 --dtype F32 --steps 30
same model/model.safetensors shaped/model.safetensors

# Products in bf16, where the processor has it: another model, nearly the same, also for any number of threads; where it
# has not, a line says so.
runs "$arioso" train music -o halved $small --steps 30 --precision bf16 --log halved.csv
if grep -q 'no instructions for bf16' err; then
  same model/model.safetensors halved/model.safetensors
else
  grep -q 'in bf16' err || fail "does not say in what it computes"
  differ model/model.safetensors halved/model.safetensors
fi
runs "$arioso" train music -o halved-one $small --steps 30 --precision bf16 --threads 1
same halved/model.safetensors halved-one/model.safetensors
halved=$(tail -n 1 halved.csv | cut -d, -f5)
awk "BEGIN { exit !($halved < $last * 1.02 && $halved > $last * 0.98) }" || fail "NLL in bf16 is $halved, in fp32 $last"

# Stopped and resumed.
runs "$arioso" train music -o halves $small --steps 30 --stop-after 11 --log halves.csv
[ -e halves/training.state ] || fail "nothing to resume from"
differ model/model.safetensors halves/model.safetensors
refuses 1 'unfinished' "$arioso" train music -o halves $small --steps 30
refuses 1 'other data' "$arioso" train music/performance.mid -o halves --resume
refuses 1 'another model' "$arioso" train music -o halves --resume --batch 3
runs "$arioso" train music -o halves --resume --log halves.csv
same model/model.safetensors halves/model.safetensors
judged() { awk -F, 'NR > 1 && $6 { print $1, $3, $4, $6, $7, $8 }' "$1"; }
judged run.csv >run.part
judged halves.csv >halves.part
same run.part halves.part
refuses 1 'no run to resume' "$arioso" train music -o halves --resume
refuses 1 'has a model already' "$arioso" train music -o halves $small --steps 3

# Interrupted: it saves and says how to go on.
"$arioso" train music -o stopped $small --steps 100000 >out 2>err &
process=$!
until [ -e stopped/model.safetensors ]; do sleep 0.1; done
sleep 1
kill -TERM $process
status=0
wait $process || status=$?
[ $status = 1 ] || fail "interrupted, the status is $status"
holds '--resume'
[ -e stopped/training.state ] || fail "nothing to resume from"

# Killed at any moment, with a checkpoint after every step, it ends as if it had not been.
runs "$arioso" train music -o whole $small --steps 300
"$arioso" train music -o killed $small --steps 300 --checkpoint-minutes 0 >out 2>err &
process=$!
until [ -e killed/config.json ]; do sleep 0.1; done
for wait in 0.31 0.17 0.43; do
  sleep $wait
  kill -KILL $process 2>/dev/null || break
  wait $process 2>/dev/null || :
  "$arioso" info ./killed >out 2>err || fail "a killed run leaves a broken model"
  [ -e killed/training.state ] || break
  "$arioso" train music -o killed --resume >out 2>err &
  process=$!
done
wait $process || :
[ ! -e killed/training.state ] || runs "$arioso" train music -o killed --resume
same whole/model.safetensors killed/model.safetensors
rm -rf killed whole

# A cache that somebody cuts short while it is in use: one line, and the last checkpoint stays.
cp tokens cut.tokens
"$arioso" train cut.tokens -o shrunk $small --steps 100000 -q >out 2>err &
process=$!
until [ -e shrunk/model.safetensors ]; do sleep 0.1; done
: >cut.tokens
status=0
wait $process || status=$?
[ $status = 1 ] && [ "$(wc -l <err)" = 1 ] || fail "a cache that shrinks: status $status"
grep -q 'cut.tokens: was cut short' err || fail "nothing about the cache that shrank"
cp tokens cut.tokens
runs "$arioso" train cut.tokens -o shrunk --resume --stop-after 2

# A damaged state of a run is refused.
printf 'damage' | dd of=shrunk/training.state bs=1 seek=5000 conv=notrunc 2>dd.err || fail "$(cat dd.err)"
rm -f dd.err
refuses 1 'do not have the hash' "$arioso" train cut.tokens -o shrunk --resume
rm -rf shrunk

# From other weights.
runs "$arioso" train music -o onward --init ./model --steps 5 --batch 2 --dtype F32 --max-context 128
grep -q '"max_context": 128' onward/config.json || fail "the context was not changed"
differ model/model.safetensors onward/model.safetensors
# Unless told otherwise gently, and no longer than it helps: what is kept is what was judged best.
runs "$arioso" train music -o gentle --init ./model --log gentle.csv --validations 30 --keep 0 --json
grep -q '"ended":[[:space:]]*true' out || fail "no end: $(cat out)"
best=$(cut -d , -f 6 gentle.csv | grep -E '^[0-9.]+$' | sort -g | head -n 1)
awk -v best="$best" -F '[:,]' '/valid_nll/ { exit !($2 - best < 1e-4 && best - $2 < 1e-4) }' out ||
  fail "$best was the best, kept was another: $(cat out)"
# Half of where it began remains, also of a run that was stopped; with all of it nothing has happened.
onward='--init ./model --steps 6 --batch 2 --dtype F32'
runs "$arioso" train music -o kept $onward
holds '50 % of the initial weights kept'
runs "$arioso" train music -o kept_halves $onward --stop-after 3
runs "$arioso" train music -o kept_halves --resume
same kept/model.safetensors kept_halves/model.safetensors
runs "$arioso" train music -o forgot $onward --keep 0
differ kept/model.safetensors forgot/model.safetensors
runs "$arioso" train music -o unchanged $onward --keep 1
same model/model.safetensors unchanged/model.safetensors
refuses 2 'init' "$arioso" train music -o x $small --steps 3 --keep 0.5
echo '{"minutes": 0.02, "patience": 0, "muon_rate": 0.01}' >short.json
runs "$arioso" train music -o as_told --init ./model --config short.json
holds '0.0 minutes'

# Files that cannot be read are named, counted and skipped; what no table keeps apart is held out.
cp -r music mixed
echo 'no music' >mixed/broken.mid
: >mixed/nothing.mid
cp "$top/tests/midi/no_notes.mid" mixed
runs "$arioso" train mixed -o skipped $small --steps 2
grep -q 'broken.mid' err && grep -q '2 cannot be read and 1 are empty' err || fail "says nothing of skipped files"
same_as_clean=$(grep -c 'to train on' err)
[ "$same_as_clean" = 1 ] || fail "does not say what it learns from"
runs "$arioso" train music/performance.mid -o alone $small --steps 2
grep -q '1 piece to train on' err && grep -q '1 for validation' err || fail "one file has no tail held out"

# A table.
printf 'path,who,split\nmusic/performance.mid,"me, myself",train\nmusic/two_hands.mid,you,valid\n' >table.csv
printf 'music/bach-prelude-c.mid,you,train\nmusic/crowded.midi,me,test\n' >>table.csv
runs "$arioso" train table.csv -o tabled $small --steps 2
grep -q '2 pieces to train on' err && grep -q '; 1 for validation' err || fail "the table's splits"
runs "$arioso" train table.csv -o mine $small --steps 2 --where 'who=me, myself'
grep -q '1 piece to train on' err || fail "--where"
runs "$arioso" eval ./tabled table.csv --where who=you --where who=me --first 200
holds 'of 3 files'
refuses 1 'there are path, who, split' "$arioso" train table.csv -o x --where composer=me
refuses 1 'no column "part"' "$arioso" train table.csv -o x --split-column part
refuses 1 'no files' "$arioso" train table.csv -o x --where who=nobody
printf 'path,split\nmusic/performance.mid\n' >short.csv
refuses 1 'line 2' "$arioso" train short.csv -o x
printf 'path,split\n"music/performance.mid,train\n' >quote.csv
refuses 1 'quote' "$arioso" train quote.csv -o x

# What cannot be.
refuses 2 'which files' "$arioso" train -o x
refuses 2 'which folder' "$arioso" train music
refuses 1 'empty' "$arioso" train empty -o x
refuses 1 'missing' "$arioso" train missing -o x
refuses 1 'nothing to train on' "$arioso" train mixed/broken.mid mixed/nothing.mid -o x
: >file
refuses 1 'file' "$arioso" train music -o file/x
refuses 1 'file' "$arioso" train music -o file
refuses 1 'missing/run.csv' "$arioso" train music -o x $small --steps 2 --log missing/run.csv
refuses 1 'GB' "$arioso" train music -o x --channels 4096 --layers 100 --max-context 1000000 --max-latents 1000000
refuses 2 'not two of them' "$arioso" train music -o x --steps 3 --minutes 3
refuses 2 'not two of them' "$arioso" train music -o x --passes 3 --minutes 3
refuses 2 'fp32 nor bf16' "$arioso" train music -o x --precision int8
refuses 2 'optimizer' "$arioso" train music -o x --optimizer sgd
refuses 2 'codec' "$arioso" train music -o x --codec telepathy
refuses 2 'heads' "$arioso" train music -o x --heads 7
refuses 2 '--dropout' "$arioso" train music -o x --dropout 1
refuses 2 'latents' "$arioso" train music -o x --latents 5000
echo '{"loudness": 3}' >odd.json
refuses 1 '"loudness" is no setting' "$arioso" train music -o x --config odd.json
echo '{"batch": [{}]}' >odd.json
refuses 1 'wrong kind' "$arioso" train music -o x --config odd.json
echo '{"batch": "many"}' >odd.json
refuses 1 'many' "$arioso" train music -o x --config odd.json
head -c 100 tokens >cut
refuses 1 'cut' "$arioso" train cut -o x
sed 's/midi-performance/midi-perfoRmance/' tokens >other
refuses 1 'perfoRmance' "$arioso" train other -o x
{ head -c 12 tokens && printf '\11' && tail -c +14 tokens; } >older
refuses 1 '--tokenize-only' "$arioso" train older -o x

# A run that goes wrong ends with the step, and the last good checkpoint stays.
status=0
timeout "$limit" "$arioso" train music -o wild $small --steps 50 --adamw-rate 1e6 --muon-rate 1e6 >out 2>err || status=$?
[ $status = 1 ] || fail "not finite, but the status is $status"
grep -q 'step [0-9]*: .*not finite.*checkpoint' err || fail "does not say what went wrong"
runs "$arioso" info ./wild

# A full disk: one line, and what was saved stays.
if [ "$(id -u)" = 0 ] && mkdir disk && mount -t tmpfs -o size=2500k none disk 2>/dev/null; then
  trap 'umount "$work/disk"; rm -rf "$work"' EXIT
  runs "$arioso" train music -o disk/model $small --steps 30 --stop-after 3
  cp -r disk/model saved
  head -c 2500000 /dev/zero >disk/filler 2>/dev/null || :
  status=0
  timeout "$limit" "$arioso" train music -o disk/model --resume >out 2>err || status=$?
  [ $status = 1 ] || fail "the disk is full, but the status is $status"
  [ "$(wc -l <err)" -le 2 ] && grep -q 'disk/model' err || fail "the line about a full disk"
  same saved/training.state disk/model/training.state
  same saved/model.safetensors disk/model/model.safetensors
  rm disk/filler
  runs "$arioso" train music -o disk/model --resume
  same model/model.safetensors disk/model/model.safetensors
else
  echo "SKIP: no small disk can be mounted here to be filled"
  exit 77
fi
