#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a sound server recorded against what `arioso render --format float` made: the same samples, from the first that
is not zero to the last, and nothing before or after.


"""
import sys
import numpy as np


def read_wav(path):
    """The float samples [frames, 2] of a WAV file: the module wave knows no floats, so its chunks are walked here."""
    data = open(path, "rb").read()
    at = 12
    while data[at:at + 4] != b"data":
        at += 8 + int.from_bytes(data[at + 4:at + 8], "little") + (data[at + 4] & 1)
    size = int.from_bytes(data[at + 4:at + 8], "little")
    return np.frombuffer(data, np.float32, size // 8 * 2, at + 8).reshape(-1, 2)


def sounding(samples):
    loud = np.flatnonzero(np.any(samples != 0, axis=1))
    return (loud[0], loud[-1] + 1) if len(loud) else (0, 0)


def main():
    raw = np.fromfile(sys.argv[1], np.float32)
    heard = raw[:len(raw) // 2 * 2].reshape(-1, 2)
    wanted = read_wav(sys.argv[2])
    a, b = sounding(heard), sounding(wanted)
    if b[0] == b[1]:
        sys.exit("the render is silent: nothing to compare")
    if len(sys.argv) > 3:
        length = min(a[1] - a[0], b[1] - b[0]) - int(48000 * float(sys.argv[4]))
        if length < 48000:
            sys.exit("too little was heard to be compared")
        a, b = (a[0], a[0] + length), (b[0], b[0] + length)
    if a[1] - a[0] != b[1] - b[0]:
        sys.exit(f"sounds for {a[1] - a[0]} frames, the render for {b[1] - b[0]}")
    different = np.flatnonzero(np.any(heard[a[0]:a[1]] != wanted[b[0]:b[1]], axis=1))
    if len(different):
        sys.exit(f"{len(different)} of {a[1] - a[0]} frames differ, the first at {different[0] / 48000:.3f} s")
    print(f"{a[1] - a[0]} frames ({(a[1] - a[0]) / 48000:.1f} s) are the same, sample for sample")


main()
