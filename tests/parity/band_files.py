#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Files of shared/multi through midi-band and back: what is kept, by the oracle, and whether their tokens come back.

  band_files.py ARIOSO SHARED [--all]

Of all notes 0.998 must be kept, and of each file's 0.98: where a pitch begins in two steps next to each other, the
oracle may take the one for the other.
"""
import csv
import os
import random
import subprocess
import sys
import tempfile

FILES, KEPT, KEPT_OF_FILE = 150, 0.998, 0.98
# Where the oracle hears otherwise than arioso/channels.h says, and a file's share is not asked for: it takes a note-off
# in the tick of an onset that ended an older note for the new note's, and drums for channel 10's also where GS says
# otherwise. unit/test_band.c has both rules. Their tokens must come back all the same, and they count among all notes.
HEARD_OTHERWISE = {"simutrans/" + name + ".mid" for name in (
    "f6ab01d32693", "4b80ff6d0711", "6bf8c2379357", "6d1bdcaf3312", "c4523a9cfe23")}


def round_trip(arioso, oracle, path, folder):
    """(notes, share kept, tokens, whether the tokens come back)"""
    tokens, back, again = (os.path.join(folder, name) for name in ("a.u16", "b.mid", "c.u16"))
    for source, target in ((path, tokens), (tokens, back), (back, again)):
        if os.path.exists(target):
            os.remove(target)
        subprocess.run([arioso, "tokens", source, "--codec", "midi-band", "-o", target], check=True)
    with open(tokens, "rb") as first, open(again, "rb") as second:
        one, two = first.read(), second.read()
    found = oracle.round_trip(path, back)
    return found["notes"], found["kept"], len(one) // 2, one == two


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__.strip())
    arioso, shared = sys.argv[1], sys.argv[2]
    sys.path.insert(0, os.path.join(shared, "oracle"))
    import band_check as oracle
    with open(os.path.join(shared, "multi", "manifest.csv"), newline="") as file:
        paths = [row["path"] for row in csv.DictReader(file)]
    if "--all" not in sys.argv:
        paths = random.Random(26).sample(paths, FILES)
    notes = kept = tokens = 0
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            count, share, length, same = round_trip(arioso, oracle, os.path.join(shared, "multi", path), folder)
            notes, kept, tokens = notes + count, kept + share * count, tokens + length
            bad += (share < KEPT_OF_FILE and path not in HEARD_OTHERWISE) or not same
            if share < KEPT or not same:
                print(f"{path}: {share:.4f} of {count} notes kept{'' if same else ', and its tokens do not come back'}")
    print(f"{len(paths)} files: {kept / notes:.5f} of {notes} notes kept, {tokens / notes:.3f} tokens a note")
    sys.exit(bad > 0 or kept < KEPT * notes)


if __name__ == "__main__":
    main()
