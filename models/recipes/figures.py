#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The figures of a piano model's card, as Markdown: nats a token by kind and source of music, by the position in the piece, and
with fewer latents, measured by `arioso eval`.

    python3 models/recipes/figures.py MODEL TABLE.csv [--split test] [--first 12288] [--where COL=VALUE ...]

The table has columns path, split, kind and source. Needs Python's standard library and the program, nothing else.
"""
import argparse
import json

from continuations import find_program, run, wanted

SHORT = 4096  # tokens of each piece to try fewer latents on: each block of latents is a pass over all tokens before it


def evaluate(options, only, *more):
    """only: values of some columns; they replace those of --where."""
    words = [options.arioso, "eval", options.model, options.table, "--json", "--precision", options.precision]
    kept = [condition for condition in options.where if condition.split("=", 1)[0] not in only]
    for condition in [f"split={options.split}", *kept, *(f"{column}={value}" for column, value in only.items())]:
        words += ["--where", condition]
    return json.loads(run(*words, *more))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model"), parser.add_argument("table")
    parser.add_argument("--split", default="test")
    parser.add_argument("--first", type=int, default=12288, metavar="N", help="only the first N tokens of each piece")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--where", action="append", default=[], metavar="COL=VALUE", help="only rows with this value")
    parser.add_argument("--arioso", default=find_program(), metavar="PATH", help="the program")
    options = parser.parse_args()
    rows = wanted(options.table, [f"split={options.split}", *options.where])

    positions = {}  # of performances: from -> [tokens, their NLL in all]
    print(f"| first {options.first:,} tokens of each | files | tokens | NLL |\n|---|--:|--:|--:|")
    for kind in sorted({row["kind"] for row in rows}):
        total, lines = [0, 0, 0.0], []
        for source in sorted({row["source"] for row in rows if row["kind"] == kind}):
            found = evaluate(options, {"kind": kind, "source": source}, "--first", str(options.first), "--by-position")
            files = sum(row["kind"] == kind and row["source"] == source for row in rows)
            lines.append(f"| of these {source} | {files} | {found['tokens']:,} | {found['nll']:.3f} |")
            total = [total[0] + files, total[1] + found["tokens"], total[2] + found["tokens"] * found["nll"]]
            for place in found["positions"] if kind == "performance" else []:
                before = positions.get(place["from"], (0, 0.0))
                positions[place["from"]] = (before[0] + place["tokens"], before[1] + place["tokens"] * place["nll"])
        print(f"| {options.split} {kind}s | {total[0]} | {total[1]:,} | **{total[2] / total[1]:.3f}** |", *lines, sep="\n", flush=True)

    print("\n| performances, tokens from | " + " | ".join(f"{place:,}" for place in sorted(positions)) + " |")
    print("|---" + "|--:" * len(positions) + "|")
    print("| NLL | " + " | ".join(f"{nll / tokens:.3f}" for _, (tokens, nll) in sorted(positions.items())) + " |", flush=True)

    latents = json.loads(run(options.arioso, "info", options.model, "--json"))["max_latents"]
    fewer = [latents // part for part in (1, 2, 4, 8)]
    print(f"\n| first {SHORT:,} tokens of performances, with | " + " | ".join(f"{m} latents" for m in fewer) + " |")
    print("|---" + "|--:" * len(fewer) + "|")
    nll = (evaluate(options, {"kind": "performance"}, "--first", str(SHORT), "--latents", str(m))["nll"] for m in fewer)
    print("| NLL | " + " | ".join(f"{figure:.3f}" for figure in nll) + " |")


if __name__ == "__main__":
    main()
