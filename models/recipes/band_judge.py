#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Continues files of many instruments and measures whether the band goes on.

  python3 models/recipes/band_judge.py TABLE.csv CHECK.py -o FOLDER [--where COL=VALUE ...] [-n 40] [--seconds 20] [--model NAME]

Takes N rows of the table, evenly spread over their sources, whose music is long enough, and cuts each at the bar line nearest to two
fifths of its music (or so that S seconds follow): FOLDER/cut. Each is continued for S seconds with the seeds 1, 2, 3 ...: FOLDER/whole,
alone FOLDER/new; FOLDER/real has what really follows, FOLDER/odd and FOLDER/even each other row of it. CHECK.py is a module with
goes_on(cut, continued), which compares 16 seconds on either side of the cut; the means over the files are printed as JSON, for the
continuations and, as the yardstick, for the pieces as they really go on. Each file's own are in FOLDER/figures.json.

  arioso stats FOLDER/new --against FOLDER/real --training TABLE.csv
  arioso stats FOLDER/odd --against FOLDER/even

Needs python3-mido and the program.
"""
import importlib.util
import json
import os
import shlex

import mido

from continuations import make_all, options_of, run, wanted

LEAST_PROMPT = 16  # seconds; as long as what goes_on listens to


def bar_lines(song, last):
    """Ticks of the bar lines up to `last`."""
    meters, tick = [(0, 4, 4)], 0
    for message in mido.merge_tracks(song.tracks):
        tick += message.time
        if message.type == "time_signature":
            meters.append((tick, message.numerator, message.denominator))
    lines = []
    for i, (begin, beats, unit) in enumerate(meters):
        end = meters[i + 1][0] if i + 1 < len(meters) else last + 1
        lines += range(begin, end, max(1, song.ticks_per_beat * 4 * beats // unit))
    return lines


def clock(song):
    """A function from ticks to seconds."""
    changes, tick = [(0, 500000)], 0
    for message in mido.merge_tracks(song.tracks):
        tick += message.time
        if message.type == "set_tempo":
            changes.append((tick, message.tempo))

    def seconds(until):
        total = 0.0
        for i, (begin, tempo) in enumerate(changes):
            end = min(until, changes[i + 1][0]) if i + 1 < len(changes) else until
            total += max(0, end - begin) * tempo / song.ticks_per_beat / 1e6
        return total
    return seconds


def part(song, begin, end):
    """What begins in ticks [begin, end), with what is in force at its beginning; what sounds at the end is ended there."""
    out = mido.MidiFile(type=1, ticks_per_beat=song.ticks_per_beat)
    for track in song.tracks:
        events, tick, sounding, state = [], 0, {}, {}
        for message in track:
            tick += message.time
            if message.type == "end_of_track":
                continue
            note = message.type in ("note_on", "note_off")
            if tick < begin:
                if not note:
                    state[str(message.copy(time=0))] = message
                continue
            if tick >= end:
                break
            if note:
                key = (message.channel, message.note)
                if message.type == "note_on" and message.velocity:
                    sounding[key] = True
                elif not sounding.pop(key, None):
                    continue
            events.append((tick, message))
        events = [(begin, message) for message in state.values()] + events
        events += [(end, mido.Message("note_off", channel=c, note=n)) for c, n in sounding]
        made, before = mido.MidiTrack(), begin
        for tick, message in events:
            made.append(message.copy(time=tick - before))
            before = tick
        out.tracks.append(made)
    return out


def cut_of(song, seconds):
    """The tick of the cut, or None where the piece is too short; and the tick where what is compared ends."""
    last = tick = 0
    for message in mido.merge_tracks(song.tracks):
        tick += message.time
        if message.type == "note_on" and message.velocity:
            last = tick
    time, lines = clock(song), bar_lines(song, last)
    goal = min(0.4 * time(last), time(last) - seconds)
    near = min(lines, key=lambda line: abs(time(line) - goal))
    if time(near) < LEAST_PROMPT or time(last) - time(near) < seconds - 2:
        return None, None
    return near, next((line for line in lines if time(line) >= time(near) + seconds), last + 1)


def make(number, row, options):
    """The figures of one continuation, and of what really follows; None if the piece is too short."""
    source = os.path.join(os.path.dirname(os.path.abspath(options.table)), row["path"])
    song = mido.MidiFile(source, clip=True)
    cut, end = cut_of(song, options.seconds)
    if cut is None:
        return None
    name = f"{number:03d}-{row['source']}-" + os.path.splitext(os.path.basename(row["path"]))[0] + ".mid"

    def place(kind):
        return os.path.join(options.output, kind, name)
    part(song, 0, cut).save(place("cut"))
    part(song, 0, end).save(place("piece"))
    for kind in ("real", "even" if number % 2 == 0 else "odd"):
        part(song, cut, end).save(place(kind))
    command = [options.arioso, "continue", place("cut"), "--seconds", f"{options.seconds:g}", "--threads", "1", "--seed", str(number),
               "--json", "--model", options.model, *shlex.split(options.options)]
    report = json.loads(run(*command, "-o", place("whole")))
    run(*command, "--only-new", "-o", place("new"))
    return {"file": row["path"], "new": options.check.goes_on(place("cut"), place("whole")),
            "real": options.check.goes_on(place("cut"), place("piece")), "report": report}


def mean(values):
    values = list(values)
    return round(sum(values) / len(values), 4) if values else None


def summary(figures):
    """Means, and the shares of files that are within the limits of what a listener takes for the same band."""
    drums = [f for f in figures if f["drums_wanted"]]
    return {
        "files": len(figures),
        "prompt_kept": mean(f["prompt_kept"] for f in figures),
        "parts_kept": mean(f["parts_kept"] for f in figures),
        "with_drums": len(drums),
        "drums_kept": mean(f["drums_kept"] for f in drums),
        "grid_before": mean(f["grid_before"] for f in figures),
        "grid_after": mean(f["grid_after"] for f in figures),
        "density": mean(f["density"] for f in figures),
        "density_within_0.6_to_1.6": mean(0.6 <= f["density"] <= 1.6 for f in figures),
        "no_strange_parts": mean(f["strange_parts"] == 0 for f in figures),
    }


def chosen(options):
    """The rows, evenly spread over those that are wanted and long enough, source by source."""
    rows = [row for row in wanted(options.table, options.where) if float(row["seconds"]) > options.seconds + LEAST_PROMPT + 2]
    rows.sort(key=lambda row: (row["source"], row["path"]))
    count = min(options.number, len(rows))
    return [rows[i * len(rows) // count] for i in range(count)]


def load(path):
    spec = importlib.util.spec_from_file_location("check", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main():
    options = options_of(__doc__, 40, 20, "band", [("check", load)])
    done = make_all(make, chosen(options), ("cut", "piece", "whole", "new", "real", "odd", "even"), options)
    figures = [f for f in done if f]
    with open(os.path.join(options.output, "figures.json"), "w") as file:
        json.dump(figures, file, indent=1)
    print(json.dumps({"too_short": len(done) - len(figures), "new": summary([f["new"] for f in figures]),
                      "real": summary([f["real"] for f in figures])}, indent=1))


if __name__ == "__main__":
    main()
