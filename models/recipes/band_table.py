#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Of the manifest of multi-instrument files what models/band is trained on: the rows of training and validation of the
licence classes that are named (free alone by default), each with its licence and weight. A row of weight n stands n times:

  sequenced files with drums    4, what people have most of and the table least
  other sequenced files         2
  accompaniment by a program    1 of 2, drawn by the path
  all others                    1

  python3 models/recipes/band_table.py ../shared/multi/manifest.csv [free sharealike ...] > band.csv
"""
import csv
import hashlib
import os
import sys

COLUMNS = ("path", "split", "source", "kind", "licence", "licence_class", "weight")


def weight(row):
    if row["kind"] == "sequenced":
        return 4 if row["has_drums"] == "1" else 2
    if row["kind"] == "synthetic":
        return hashlib.sha1(row["path"].encode()).digest()[0] % 2
    return 1


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    classes = sys.argv[2:] or ["free"]
    with open(sys.argv[1], newline="") as file:
        rows = [row for row in csv.DictReader(file)
                if row["split"] in ("train", "valid") and row["licence_class"] in classes]
    folder = os.path.dirname(os.path.abspath(sys.argv[1]))
    out = csv.DictWriter(sys.stdout, COLUMNS, extrasaction="ignore", lineterminator="\n")
    out.writeheader()
    for row in rows:
        times = weight(row) if row["split"] == "train" else 1
        line = {**row, "path": os.path.join(folder, row["path"]), "weight": times}
        out.writerows([line] * times)


if __name__ == "__main__":
    main()
