#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The figures of a band model's card, as Markdown: nats a token, a note and a second by kind and source of music, beside a bigram of
the training tokens, and how many tokens and notes a second of this music takes.

  python3 models/recipes/band_figures.py MODEL TABLE.csv CACHE [--split test] [--where COL=VALUE ...]

CACHE is what the model was trained on (`arioso train --tokenize-only`); the bigram counts its pieces of training. It adds one count,
shared out as the tokens are frequent. Needs python3-numpy and the program.
"""
import argparse
import json
import os

import numpy as np

from continuations import find_program, run, wanted
from perceiver_ar import Corpus


def bigram(cache):
    """Natural logarithms of the probability of a token after another [V, V]."""
    corpus = Corpus(cache)
    counts = np.zeros((corpus.vocab_size, corpus.vocab_size))
    for i in np.flatnonzero(~corpus.valid):
        piece = corpus.piece(i)
        np.add.at(counts, (piece[:-1], piece[1:]), 1)
    single = counts.sum(0) + 1
    single /= single.sum()
    return np.log((counts + single) / (counts.sum(1, keepdims=True) + 1))


def tokens_of(path, options):
    words = [options.arioso, "tokens", path, "--codec", "midi-band", "--json"]
    return np.array(json.loads(run(*words))["tokens"])


def evaluate(options, kind, source):
    words = [options.arioso, "eval", options.model, options.table, "--json", "--precision", options.precision]
    kept = [condition for condition in options.where if condition.split("=", 1)[0] not in ("kind", "source")]
    for condition in [f"split={options.split}", f"kind={kind}", f"source={source}", *kept]:
        words += ["--where", condition]
    return json.loads(run(*words))


class Sum:
    """Nats of several sets of files, and what they are divided by."""

    def __init__(self):
        self.files = self.tokens = self.nats = self.bigram = self.notes = self.seconds = 0

    def add(self, other):
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def row(self, name):
        return (f"| {name} | {self.files} | {self.tokens:,} | {self.nats / self.tokens:.3f} | {self.nats / self.notes:.2f} "
                f"| {self.nats / self.seconds:.1f} | {self.bigram / self.tokens:.3f} | {self.tokens / self.notes:.2f} "
                f"| {self.notes / self.seconds:.1f} | {self.tokens / self.seconds:.1f} |")


def measure(rows, logs, options):
    """All files of one kind and source."""
    found = evaluate(options, rows[0]["kind"], rows[0]["source"])
    s = Sum()
    s.files, s.tokens, s.nats = len(rows), found["tokens"], found["nll"] * found["tokens"]
    s.notes, s.seconds = s.nats / found["nll_per_note"], s.nats / found["nll_per_s"]
    for row in rows:
        piece = tokens_of(os.path.join(os.path.dirname(options.table), row["path"]), options)
        s.bigram -= logs[piece[:-1], piece[1:]].sum()
    return s


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model"), parser.add_argument("table"), parser.add_argument("cache")
    parser.add_argument("--split", default="test")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--where", action="append", default=[], metavar="COL=VALUE", help="only rows with this value")
    parser.add_argument("--arioso", default=find_program(), metavar="PATH", help="the program")
    options = parser.parse_args()
    rows, logs = wanted(options.table, [f"split={options.split}", *options.where]), bigram(options.cache)
    print("| music | files | tokens | nats a token | a note | a second | bigram, a token | tokens a note | notes/s | tokens/s |")
    print("|---" + "|--:" * 9 + "|")
    whole = Sum()
    for kind in sorted({row["kind"] for row in rows}):
        total, lines = Sum(), []
        for source in sorted({row["source"] for row in rows if row["kind"] == kind}):
            part = measure([row for row in rows if (row["kind"], row["source"]) == (kind, source)], logs, options)
            total.add(part)
            lines.append(part.row(f"of these {source}"))
        print(total.row(kind), *lines, sep="\n", flush=True)
        whole.add(total)
    print(whole.row(f"all of {options.split}"))


if __name__ == "__main__":
    main()
