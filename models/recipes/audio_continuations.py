#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures continuations of recordings, beside the sound that really follows.

    audio_continuations.py FOLDER [--model MODEL] [--audio-codec CODEC] [--arioso PROGRAM] [-n 20] [--keep OUT] [--options "-t 0.9"]
Each WAV file of FOLDER, of one channel at the codec's rate, is cut after 20 s and continued by 10 s, with the seeds 1, 2, 3 ...
Beside the new sound stand what really follows, and the same after the codec, which no continuation can beat. A row of the
table is a file:

- loudness: of the 10 s, in decibels over the prompt's, and of its loudest and quietest windows of 3 s
- silence: the longest time more than 40 dB below the prompt's loudness, in seconds
- centroid: of the spectrum, the mean of windows by their energy, in Hz; of the first and of the last 5 s
- onsets: a second; peaks of how much the spectrum's bands grow
Then the means of all, and the loudness of each second, as the mean of all.
"""
import argparse
import glob
import os
import shlex
import tempfile

import numpy as np

from audio_judge import RATE, amplitudes, decibels, filters, read_wav, run, write_wav

PROMPT, NEW, WINDOW = 20, 10, 1024


def loudness(x):
    return 10 * np.log10(np.mean(np.square(x)) + 1e-9)


def by_time(x, seconds):
    """Loudness in windows of so many seconds, one beginning each second."""
    return np.array([loudness(x[i * RATE:(i + seconds) * RATE]) for i in range(len(x) // RATE - seconds + 1)])


def silence(x, floor):
    step = RATE // 50
    longest = now = 0
    for i in range(len(x) // step):
        now = now + 1 if loudness(x[i * step:(i + 1) * step]) < floor else 0
        longest = max(longest, now)
    return longest / 50


def centroid(x):
    power = amplitudes(x, WINDOW) ** 2
    return float((power @ np.linspace(0, RATE / 2, WINDOW // 2 + 1)).sum() / (power.sum() + 1e-9))


def onsets(x):
    """A second: where bands of the spectrum have grown by more than their surroundings do, at least 50 ms apart."""
    bands = np.maximum(decibels(amplitudes(x, WINDOW) @ filters(WINDOW).T), -20)
    growth = np.maximum(0, bands[2:] - bands[:-2]).mean(1)  # over 21 ms
    around = np.convolve(growth, np.ones(47) / 47, "same")
    found, last, apart = 0, -99, 5
    for i in range(apart, len(growth) - apart):
        if growth[i] == growth[i - apart:i + apart + 1].max() and growth[i] > around[i] + 1.5 and i - last > apart:
            found, last = found + 1, i
    return found * RATE / len(x)


def measure(x, prompt):
    own = loudness(prompt)
    windows = by_time(x, 3) - own
    half = len(x) // 2
    return [loudness(x) - own, windows.max(), windows.min(), silence(x, own - 40), centroid(x[:half]), centroid(x[half:]), onsets(x)]


def continued(args, path, number, work):
    """-> the new sound, what really follows, the same after the codec, the prompt"""
    x, rate = read_wav(path)
    if rate != RATE or len(x) < (PROMPT + NEW) * RATE:
        return None
    whole, tok, again = (os.path.join(work, name) for name in ("whole.wav", "x.tok", "again.wav"))
    x = x[:(PROMPT + NEW) * RATE]
    write_wav(whole, x)
    run(args.arioso, "encode", whole, "-o", tok, "-m", args.audio_codec, *(["--levels", str(args.levels)] if args.levels else []))
    run(args.arioso, "decode", tok, "-o", again, "-m", args.audio_codec)
    out = os.path.join(args.keep or work, f"{number:02}.wav")
    run(args.arioso, "continue", whole, "-o", out, "--to", str(PROMPT), "-s", str(NEW), "--seed", str(number), "-m", args.model,
        "--audio-codec", args.audio_codec, *shlex.split(args.options))
    cut = PROMPT * RATE
    return read_wav(out)[0][cut:], x[cut:], read_wav(again)[0][cut:], x[:cut]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder"), parser.add_argument("--arioso", default="arioso")
    parser.add_argument("--model", default="audio-piano"), parser.add_argument("--audio-codec", default="audio-codec")
    parser.add_argument("-n", type=int, default=20), parser.add_argument("--options", default="")
    parser.add_argument("--levels", type=int, default=0, help="levels that the model was trained with; 0: all of the codec's")
    parser.add_argument("--keep", metavar="FOLDER", help="where the continued recordings stay")
    args = parser.parse_args()
    if args.keep:
        os.makedirs(args.keep, exist_ok=True)
    kinds, found, seconds = ("new", "real", "real after the codec"), [], []
    print("| file | | loudness, dB | loudest | quietest | silence, s | centroid, first half | last half | onsets/s |\n"
          "|---|---|--:|--:|--:|--:|--:|--:|--:|")
    row = lambda name, kind, v: print(f"| {name} | {kind} | {v[0]:+.1f} | {v[1]:+.1f} | {v[2]:+.1f} | {v[3]:.2f} | {v[4]:.0f} | "
                                      f"{v[5]:.0f} | {v[6]:.1f} |", flush=True)
    with tempfile.TemporaryDirectory() as work:
        for path in sorted(glob.glob(os.path.join(args.folder, "*.wav"))):
            if len(found) == args.n:
                break
            made = continued(args, path, len(found) + 1, work)
            if made is None:
                continue
            prompt = made[3]
            found.append([measure(x, prompt) for x in made[:3]])
            seconds.append([by_time(x, 1) - loudness(prompt) for x in made[:3]])
            for kind, values in zip(kinds, found[-1]):
                row(os.path.basename(path)[:-4], kind, values)
    for i, kind in enumerate(kinds):
        row(f"mean of {len(found)}", kind, np.mean([f[i] for f in found], 0))
    for i, kind in enumerate(kinds):
        print(f"{kind}: " + " ".join(f"{v:+.1f}" for v in np.mean([s[i] for s in seconds], 0)))


if __name__ == "__main__":
    main()
