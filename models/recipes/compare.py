#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares continuations with the music that really follows, measure by measure and in one number.

  python3 models/recipes/compare.py [--model NAME] [--seconds S] [--seed N] [--options "-t 1 --top-p 0.95"] FILES...

Each file is cut at two fifths of its music, earlier where less than S seconds would follow. The program continues it for
S seconds, and both the continuation and the S seconds of the original after the same moment are measured, from tokens:

  notes/s    onsets a second
  polyphony  how many notes sound, on average over the time in which any does
  range      from the 5th to the 95th percentile of the onsets' pitches, in semitones
  velocity   standard deviation of the onsets' MIDI velocity
  silence    the longest time in which nothing sounds, in seconds
  held       the longest time that a note sounds, in seconds (of notes from before, too), at most S
  repeats    share of onsets that end the same four pitches in a row as some onset of the 10 seconds before, in %

The distance is the mean, over files and measures, of |ln(continuation / original)|, both raised to the measure's least
value of interest first. So 0.69 is a factor of two on average. For scale, the S seconds before the cut are compared with
the S seconds after it in the same way: that is how far a piece is from itself.

Needs Python's standard library and the program, nothing else.
"""
import argparse
import json
import math
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STEPS = 100  # steps of time a second
CUT = 0.4
WINDOW = 10 * STEPS  # in which repeats are looked for
PATTERN = 4
LEAST_PROMPT = 5  # seconds

MEASURES = {  # name: (least value of interest, decimals)
    "notes/s": (0.1, 1),
    "polyphony": (0.5, 1),
    "range": (1, 0),
    "velocity": (1, 1),
    "silence": (0.25, 2),
    "held": (0.25, 1),
    "repeats": (2, 0),
}


def run(arguments):
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr.strip() or f"{arguments[0]}: exit status {done.returncode}")
    return done.stdout


# ---- Tokens to notes ----


def notes_of(program, path):
    """[(start, end, pitch, velocity)] by start, in steps from the first onset, and the time of the last token."""
    now, velocity, sounding, notes = 0, 0, {}, []
    for line in run([program, "tokens", path, "--show"]).splitlines():
        word, _, number = line.partition(" ")
        if word == "shift":
            now += int(number)
        elif word == "velocity":
            velocity = 4 * int(number) + 3
        elif word == "on":
            sounding[int(number)] = now, velocity
        elif word == "off":
            start, loudness = sounding.pop(int(number))
            notes.append((start, now, int(number), loudness))
    return sorted(notes), now


# ---- Measures ----


def sounding_times(notes, begin, end):
    """(time in which anything sounds, the sum of all notes' times, the longest silence), in steps."""
    total, covered, silence, reached = 0, 0, 0, begin
    for start, stop, _, _ in notes:
        start, stop = max(start, begin), min(stop, end)
        if start >= stop:
            continue
        total += stop - start
        silence = max(silence, start - reached)
        covered += max(0, stop - max(start, reached))
        reached = max(reached, stop)
    return covered, total, max(silence, end - reached)


def repeats(onsets):
    """How many onsets end a pattern of pitches that ended within the window before."""
    last, found = {}, 0
    for i in range(PATTERN - 1, len(onsets)):
        pattern, now = tuple(n[2] for n in onsets[i - PATTERN + 1 : i + 1]), onsets[i][0]
        found += pattern in last and now - last[pattern] <= WINDOW
        last[pattern] = now
    return found


def percentile(ordered, share):
    place = share * (len(ordered) - 1)
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))


def measure(notes, begin, end):
    onsets = [n for n in notes if begin <= n[0] < end]
    covered, total, silence = sounding_times(notes, begin, end)
    held = [min(n[1], end) - max(n[0], begin) for n in notes if n[0] < end and n[1] > begin]
    pitches = sorted(n[2] for n in onsets) or [0]
    return {
        "notes/s": len(onsets) * STEPS / (end - begin),
        "polyphony": total / covered if covered else 0,
        "range": percentile(pitches, 0.95) - percentile(pitches, 0.05),
        "velocity": statistics.pstdev(n[3] for n in onsets) if onsets else 0,
        "silence": silence / STEPS,
        "held": max(held, default=0) / STEPS,
        "repeats": 100 * repeats(onsets) / max(1, len(onsets)),
    }


# ---- One file ----


