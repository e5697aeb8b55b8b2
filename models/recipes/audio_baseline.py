#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""N-gram baselines for audio codes: each level's unigram, and its bigram in time.

    audio_baseline.py TRAIN TEST      two folders of .tok files
Counts come from TRAIN. The unigram has one added to each count; the bigram is mixed with it as in Witten and Bell (1991), by
the number of different codes that followed. Prints nats a token and bits a second on TEST, level by level, to compare a
model with.
"""
import glob
import os
import struct
import sys

import numpy as np

from audio_judge import codes_of


def read(folder):
    files = sorted(glob.glob(os.path.join(folder, "**", "*.tok"), recursive=True))
    if not files:
        sys.exit(f"{folder}: no .tok files")
    head = struct.unpack_from("<IIIII", open(files[0], "rb").read(32), 8)
    return [codes_of(path) for path in files], head


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    train, (_, levels, codes, hop, rate) = read(sys.argv[1])
    test, _ = read(sys.argv[2])
    frames_a_second = rate / hop
    print("| level | unigram, nats | bits/s | bigram, nats | bits/s |\n|---|--:|--:|--:|--:|")
    totals = np.zeros(2)
    for level in range(levels):
        ones = np.ones(codes)
        pairs = np.zeros((codes, codes), np.float32)
        for piece in train:
            line = piece[:, level]
            ones += np.bincount(line, minlength=codes)
            np.add.at(pairs, (line[:-1], line[1:]), 1)
        unigram = ones / ones.sum()
        followed, kinds = pairs.sum(1), (pairs > 0).sum(1)
        bigram = (pairs + kinds[:, None] * unigram[None]) / np.maximum(followed + kinds, 1)[:, None]
        bigram[followed == 0] = unigram
        found = np.zeros(2)
        count = 0
        for piece in test:
            line = piece[:, level]
            found[0] -= np.log(unigram[line]).sum()
            found[1] -= np.log(bigram[line[:-1], line[1:]]).sum() + np.log(unigram[line[:1]]).sum()
            count += len(line)
        nats = found / count
        totals += nats
        print(f"| {level} | {nats[0]:.3f} | {nats[0] / np.log(2) * frames_a_second:.1f} | {nats[1]:.3f} | "
              f"{nats[1] / np.log(2) * frames_a_second:.1f} |")
    bits = totals / np.log(2) * frames_a_second
    print(f"| all | {totals[0] / levels:.3f} | {bits[0]:.1f} | {totals[1] / levels:.3f} | {bits[1]:.1f} |")


if __name__ == "__main__":
    main()
