#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Selects the rows of a manifest that models/piano was trained on: those for training and validation whose licence allows a
model to be shared. Each training performance stands twice, because the model should play like performances.

  python3 models/recipes/piano_table.py ../shared/data/manifest.csv > piano.csv
"""
import csv
import os
import sys

NO_LICENCE = ("not stated", "see piano-midi.de", "CC BY 4.0 (repo README; sequenced")  # sequenced from the work of others, or no licence at all


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    with open(sys.argv[1], newline="") as file:
        rows = [row for row in csv.DictReader(file)
                if row["split"] in ("train", "valid") and not row["licence"].startswith(NO_LICENCE)]
    folder = os.path.dirname(os.path.abspath(sys.argv[1]))
    rows += [row for row in rows if row["split"] == "train" and row["kind"] == "performance"]
    out = csv.DictWriter(sys.stdout, rows[0], lineterminator="\n")
    out.writeheader()
    out.writerows({**row, "path": os.path.join(folder, row["path"])} for row in rows)


if __name__ == "__main__":
    main()
