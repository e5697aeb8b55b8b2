#!/bin/sh
# SPDX-License-Identifier: MIT
# The PyTorch recipe against arioso: recipe.sh ARIOSO TOP. The same loss, gradients, steps; on two processes as on one; killed and
# resumed; weights to and fro; and what it says of bad input.
set -eu
arioso=$1 top=$2
. "$(dirname -- "$0")/torch.sh"
alone
export ARIOSO_MODELS="$top/models"
library=$(dirname -- "$arioso")/libarioso.so
recipe() { timeout 300 "$python" "$top/models/recipes/perceiver_ar.py" "$@" >out 2>err; }
processes() {
  count=$1
  shift
  timeout 300 $torchrun --nproc_per_node "$count" \
    "$top/models/recipes/perceiver_ar.py" "$@" >out 2>err
}
distance() { "$python" "$top/tests/parity/distance.py" "$@"; }
refuses() { # WORDS ARGUMENTS...: one line with these words, status 1
  words=$1
  shift
  status=0
  recipe "$@" || status=$?
  [ "$status" = 1 ] && [ "$(wc -l <err)" = 1 ] && grep -q -- "$words" err || fail "status $status, and nothing about \"$words\": $*"
}

# Loss and gradients.
"$arioso" tokens "$top/samples/bach-prelude-c.mid" -o song.u16
expected=$("$arioso" eval piano-free --precision fp32 --tokens song.u16 --json | sed -n 's/.*"nll":[[:space:]]*\([0-9.]*\).*/\1/p')
distance nll "$top/models/piano-free" song.u16 "$expected"
distance gradients "$top"/tests/parity/vectors/*

# 20 steps from the same weights: both optimizers, with variations and without, short crops first, positions as waves, a question.
"$arioso" train "$top/tests/midi" "$top/samples" --tokenize-only -o music.cache --hold-out 0.2 2>err
shape='--channels 32 --heads 2 --layers 2 --max-context 96 --max-latents 48'
recipe music.cache --out start $shape --steps 20 --stop-after 1 --dtype F32 --muon-rate 0 --adamw-rate 0 || fail "no start"
recipe music.cache --out waves $shape --position-waves 5 --steps 20 --stop-after 1 --dtype F32 || fail "no start with waves"
steps='--steps 20 --batch 4 --dropout 0 --dtype F32 --muon-rate 0.02 --adamw-rate 0.002 --patience 0 --keep 0'
both() { # BOUND CACHE START OPTIONS...
  bound=$1 cache=$2 from=$3
  shift 3
  rm -rf in_c in_python
  "$arioso" train "$cache" -o in_c --init "./$from" $steps -q "$@"
  recipe "$cache" --out in_python --init "$from" $steps --library "$library" "$@" || fail "$*"
  printf '%s: ' "$*"
  distance weights in_c in_python "$bound"
}
both 1e-3 music.cache start --optimizer adamw
both 1e-2 music.cache start --optimizer muon --keep 0.3
both 1e-2 music.cache start --transpose 0 --tempo 0 --start-context 48
both 1e-2 music.cache waves --given 10 --weight-decay 0.1

# Many instruments: their variations are the library's, and what is given is not predicted.
"$arioso" train "$top/tests/midi" "$top/samples" --codec midi-band --tokenize-only -o band.cache --hold-out 0.2 2>err
recipe band.cache --out band $shape --steps 20 --stop-after 1 --dtype F32 --library "$library" || fail "no start with a band"
both 1e-2 band.cache band
refuses "variations of midi-band are made by libarioso" band.cache --out x $shape --steps 1 --library nowhere/libarioso.so

# Two processes as one, with as many crops in all; killed at the third step, and gone on with one.
go="music.cache --init start --steps 10 --batch 4 --dropout 0 --dtype F32"
recipe $go --out one || fail "one process"
processes 2 $go --out two --micro-batch 1 || fail "two processes"
printf 'two processes: '
distance weights one two 1e-3
rm -f err # of the run before, which had these steps, too
timeout 300 $torchrun --nproc_per_node 2 \
  "$top/models/recipes/perceiver_ar.py" $go --out "$work/killed" --checkpoint-minutes 0 >out 2>err &
until grep -q 'step 3,' err 2>/dev/null; do
  kill -0 $! 2>/dev/null || fail "ended before it could be killed"
  sleep 0.02
done
pkill -KILL -f -- "--out $work/killed" || :
wait $! 2>/dev/null || :
[ -e killed/training.pt ] || fail "it ended before it was killed"
recipe music.cache --out killed --resume || fail "cannot be resumed"
[ ! -e killed/training.pt ] || fail "not at its end: $(cat out)"
printf 'killed and resumed: '
distance weights one killed 1e-3

# A process that dies takes the others with it, soon.
rm -f err
timeout 300 $torchrun --nproc_per_node 2 \
  "$top/models/recipes/perceiver_ar.py" music.cache --out "$work/orphan" $shape --minutes 5 >out 2>err &
runner=$!
until grep -q 'step 10,' err 2>/dev/null; do sleep 0.05; done
began=$(date +%s)
kill -KILL "$(pgrep -f -- "--out $work/orphan" | tail -n 1)"
status=0
wait $runner || status=$?
[ $status != 0 ] && [ $(($(date +%s) - began)) -lt 60 ] || fail "one of two dies, status $status after $(($(date +%s) - began)) s"

# SIGTERM saves and is no failure.
rm -f err
timeout 300 "$python" "$top/models/recipes/perceiver_ar.py" music.cache --out "$work/ended" $shape --minutes 5 >out 2>err &
until grep -q 'step 10,' err 2>/dev/null; do sleep 0.05; done
kill -TERM $!
pkill -TERM -f -- "--out $work/ended" || :
wait $! || fail "SIGTERM is a failure"
grep -q 'go on with --resume' out && [ -e ended/training.pt ] || fail "SIGTERM does not save: $(cat out)"

# To and fro: 20 steps here, 20 there, 20 here; the validation NLL falls throughout.
before=99
hop() {
  now=$(sed -n 's/.*validation \([0-9.]*\) nats.*/\1/p' out)
  awk "BEGIN { exit !($now < $before) }" || fail "NLL $now after $before"
  echo "validation $now"
  before=$now
}
quick='--steps 20 --batch 4 --dropout 0.1 --muon-rate 0.02 --adamw-rate 0.002 --patience 0 --keep 0 --valid-tokens 0'
"$arioso" train music.cache -o hop1 $shape $quick >out 2>err && hop
recipe music.cache --out hop2 --init hop1 $quick --precision bf16 --checkpointing --log log.csv || fail "hop 2"
hop
"$arioso" train music.cache -o hop3 --init ./hop2 $quick >out 2>err && hop
head -n 1 log.csv | grep -q '^step,minutes,tokens,epochs,nll,valid_nll,gradient_norm,rate,tokens_per_s$' || fail "another log"
if "$python" -c 'import matplotlib' 2>/dev/null; then
  "$python" "$top/models/recipes/plot_log.py" log.csv -o log.png && [ -s log.png ] || fail "no picture"
