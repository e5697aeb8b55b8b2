#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes continuations for `arioso stats` to evaluate, and beside them the music that really follows.

  python3 models/recipes/continuations.py TABLE.csv -o FOLDER [--where COL=VALUE ...] [-n 100] [--seconds 60]
      [--model NAME] [--options "-t 0.9"]

Takes N rows of the table, evenly spread, whose music lasts long enough, cuts each at two fifths of its music (earlier where less
than S seconds would follow), and continues it for S seconds with the seeds 1, 2, 3 ... The continuations go to FOLDER/new, the
music that really follows to FOLDER/real, and the S seconds before it to FOLDER/before: how similar these two are is the yardstick.

  arioso stats FOLDER/new --against FOLDER/real --before FOLDER/before --pairs --seconds S --expect S --training TABLE.csv

Needs Python's standard library and the program, nothing else.
"""
import argparse
import csv
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from array import array
from concurrent.futures import ThreadPoolExecutor

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CUT, LEAST_PROMPT = 0.4, 20  # a share of the music, seconds
BOS, SHIFT, VELOCITY = 1, 259, 359  # codecs/include/arioso/midi.h


def run(*arguments):
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr.strip() or f"{arguments[0]}: exit status {done.returncode}")
    return done.stdout


def read_tokens(path):
    tokens = array("H")
    with open(path, "rb") as file:
        tokens.frombytes(file.read())
    if sys.byteorder == "big":
        tokens.byteswap()
    return tokens


def write_tokens(path, tokens):
    tokens = array("H", tokens)
    if sys.byteorder == "big":
        tokens.byteswap()
    with open(path, "wb") as file:
        tokens.tofile(file)


def steps_of(token):
    return token - SHIFT + 1 if SHIFT <= token < VELOCITY else 0


def excerpt(tokens, begin, end):
    """The tokens of what begins in steps [begin, end), time 0 at `begin`: ends of notes from before are none to a reader of tokens."""
    now, velocity, out = 0, [], [BOS]
    for token in tokens:
        now += steps_of(token)
        if now >= end:
            break
        if now < begin:
            velocity = [token] if token >= VELOCITY else velocity
        elif now - steps_of(token) < begin and steps_of(token):
            out += velocity + ([SHIFT + now - begin - 1] if now > begin else [])
        elif token > 2:
            out.append(token)
    return out


def make(number, row, options):
    """One continuation, and what really follows. False if the piece is too short."""
    folder = os.path.dirname(os.path.abspath(options.table))
    with tempfile.TemporaryDirectory() as place:
        tokens_file, whole = os.path.join(place, "whole.u16"), os.path.join(place, "whole.mid")
        # By way of tokens, the file's time 0 becomes the first onset.
        run(options.arioso, "tokens", os.path.join(folder, row["path"]), "-o", tokens_file)
        run(options.arioso, "tokens", tokens_file, "-o", whole)
        tokens = read_tokens(tokens_file)
        duration = sum(map(steps_of, tokens)) / 100
        cut = min(CUT * duration, duration - options.seconds)
        if cut < LEAST_PROMPT:
            return False
        name = f"{number:03d}-" + os.path.splitext(os.path.basename(row["path"]))[0]
        continued, continued_tokens = os.path.join(place, "continued.mid"), os.path.join(place, "continued.u16")
        report = json.loads(run(
            options.arioso, "continue", whole, "--to", f"{cut:.2f}", "--seconds", f"{options.seconds:g}", "--json",
            "--threads", "1", "--seed", str(number), "-o", continued,
            *(["--model", options.model] if options.model else []), *shlex.split(options.options)))
        run(options.arioso, "tokens", continued, "-o", continued_tokens)
        made = read_tokens(continued_tokens)
        begin, steps = round(report["prompt"]["begin_seconds"] * 100), round(options.seconds * 100)
        for kind, source, start in (("new", made, begin), ("real", tokens, begin), ("before", tokens, max(0, begin - steps))):
            write_tokens(tokens_file, excerpt(source, start, start + steps))
            run(options.arioso, "tokens", tokens_file, "-o", os.path.join(options.output, kind, name + ".mid"))
    return True


def wanted(table, where):
    """The rows of a table with these values COL=VALUE; of one column any of several."""
    with open(table, newline="") as file:
        rows = list(csv.DictReader(file))
    values = {}
    for condition in where:
        column, _, value = condition.partition("=")
        values.setdefault(column, set()).add(value)
    return [row for row in rows if all(row[column] in among for column, among in values.items())]


def chosen(options):
    """The rows, evenly spread over those that are wanted and long enough."""
    rows = [row for row in wanted(options.table, options.where)
            if float(row.get("seconds") or 1e9) > options.seconds + LEAST_PROMPT + 1]
    if not rows:
        sys.exit(f"{options.table}: no row is wanted and long enough")
    count = min(options.number, len(rows))
    return [rows[i * len(rows) // count] for i in range(count)]


def find_program():
    places = [os.path.join(TOP, "build", name, "arioso") for name in ("release", "program", "")]
    return next((p for p in places if os.access(p, os.X_OK)), shutil.which("arioso"))


def options_of(doc, number, seconds, model, operands=()):
    """The options of a script that continues rows of a table, checked; `operands` (name, type) follow the table."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table")
    for name, kind in operands:
        parser.add_argument(name, type=kind)
    parser.add_argument("-o", "--output", required=True, metavar="FOLDER", help="a new folder")
    parser.add_argument("--where", action="append", default=[], metavar="COL=VALUE", help="only rows with this value")
    parser.add_argument("-n", "--number", type=int, default=number, metavar="N")
    parser.add_argument("--seconds", type=float, default=seconds, metavar="S")
    parser.add_argument("--model", default=model, metavar="NAME")
    parser.add_argument("--options", default="", metavar="TEXT", help="more options of arioso continue")
    parser.add_argument("--arioso", default=find_program(), metavar="PATH", help="the program")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="files at a time; a core each")
    options = parser.parse_args()
    if not options.arioso:
        sys.exit(f"{parser.prog}: there is no program; build it, or name it with --arioso")
    if os.path.exists(options.output):
        sys.exit(f"{options.output}: is there already; name a new folder")
    return options


def make_all(make, rows, folders, options):
    """Makes the folders, and calls make(number, row, options) for each row, several at a time; what it returns."""
    for folder in folders:
        os.makedirs(os.path.join(options.output, folder))
    with ThreadPoolExecutor(options.jobs) as pool:
        return list(pool.map(lambda job: make(*job, options), enumerate(rows, 1)))


def main():
    options = options_of(__doc__, 100, 60, None)
    done = make_all(make, chosen(options), ("new", "real", "before"), options)
    print(f"{sum(done)} continuations; {len(done) - sum(done)} pieces were too short")


if __name__ == "__main__":
    main()
