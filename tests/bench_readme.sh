#!/bin/sh
# SPDX-License-Identifier: MIT
# Renews the table of speeds in docs/measurements.md, between its two marks, from arioso bench --json:
#   bench_readme.sh [ARIOSO]
# Takes a quarter of an hour, in which nothing else should run. If the PyTorch reference is beside the checkout, it is
# measured in the same run, and the table says how many times as fast we are.
set -eu
top=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
arioso=${1:-}
for build in build/release build; do
  [ -n "$arioso" ] || [ ! -x "$top/$build/arioso" ] || arioso=$top/$build/arioso
done
[ -n "$arioso" ] || {
  echo "no arioso: build it, or name it" >&2
  exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
oracle=$top/../shared/oracle/perceiver_ar.py
threads=$(getconf _NPROCESSORS_ONLN)
[ "$threads" -le 8 ] || threads=8

# peer CONTEXT WORDS...: what PyTorch does at this context, if it is there
peer() {
  [ -f "$oracle" ] && /usr/bin/python3 -c 'import torch' 2>/dev/null || return 0
  context=$1
  shift
  echo "PyTorch, context $context $*" >&2
  /usr/bin/python3 "$oracle" bench --max-context "$context" --max-latents 1024 --threads "$threads" "$@" >>"$work/peer"
}

# bench CONTEXT WORK [TAKES]
bench() {
  echo "arioso, context $1, $2${3:+, $3 takes}" >&2
  "$arioso" bench --max-context "$1" --work "$2" --batch "${3:-1}" --threads "$threads" --json >"$work/$1-$2-${3:-1}.json"
}

: >"$work/peer"
bench 2048 all
peer 2048
peer 2048 --generate
for context in 8192 32768; do bench $context first-note; done
bench 16384 train
for kind in generate prefill first-note; do bench 131072 $kind; done
for context in 2048 131072; do bench $context generate 8; done
peer 131072 --generate
sed -n 's/^model name[[:space:]]*:[[:space:]]*//p' /proc/cpuinfo 2>/dev/null | head -n 1 >"$work/processor"

python3 - "$top/docs/measurements.md" "$work" "$threads" <<'END'
import glob, json, os, re, sys
page_name, work, threads = sys.argv[1:]
begin, end = "<!-- speed: tests/bench_readme.sh writes this -->\n", "<!-- end of speed -->"

peers = {}  # (work, precision, context) -> tokens a second
for line in open(f"{work}/peer"):
    said = dict(re.findall(r"(\w+)=(\S+)", line))
    context, words = int(said["context"]), line.split()
    if words[0] == "train":
        peers["train", {"f32": "fp32"}.get(words[1], words[1]), context] = float(said["predicted_tokens_per_s"])
    else:
        for precision in ("fp32", "bf16", "int8"):  # PyTorch generates in fp32
            peers["generate", precision, context] = float(said["tokens_per_s"])
            peers["prefill", precision, context] = context / float(said["prefill_s"])

def number(x, digits=3):
    return "" if x is None else f"{x:,.0f}" if x >= 100 else f"{x:.{digits}g}"

rows = [row for path in glob.glob(f"{work}/*.json") for row in json.load(open(path))]
works = ["train", "generate", "prefill", "first-note", "optimizer"]
rows.sort(key=lambda row: (works.index(row["work"]), row["context"], row["batch"], ["fp32", "bf16", "int8"].index(row["precision"])))
titles = ["work", "precision", "context", "time", "tokens/s", "of the limit", "p99.9/median", "memory"] + ["x PyTorch"] * bool(peers)
lines = ["| " + " | ".join(titles) + " |", "|---|---|" + "--:|" * (len(titles) - 2)]
for row in rows:
    seconds, limit, tokens = row["seconds"], row["limit_tokens_per_s"], row["tokens_per_s"]
    time = f"{number(seconds)} s" if seconds >= 1 else f"{number(1e3 * seconds)} ms"
    share = f"{100 * tokens / limit:.0f} %" if limit else ""
    kind = row["work"] if row["batch"] == 1 else f"{row['work']}, {row['batch']} takes"
    fields = [kind, row["precision"], f"{row['context']:,}" if row["work"] != "optimizer" else "", time,
              number(tokens), share, number(row["p999_over_median"]), f"{row['memory_bytes'] / 1e6:,.0f} MB"]
    if peers:
        peer = peers.get((row["work"], row["precision"], row["context"])) if row["batch"] == 1 else None
        fields.append(number(tokens / peer) if peer else "")
    lines.append("| " + " | ".join(fields) + " |")

shape = rows[0]
processor = open(f"{work}/processor").read().strip() or "a processor that does not tell its name"
text = (f"On {processor}, {threads} threads; {shape['channels']} channels, {shape['layers']} layers, "
        f"{shape['heads']} heads, 1,024 latents:\n\n" + "\n".join(lines) + "\n\n")
page = open(page_name).read()
before, rest = page.split(begin)
temporary = page_name + ".new"
with open(temporary, "w") as file:
    file.write(before + begin + "\n" + text + end + rest.split(end, 1)[1])
os.replace(temporary, page_name)
END
