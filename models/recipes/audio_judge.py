#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures an audio codec on unseen sound: the distance of decoded sound from the original.

    audio_judge.py CODEC FOLDER... [--arioso PROGRAM] [--most N] [--opus KBIT]...      a row a number of levels, and Opus beside
A folder holds WAV files at any rate; its name is the row's. The distance is that of logarithmic mel spectra (64 bands, windows
of 256, 512, 1024 and 2048 samples, a quarter apart, at 24 kHz), in decibels, as the mean of all bands and times. First the
decoded sound is moved by the lag, up to 50 ms, at which it fits best. Mel bands do not tell a tone from a buzz, so the second
figure is the same for the single bins of 4096 samples, 6 Hz each, up to 5 kHz, where the original is at most 50 dB below its
loudest. Then come the lag in samples, the codes used, and their perplexity, level by level. Opus is opusenc and opusdec of
opus-tools, mono, with a constant bit rate.
"""
import argparse
import glob
import os
import struct
import subprocess
import sys
import tempfile
import wave

import numpy as np

RATE, WINDOWS, BANDS, MOST_LAG = 24000, (256, 512, 1024, 2048), 64, 1200


def read_wav(path):
    with wave.open(path) as file:
        if file.getsampwidth() != 2:
            sys.exit(f"{path}: only 16-bit files are read here")
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        return sound.mean(1) / 32768, file.getframerate()


def write_wav(path, x):
    """At the codec's rate, one channel."""
    with wave.open(path, "wb") as file:
        file.setnchannels(1), file.setsampwidth(2), file.setframerate(RATE)
        file.writeframes((x * 32768).round().clip(-32768, 32767).astype("<i2").tobytes())


