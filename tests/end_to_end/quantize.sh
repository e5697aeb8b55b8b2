#!/bin/sh
# SPDX-License-Identifier: MIT
# quantize, and --precision of eval and continue, on the shipped model.
set -eu
. "$(dirname -- "$0")/lib.sh"
limit=120
song=$top/samples/bach-prelude-c.mid

runs "$arioso" quantize piano -o eight "$song" --first 200 --json
grep -q '"precision":[[:space:]]*"int8"' out && grep -q '"nll_before"' out || fail "the JSON: $(cat out)"
runs "$arioso" quantize piano -o sixteen --precision bf16 "$song" --first 200
holds 'nats/token in bf16'
[ "$(wc -c <eight/model.safetensors)" -lt "$(($(wc -c <sixteen/model.safetensors) * 6 / 10))" ] || fail "no smaller"

# A model is computed with in what it is in; that is what --precision says of any other.
runs "$arioso" eval eight "$song" --first 200
mv out by_itself
runs "$arioso" eval piano --precision int8 "$song" --first 200
same by_itself out
runs "$arioso" eval sixteen "$song" --first 200 --json
grep -q '"precision":[[:space:]]*"bf16"' out || fail "not bf16: $(cat out)"
runs "$arioso" info eight
holds 'I8 on disk'
for precision in fp32 bf16 int8; do
  runs "$arioso" continue "$song" -o $precision.mid --seed 3 --tokens 80 --precision $precision
  runs "$arioso" info $precision.mid
done
runs "$arioso" continue "$song" -o again.mid --seed 3 --tokens 80 --model eight
same again.mid int8.mid

# Takes are made side by side, and are what each would be alone.
runs "$arioso" continue "$song" -o take.mid --seed 10 --takes 3 --tokens 60
for k in 1 2 3; do
  runs "$arioso" continue "$song" -o alone.mid --seed $((10 + k)) --tokens 60
  same alone.mid take-$k.mid
done

limit=${ARIO_SECONDS:-5}
mkdir empty full && echo mine >full/note
runs "$arioso" quantize piano -o empty
refuses 2 'not empty' "$arioso" quantize piano -o full
refuses 2 'not empty' "$arioso" quantize piano -o full/note
[ "$(cat full/note)" = mine ] || fail "something was lost"
refuses 2 'which model' "$arioso" quantize
refuses 2 'with -o' "$arioso" quantize piano
refuses 2 'fp16' "$arioso" quantize piano -o new --precision fp16
refuses 1 'missing.mid' "$arioso" quantize piano -o new missing.mid
echo noise >noise.mid
refuses 1 'noise.mid' "$arioso" quantize piano -o new noise.mid
[ ! -e new ] || fail "a folder stays behind where a file cannot be read"
refuses 1 'in 8 bits already' "$arioso" quantize eight -o new
refuses 2 'fp16' "$arioso" eval piano --precision fp16 "$song"
refuses 2 'fp16' "$arioso" continue "$song" -o new.mid --precision fp16
