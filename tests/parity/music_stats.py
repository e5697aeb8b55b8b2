#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The figures of `arioso stats --pairs` against those of music_check.py, on the first minutes of pieces of shared/data.

  music_stats.py ARIOSO SHARED RECIPES

Each piece is the partner of the next one. The oracle adds up seconds and cuts them down to steps of 10 ms, so that a note at the edge of
a window may be on its other side, and a sounding one a step longer or shorter; its interval is a bootstrap's.
"""
import csv
import json
import math
import os
import subprocess
import sys
import tempfile

PIECES, SECONDS = 10, 60


def run(*arguments):
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)}: {done.stderr}")
    return done.stdout


def pieces(shared):
    with open(os.path.join(shared, "data", "manifest.csv"), newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "valid" and float(row["seconds"]) > SECONDS + 10]
    return [os.path.join(shared, "data", rows[i * len(rows) // PIECES]["path"]) for i in range(PIECES)]


def lay_out(arioso, recipes, paths, place):
    """The pieces in new/, and in real/ each under the name of the one before."""
    sys.path.insert(0, recipes)
    import continuations
    tokens_file = os.path.join(place, "piece.u16")
    for kind in ("new", "real"):
        os.mkdir(os.path.join(place, kind))
    for i, path in enumerate(paths):
        run(arioso, "tokens", path, "-o", tokens_file)
        tokens = continuations.excerpt(continuations.read_tokens(tokens_file), 0, SECONDS * 100)
        continuations.write_tokens(tokens_file, tokens)
        for kind, number in (("new", i), ("real", (i + 1) % len(paths))):
            run(arioso, "tokens", tokens_file, "-o", os.path.join(place, kind, f"{number:02}.mid"))


class Check:
    def __init__(self):
        self.wrong = self.compared = 0

    def near(self, what, ours, theirs, absolute, relative=0.0):
        self.compared += 1
        if not abs(ours - theirs) <= absolute + relative * abs(theirs):
            self.wrong += 1
            print(f"{what}: {ours}, the oracle has {theirs}")

    def set(self, what, ours, theirs):
        for window in ("first_10_s", "last_10_s"):
            for figure, value in theirs[window].items():
                percent = 100 if figure in ("silence", "in_scale") else 1
                self.near(f"{what} {window} {figure}", ours[window][figure], percent * value, 0.3 if figure == "silence" else 0, 0.005)
        self.near(f"{what} returns", ours["returns"], 100 * theirs["returns"], 1e-9, 1e-6)
        for count in ("stuck_notes", "pieces_with_stuck"):
            self.near(f"{what} {count}", ours[count], theirs[count], 0)

    def ratio(self, what, ours, theirs):
        self.near(what, ours["ratio"], theirs["ratio"], 0, 0.005)
        for name, end in (("low", 0), ("high", 1)):
            width = abs(math.log(theirs["interval"][end] / theirs["ratio"]))
            self.near(f"{what} {name}", abs(math.log(ours[name] / ours["ratio"])), width, 0.02, 0.3)


def main():
    arioso, shared, recipes = sys.argv[1:]
    check = Check()
    with tempfile.TemporaryDirectory() as place:
        lay_out(arioso, recipes, pieces(shared), place)
        new, real = os.path.join(place, "new"), os.path.join(place, "real")
        theirs = json.loads(run(sys.executable, os.path.join(shared, "oracle", "music_check.py"), new, real, "--seconds", str(SECONDS)))
        ours = json.loads(run(arioso, "stats", new, "--against", real, "--pairs", "--seconds", str(SECONDS), "--json"))
    check.set("new", ours["means"], theirs["new"])
    check.set("real", ours["against_means"], theirs["real"])
    for figure, ratio in ours["last_20_s"].items():
        check.ratio(figure, ratio, theirs["last_20_s_" + figure])
    print(f"{check.compared} figures of {PIECES} pairs, {check.wrong} wrong")
    if not theirs["new"]["stuck_notes"] or not theirs["new"]["returns"]:
        sys.exit("these pieces have nothing stuck or nothing that returns: the test could not fail")
    sys.exit(check.wrong > 0)


if __name__ == "__main__":
    main()
