#!/bin/sh
# SPDX-License-Identifier: MIT
# bench on a tiny model: every kind of work, the keys of its JSON, the sweep's files, and what it refuses. Speed is no test.
set -eu
. "$(dirname -- "$0")/lib.sh"
shape="--channels 32 --layers 1 --heads 2 --max-latents 16 --vocab-size 40"

limit=120
runs "$arioso" bench $shape --max-context 64
for part in 'matrix products' 'GB/s' train generate prefill first-note optimizer fp32 share memory; do holds "$part"; done

# Exactly these keys, in every object.
runs "$arioso" bench $shape --max-context 64 --json
grep -oE '"[a-z0-9_]+":' out | tr -d '":' | sort | uniq -c | awk '{ print $2 }' >keys
for key in work precision channels layers heads context latents batch threads seconds tokens_per_s p999_over_median \
  limit_tokens_per_s limit memory_bytes; do echo $key; done | sort >wanted
same keys wanted
[ "$(grep -oE '"[a-z0-9_]+":' out | sort | uniq -c | awk '{ print $1 }' | sort -u | wc -l)" = 1 ] ||
  fail "some objects lack keys: $(cat out)"
! command -v python3 >/dev/null || python3 - <<'END' || fail "the JSON is not as it should be: $(cat out)"
import json
rows = json.load(open("out"))
assert {row["work"] for row in rows} == {"train", "generate", "prefill", "first-note", "optimizer"}
for row in rows:
    shape = [row[key] for key in ("channels", "layers", "heads", "context", "batch")]
    assert shape == [32, 1, 2, 64, 1] and row["latents"] == (8 if row["work"] == "prefill" else 16)
    assert row["precision"] in ("fp32", "bf16", "int8") and row["seconds"] > 0 and row["memory_bytes"] > 1000
    assert (row["tokens_per_s"] is None) == (row["work"] == "optimizer")
    assert (row["limit_tokens_per_s"] is None) == (row["work"] == "optimizer")
    assert (row["p999_over_median"] is None) == (row["work"] != "generate")
    assert "GFLOP" in row["limit"] or "MB" in row["limit"]
END

runs "$arioso" bench --model piano-free --max-context 100 --work train --precision fp32 --batch 2 --threads 1
holds train

# The sweep: no point after the first is begun, for lack of patience.
runs "$arioso" bench $shape --sweep context --patience 0 -o figure.png
[ "$(head -c 4 figure.png | tail -c 3)" = PNG ] || fail "figure.png is no PNG"
[ "$(head -n 1 figure.csv)" = "model,work,precision,channels,layers,heads,context,latents,threads,seconds" ] ||
  fail "figure.csv: $(cat figure.csv)"
[ "$(grep -c ,1024, figure.csv)" = 4 ] && [ "$(wc -l <figure.csv)" = 5 ] || fail "figure.csv: $(cat figure.csv)"

limit=${ARIO_SECONDS:-5}
refuses 2 '--threads' "$arioso" bench --threads 0
cores=$(getconf _NPROCESSORS_ONLN)
[ "$cores" -ge 64 ] || refuses 2 "more than the $cores core" "$arioso" bench --threads $((cores + 1))
refuses 2 'heads' "$arioso" bench --channels 100
refuses 2 'max_latents' "$arioso" bench --max-latents 5000
refuses 2 'sing' "$arioso" bench --work sing
refuses 2 'fp8' "$arioso" bench --precision fp8
refuses 2 'int8 is not for' "$arioso" bench --precision int8 --work train
refuses 2 '--batch' "$arioso" bench --batch 2 --work prefill
refuses 2 'at most 64 takes' "$arioso" bench --batch 65 --work generate
refuses 2 'gives the shape' "$arioso" bench --model piano-free --channels 64
refuses 2 'no files' "$arioso" bench song.mid
refuses 2 'heads' "$arioso" bench --sweep heads
refuses 2 '--sweep' "$arioso" bench -o x.png
refuses 2 '.png' "$arioso" bench --sweep context -o x.pdf
refuses 1 'no/such' "$arioso" bench $shape --sweep context -o no/such/x.png
refuses 1 'no model of this name' "$arioso" bench --model nobody
# Never touched: the largest that fits is said instead.
refuses 1 'is the largest that fits' "$arioso" bench $shape --channels 256 --max-context 1073741824 --work generate
refuses 1 'is the largest that fits' "$arioso" bench $shape --channels 256 --max-context 1073741824 --work train
refuses 1 'is the largest that fits' "$arioso" bench $shape --max-context 4000000 --batch 65536 --work train
refuses 1 'fewer --channels' "$arioso" bench --channels 65536 --layers 100
