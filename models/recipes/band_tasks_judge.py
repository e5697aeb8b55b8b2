#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes drums, a bass and middles for files of many instruments, and measures them beside what is really there.

  python3 models/recipes/band_tasks_judge.py TABLE.csv -o FOLDER [--where COL=VALUE ...] [-n 40] [--bars 16] [--gap 4] [--model NAME]

Takes N rows of the table, evenly spread over their sources, that have drums and a bass. In each, N bars from the middle on are
written anew with the seed of the file's number: drums (accompany --with drums --instead), the bass (the same with bass), and a gap
(between). Means over the files are printed as JSON, each file's own are in FOLDER/figures.json:

  drums_near     share of the drums' onsets that are within 30 ms of an onset of the others; made and real
  bass_in_chord  share of the bass's onsets whose pitch class sounds in the others or begins with them; made and real
  density        notes made for one that is really there, of drums and bass
  after          NLL of what follows the gap, nats a token: after the middle that was made, the real one, and none; and in how many
                 files that after the made one is nearer to the real one than that after none is

Needs python3-mido and the program.
"""
import argparse
import bisect
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import mido

from band_judge import bar_lines, clock, mean
from continuations import find_program, run, wanted

NEAR = 0.030  # seconds
DRUMS = 9     # channel
BASS = range(32, 40)


def notes(path):
    """(begin, end, pitch, program or "drums") of all notes, in seconds."""
    song = mido.MidiFile(path, clip=True)
    time, tick, programs, open_notes, found = clock(song), 0, {}, {}, []
    for message in mido.merge_tracks(song.tracks):
        tick += message.time
        if message.type == "program_change":
            programs[message.channel] = message.program
        if message.type not in ("note_on", "note_off"):
            continue
        key = (message.channel, message.note)
        if key in open_notes:
            begin, who = open_notes.pop(key)
            found.append((begin, time(tick), message.note, who))
        if message.type == "note_on" and message.velocity:
            who = "drums" if message.channel == DRUMS else programs.get(message.channel, 0)
            open_notes[key] = (time(tick), who)
    return sorted(found, key=lambda note: note[0])


def within(found, begin, end, who):
    return [note for note in found if begin - 0.005 <= note[0] < end - 0.005 and who(note[3])]


def near(found, begin, end):
    """Share of the drums' onsets that are near one of the others'."""
    others = [note[0] for note in found if note[3] != "drums"]
    drums = within(found, begin, end, lambda who: who == "drums")

    def is_near(onset):
        i = bisect.bisect_left(others, onset - NEAR)
        return i < len(others) and others[i] <= onset + NEAR
    return mean(is_near(note[0]) for note in drums), len(drums)


def in_chord(found, begin, end):
    """Share of the bass's onsets whose pitch class the others have then."""
    bass = within(found, begin, end, lambda who: who in BASS)
    others = [note for note in found if note[3] != "drums" and note[3] not in BASS]

    def sounds(note):
        classes = {other[2] % 12 for other in others if other[0] <= note[0] + NEAR and other[1] > note[0] - NEAR}
        return note[2] % 12 in classes if classes else None
    answers = [answer for answer in map(sounds, bass) if answer is not None]
    return mean(answers), len(bass)


def judge(number, row, options):
    """The figures of one file; None where it is too short."""
    path = os.path.join(os.path.dirname(os.path.abspath(options.table)), row["path"])
    song = mido.MidiFile(path, clip=True)
    real = notes(path)
    last = sum(message.time for message in mido.merge_tracks(song.tracks))
    bars = len(bar_lines(song, last))
    if bars < options.bars + 8:
        return None
    first = (bars - options.bars) // 2 + 1
    common = ["--model", options.model, "--seed", str(number), "--threads", "1", "--json"]

    def make(command, *more, length=options.bars):
        out = os.path.join(options.output, f"{number:03d}-{more[1] if more else command}.mid")
        report = json.loads(run(options.arioso, command, path, "--from", f"bar:{first}", "--to", f"bar:{first + length}", "-o", out,
                                *more, *common))
        return notes(out), report
    figures = {"file": row["path"]}
    for who, measure in (("drums", near), ("bass", in_chord)):
        made, report = make("accompany", "--with", who, "--instead")
        begin, end = report["place"]["begin_seconds"], report["place"]["end_seconds"]
        share, count = measure(made, begin, end)
        real_share, real_count = measure(real, begin, end)
        figures[who] = {"made": share, "real": real_share, "notes": count, "real_notes": real_count}
    report = make("between", length=options.gap)[1]
    kept = next(t for t in report["takes"][0]["tries"] if t["seed"] == report["takes"][0]["seed"])
    figures["after"] = {"made": kept["nll_of_what_follows"], "real": report["place"]["nll_after_original"],
                        "none": report["place"]["nll_after_nothing"]}
    return figures


def summary(figures):
    def means(name, keys):
        of = [f[name] for f in figures if None not in f[name].values()]
        return {key: mean(f[key] for f in of) for key in keys}
    dense = {who: [f[who]["notes"] / f[who]["real_notes"] for f in figures if f[who]["real_notes"]] for who in ("drums", "bass")}
    after = [f["after"] for f in figures if None not in f["after"].values()]
    return {"files": len(figures), "drums_near": means("drums", ("made", "real")), "bass_in_chord": means("bass", ("made", "real")),
            "density": {who: mean(values) for who, values in dense.items()},
            "density_within_0.5_to_2": {who: mean(0.5 <= v <= 2 for v in values) for who, values in dense.items()},
            "after": means("after", ("made", "real", "none")),
            "after_nearer_than_none": mean(abs(f["made"] - f["real"]) < abs(f["none"] - f["real"]) for f in after)}


def chosen(options):
    rows = [row for row in wanted(options.table, options.where)
            if row["has_drums"] == "1" and set(map(int, row["programs"].split())) & set(BASS)]
    rows.sort(key=lambda row: (row["source"], row["path"]))
    count = min(options.number, len(rows))
    return [rows[i * len(rows) // count] for i in range(count)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table")
    parser.add_argument("-o", "--output", required=True, metavar="FOLDER", help="a new folder")
    parser.add_argument("--where", action="append", default=[], metavar="COL=VALUE", help="only rows with this value")
    parser.add_argument("-n", "--number", type=int, default=40, metavar="N")
    parser.add_argument("--bars", type=int, default=16, metavar="N", help="of the parts")
    parser.add_argument("--gap", type=int, default=4, metavar="N", help="bars of the gap")
    parser.add_argument("--model", default="band", metavar="NAME")
    parser.add_argument("--arioso", default=find_program(), metavar="PATH", help="the program")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="files at a time; a core each")
    options = parser.parse_args()
    if not options.arioso:
        sys.exit("band_tasks_judge.py: there is no program; build it, or name it with --arioso")
    if os.path.exists(options.output):
        sys.exit(f"{options.output}: is there already; name a new folder")
    os.makedirs(options.output)
    with ThreadPoolExecutor(options.jobs) as pool:
        done = list(pool.map(lambda job: judge(job[0], job[1], options), enumerate(chosen(options), 1)))
    figures = [f for f in done if f]
    with open(os.path.join(options.output, "figures.json"), "w") as file:
        json.dump(figures, file, indent=1)
    print(json.dumps({"too_short": len(done) - len(figures), **summary(figures)}, indent=1))


if __name__ == "__main__":
    main()