def filters(window):
    mel = lambda f: 2595 * np.log10(1 + f / 700)
    edges = 700 * (10 ** (np.linspace(mel(30), mel(RATE / 2), BANDS + 2) / 2595) - 1)
    bins = np.linspace(0, RATE / 2, window // 2 + 1)
    rises = (bins[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falls = (edges[2:, None] - bins[None]) / (edges[2:] - edges[1:-1])[:, None]
    weights = np.maximum(0, np.minimum(rises, falls))
    return weights[weights.sum(1) > 0]  # of short windows the lowest bands hold no bin


def amplitudes(x, window):
    frames = np.lib.stride_tricks.sliding_window_view(x, window)[::window // 4] * np.hanning(window)
    return np.abs(np.fft.rfft(frames))


def decibels(amplitudes):
    return 20 * np.log10(np.maximum(amplitudes, 1e-3))


def spectrum(x, window):
    return decibels(amplitudes(x, window) @ filters(window).T)


def tones(x, y):
    """How far the bins are that are to be heard in x."""
    a, b = (decibels(amplitudes(z, 4096)[:, :4096 * 5000 // RATE]) for z in (x, y))
    return np.abs(a - b)[a > a.max() - 50].mean()


def lag_of(x, y):
    """How much later y is than x."""
    size = 1 << (len(x) + len(y)).bit_length()
    fit = np.fft.irfft(np.fft.rfft(y, size) * np.conj(np.fft.rfft(x, size)), size)
    near = np.concatenate([fit[-MOST_LAG:], fit[:MOST_LAG + 1]])
    return int(near.argmax()) - MOST_LAG


def distances(x, y):
    """-> of mel spectra, of tones, lag"""
    lag = lag_of(x, y)
    x, y = (x, y[lag:]) if lag >= 0 else (x[-lag:], y)
    count = min(len(x), len(y))
    x, y = x[:count], y[:count]
    return np.mean([np.abs(spectrum(x, w) - spectrum(y, w)).mean() for w in WINDOWS]), tones(x, y), lag


def codes_of(path):
    """The codes [frames, levels] of a .tok file (codecs/include/arioso/audio_file.h)."""
    data = open(path, "rb").read()
    levels = struct.unpack_from("<I", data, 12)[0]
    at, blocks = 40, []
    while frames := struct.unpack_from("<I", data, at)[0]:
        blocks.append(np.frombuffer(data, "<u2", frames * levels, at + 4).reshape(frames, levels))
        at += 4 + 2 * frames * levels
    return np.concatenate(blocks) if blocks else np.zeros((0, levels), "<u2")


def run(*words):
    made = subprocess.run(words, capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"{' '.join(words)}: {made.stderr.strip()}")
    return made.stdout


def at_24k(path, work):
    """The file at the codec's rate: what goes into both codecs."""
    x, rate = read_wav(path)
    out = os.path.join(work, "in.wav")
    if rate != RATE:
        run("sox", path, "-r", str(RATE), "-c", "1", "-b", "16", out)
        return out, read_wav(out)[0]
    write_wav(out, x)
    return out, read_wav(out)[0]


def ours(args, work, source, levels):
    tok, out = os.path.join(work, "x.tok"), os.path.join(work, "x.wav")
    run(args.arioso, "encode", source, "-o", tok, "-m", args.codec, "--levels", str(levels))
    run(args.arioso, "decode", tok, "-o", out, "-m", args.codec)
    return read_wav(out)[0], codes_of(tok)


def opus(work, source, rate):
    packed, out = os.path.join(work, "x.opus"), os.path.join(work, "opus.wav")
    run("opusenc", "--quiet", "--bitrate", str(rate), "--hard-cbr", source, packed)
    run("opusdec", "--quiet", "--rate", str(RATE), packed, out)
    return read_wav(out)[0], 8 * os.path.getsize(packed)


def judge(args, folder, config):
    files = sorted(glob.glob(os.path.join(folder, "*.wav")))[:args.most]
    if not files:
        sys.exit(f"{folder}: no WAV files")
    hop, codes = int(np.prod(config["ratios"])), config["codes"]
    rows = {("codec", q): [] for q in range(1, config["levels"] + 1)} | {("opus", k): [] for k in args.opus}
    used, seconds, opus_bits = [], 0, {k: 0 for k in args.opus}
    with tempfile.TemporaryDirectory() as work:
        for path in files:
            source, x = at_24k(path, work)
            seconds += len(x) / RATE
            for kind, number in rows:
                if kind == "codec":
                    y, c = ours(args, work, source, number)
                    if number == config["levels"]:
                        used.append(c)
                else:
                    y, bits = opus(work, source, number)
                    opus_bits[number] += bits
                rows[kind, number].append(distances(x, y))
    used = np.concatenate(used)
    print(f"\n{os.path.basename(folder.rstrip('/'))}: {len(files)} files, {seconds:.0f} s\n")
    print("| | kbit/s | mels, dB | tones, dB | lag | codes used | perplexity |\n|---|--:|--:|--:|--:|--:|--:|")
    for (kind, number), found in rows.items():
        (far, tonal, _), lag = np.mean(found, 0), int(np.median(found, 0)[2])
        figures = f"{far:.2f} | {tonal:.2f} | {lag}"
        if kind == "opus":
            print(f"| Opus at {number} | {opus_bits[number] / seconds / 1000:.1f} | {figures} | | |")
            continue
        counts = np.bincount(used[:, number - 1], minlength=codes) / len(used)
        perplexity = np.exp(-(counts[counts > 0] * np.log(counts[counts > 0])).sum())
        print(f"| {number} level{'s' * (number > 1)} | {number * np.log2(codes) * RATE / hop / 1000:.1f} | {figures} | "
              f"{(counts > 0).mean():.0%} | {perplexity:.0f} |")


def main():
    import json
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("codec"), parser.add_argument("folders", nargs="+")
    parser.add_argument("--arioso", default="arioso"), parser.add_argument("--most", type=int, default=40)
    parser.add_argument("--opus", type=float, action="append")
    args = parser.parse_args()
    args.opus = args.opus or [6, 12]
    config = json.load(open(os.path.join(args.codec, "config.json")))
    for folder in args.folders:
        judge(args, folder, config)


if __name__ == "__main__":
    main()
