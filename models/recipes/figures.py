#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The figures of a piano model's card, as Markdown: nats a token by kind and source of music, by the position in the piece, and
with fewer latents, measured by `arioso eval`.

    python3 models/recipes/figures.py MODEL TABLE.csv [--split test] [--first 12288] [--where COL=VALUE ...]

The table has columns path, split, kind and source. Needs Python's standard library and the program, nothing else.
"""
import argparse
import csv
import json

from continuations import find_program, run


def evaluate(options, only, *more):
    """only: the value of some columns, in place of what --where says of them."""
    words = [options.arioso, "eval", options.model, options.table, "--json", "--first", str(options.first)]
    kept = [condition for condition in options.where if condition.split("=", 1)[0] not in only]
    for condition in [f"split={options.split}", *kept, *(f"{column}={value}" for column, value in only.items())]:
        words += ["--where", condition]
    return json.loads(run(*words, *more))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model"), parser.add_argument("table")
    parser.add_argument("--split", default="test")
    parser.add_argument("--first", type=int, default=12288, metavar="N", help="only the first N tokens of each piece")
    parser.add_argument("--where", action="append", default=[], metavar="COL=VALUE", help="only rows with this value")
    parser.add_argument("--arioso", default=find_program(), metavar="PATH", help="the program")
    options = parser.parse_args()
    with open(options.table, newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == options.split]
    conditions = [condition.split("=", 1) for condition in options.where]
    wanted = {column: {v for c, v in conditions if c == column} for column, _ in conditions}
    rows = [row for row in rows if all(row[column] in values for column, values in wanted.items())]

    print(f"| first {options.first:,} tokens of each | files | tokens | NLL |\n|---|--:|--:|--:|")
    for kind in sorted({row["kind"] for row in rows}):
        sources = sorted({row["source"] for row in rows if row["kind"] == kind})
        total, lines = [0, 0, 0.0], []
        for source in sources:
            found = evaluate(options, {"kind": kind, "source": source})
            files = sum(row["kind"] == kind and row["source"] == source for row in rows)
            lines.append(f"| of these {source} | {files} | {found['tokens']:,} | {found['nll']:.3f} |")
            total = [total[0] + files, total[1] + found["tokens"], total[2] + found["tokens"] * found["nll"]]
        print(f"| {options.split} {kind}s | {total[0]} | {total[1]:,} | **{total[2] / total[1]:.3f}** |", *lines, sep="\n", flush=True)

    latents = json.loads(run(options.arioso, "info", options.model, "--json"))["max_latents"]
    performances = {"kind": "performance"}
    print("\n| performances with | " + " | ".join(f"{latents // part} latents" for part in (1, 2, 4, 8)) + " |\n|---|--:|--:|--:|--:|")
    print("| NLL | " + " | ".join(f"{evaluate(options, performances, '--latents', str(latents // part))['nll']:.3f}"
                                  for part in (1, 2, 4, 8)) + " |", flush=True)

    places = evaluate(options, performances, "--by-position")["positions"]
    print("\n| performances, tokens from | " + " | ".join(f"{place['from']:,}" for place in places) + " |\n|---" + "|--:" * len(places) + "|")
    print("| NLL | " + " | ".join(f"{place['nll']:.3f}" for place in places) + " |")


if __name__ == "__main__":
    main()