fi

# Settings that are a model's alone, and nothing to judge by.
"$arioso" train "$top/samples" --tokenize-only -o unjudged.cache --hold-out 0 2>err
recipe unjudged.cache --out plain --config hop1/config.json --steps 3 || fail "a cache without pieces to judge by"

# One line each.
head -c 3000 music.cache >short.cache
echo '{"channels": 32, "colour": "blue"}' >odd.json
echo '{"channels": "many"}' >words.json
"$python" -c "import torch; raise SystemExit(torch.cuda.is_available())" &&
  refuses 'sees no GPU' music.cache --out x --device cuda
refuses 'cut short' short.cache --out x
cp music.cache later.cache && printf '\377' | dd of=later.cache bs=1 seek=12 conv=notrunc 2>/dev/null
refuses 'another version' later.cache --out x
refuses 'no token cache' song.u16 --out x
refuses 'cannot be read' missing.cache --out x
refuses 'colour: there is no such setting' music.cache --out x --config odd.json
refuses 'channels:' music.cache --out x --config words.json
refuses 'not a multiple of heads' music.cache --out x --heads 3
refuses 'has a model already' music.cache --out one
refuses 'no run to go on with' music.cache --out nowhere --resume
refuses 'cannot share it' music.cache --out x --batch 0
cp music.cache changed.cache && printf '\001' | dd of=changed.cache bs=1 seek=$(($(wc -c <changed.cache) - 2)) conv=notrunc 2>/dev/null
refuses 'other data' changed.cache --out ended --resume
(ulimit -v 8000000 && refuses 'M parameters takes .* GB to train' music.cache --out x --channels 8192 --layers 8) || exit 1
tr '\000-\377' 'a-za-za-za-za-za-za-za-za-za-za' <music.cache >text && "$arioso" train text --codec raw --tokenize-only -o raw.cache
(ulimit -v 8000000 && refuses 'do not fit in memory; --micro-batch 1 or --checkpointing' raw.cache --out large --channels 64 --heads 8 \
  --batch 2 --max-context 60000 --max-latents 30000 --steps 1) || exit 1
[ ! -e x ] || fail "something was left behind"