def compare(path, options, folder):
    """The measures of the continuation, of the original, and of the original before the cut."""
    place = tempfile.mkdtemp(dir=folder)
    tokens, whole, output = (os.path.join(place, name) for name in ("whole.u16", "whole.mid", "output.mid"))
    # By way of tokens, the file's time 0 becomes the first onset: tokens know of no silence before it.
    run([options.arioso, "tokens", path, "-o", tokens])
    run([options.arioso, "tokens", tokens, "-o", whole])
    original, duration = notes_of(options.arioso, whole)
    cut = min(CUT * duration / STEPS, duration / STEPS - options.seconds)
    if cut < LEAST_PROMPT:
        sys.exit(f"{path}: is too short: {options.seconds + LEAST_PROMPT:g} seconds at least are wanted")
    command = [options.arioso, "continue", whole, "--to", f"{cut:.2f}", "--seconds", f"{options.seconds:g}"]
    command += ["--seed", str(options.seed), "--threads", "1", "--json", "-o", output] + shlex.split(options.options)
    if options.model:
        command += ["--model", options.model]
    report = json.loads(run(command))
    # Where nothing sounds at the cut, the continuation begins where the last note before it ends.
    begin, length = round(report["prompt"]["begin_seconds"] * STEPS), round(options.seconds * STEPS)
    return (
        measure(notes_of(options.arioso, output)[0], begin, begin + length),
        measure(original, begin, begin + length),
        measure(original, begin - length, begin),
    )


# ---- All files ----


def ratio(name, a, b):
    least = MEASURES[name][0]
    return math.log(max(a[name], least) / max(b[name], least))


def distance(pairs):
    return statistics.fmean(abs(ratio(name, a, b)) for a, b in pairs for name in MEASURES)


def summary(results):
    pairs = [(continuation, original) for continuation, original, _ in results]
    lines = []
    for what, side in (("continuations", 0), ("originals", 1)):
        held = [pair[side]["held"] for pair in pairs]
        counts = ", ".join(f"longer than {s} s in {sum(h > s for h in held)}" for s in (10, 20))
        lines.append(f"{what}: a note held {counts} of {len(held)}")
    lines.append("distance by measure: " + ", ".join(
        f"{name} {statistics.fmean(abs(ratio(name, a, b)) for a, b in pairs):.2f}" for name in MEASURES))
    before = [(earlier, original) for _, original, earlier in results]
    lines.append(f"distance {distance(pairs):.3f}; of the originals' music before the cut {distance(before):.3f}")
    return lines


def table(names, results):
    def cell(name, value):
        return f"{value:.{MEASURES[name][1]}f}"

    rows = [["continuation / original", *MEASURES]]
    for name, (a, b, _) in zip(names, results):
        rows.append([name] + [f"{cell(m, a[m])} / {cell(m, b[m])}" for m in MEASURES])
    mean = [{m: statistics.fmean(result[side][m] for result in results) for m in MEASURES} for side in (0, 1)]
    rows.append(["mean"] + [f"{cell(m, mean[0][m])} / {cell(m, mean[1][m])}" for m in MEASURES])
    middle = [math.exp(statistics.fmean(ratio(m, a, b) for a, b, _ in results)) for m in MEASURES]
    rows.append(["mean ratio"] + [f"{value:.2f}" for value in middle])
    return rows


def show(rows, markdown):
    width = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [[cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, width))] for row in rows]
    if markdown:
        lines.insert(1, ["-" * width[0]] + ["-" * (w - 1) + ":" for w in width[1:]])
    for line in lines:
        print("| " + " | ".join(line) + " |" if markdown else "  ".join(line))


def find_program():
    places = [os.path.join(TOP, "build", name, "arioso") for name in ("release", "program", "")]
    return next((p for p in places if os.access(p, os.X_OK)), shutil.which("arioso"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arioso", default=find_program(), metavar="PATH", help="the program")
    parser.add_argument("--model", metavar="NAME", help="a model's folder, or its name; the program's default")
    parser.add_argument("--seconds", type=float, default=30, metavar="S", help="how much is compared; 30")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="1 by default")
    parser.add_argument("--options", default="", metavar="TEXT", help="more options of arioso continue")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="files at a time; a core each")
    parser.add_argument("--markdown", action="store_true", help="the table in Markdown")
    parser.add_argument("files", nargs="+", metavar="FILE")
    options = parser.parse_args()
    if not options.arioso:
        sys.exit("compare.py: the program was not found; build it, or name it with --arioso")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda path: compare(path, options, folder), options.files))
    names = [os.path.splitext(os.path.basename(path))[0] for path in options.files]
    show(table(names, results), options.markdown)
    print()
    for line in summary(results):
        print(line)


if __name__ == "__main__":
    main()
