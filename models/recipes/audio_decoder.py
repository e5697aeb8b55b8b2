#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains a spectral decoder for the codes of an audio codec that is there, with PyTorch, on a CPU or a GPU.

    audio_decoder.py prepare MANIFEST.csv --split train --codec CODEC --out DATA --hours 12 [--arioso PROGRAM]
    audio_decoder.py train DATA --valid VALID --codec CODEC --out FOLDER --minutes 600 --adversarial-minutes 360 [--resume]
`prepare` renders passages of MIDI files with several SoundFonts, detuned by up to 20 cents, in rooms, with noise, at all loudnesses,
encodes them, and keeps sound and codes side by side; it goes on where it was stopped. `train` learns to make the sound of its codes
again: the encoder and the codebooks stay as they are, so that models of the codes stay valid.

Each item of a batch has a number of levels of its own; half of them have all. The loss is what audio_codec.py compares - mel bands,
single bins in logarithms and in roots, the wave up to 1.5 kHz - and the energy of bands: a decoder that is unsure of a bin
makes it too quiet, and whole bands go. After --minutes discriminators of complex spectra come in (Defossez et al. 2022), whose
features are to be matched, for --adversarial-minutes. The decoder that is exported is a moving average of the trained one.
Minutes are those that a CPU's threads are given, or a GPU's. SIGTERM saves and ends. log.csv has the curve. Its columns of the validation: mel and tones in dB (means of logarithmic
distances of bands and of bins), the energy of four bands against the original's in dB.
"""
import argparse
import copy
import csv
import json
import math
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from audio_codec import Judges, RATE, Spectra, balanced, keep_memory, read_wav, varied, write_wav
from audio_network import Codec, SPECTRAL, Spectral

# Of Debian's. Two are kept for the judge: MuseScore_General and opl3-soundfont, which is no piano at all.
SOUNDFONTS = ["/usr/share/sounds/sf2/TimGM6mb.sf2", "/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/sounds/sf2/sf_GMbank.sf2",
              "/usr/share/sounds/sf3/FluidR3Mono_GM.sf3"]
SHAPE = ("channels", "blocks", "hidden", "window", "lookahead")  # what options say of the decoder
SECONDS = 30  # of a passage
CENTS = 20


# ---- Sound and its codes ----

def read_tok(path):
    """A file of audio codes, of version 1 or 2 (codecs/include/arioso/audio_file.h) -> codes [frames, levels]"""
    with open(path, "rb") as file:
        data = file.read()
    version, levels, codes = np.frombuffer(data, "<u4", 3, 8)
    bits = 16 if version == 1 else max(1, int(codes - 1).bit_length())
    at, blocks = 40, [np.zeros((0, levels), np.uint16)]
    while (count := int(np.frombuffer(data, "<u4", 1, at)[0])):
        size = (count * levels * bits + 7) // 8
        unpacked = np.unpackbits(np.frombuffer(data, np.uint8, size, at + 4), bitorder="little")[:count * levels * bits]
        blocks.append((unpacked.reshape(-1, bits) @ (1 << np.arange(bits))).astype(np.uint16).reshape(count, levels))
        at += 4 + size
    return np.concatenate(blocks)


class Passages:
    """A folder of passages: sound.i16 and codes.u16 [frames, levels], one after the other, and passages.csv, which says where each
    begins and of what it was made."""
    COLUMNS = ["path", "soundfont", "rate", "from", "frames", "first"]

    def __init__(self, folder, hop, levels):
        self.folder, self.hop, self.levels = folder, hop, levels
        self.table = os.path.join(folder, "passages.csv")
        self.rows = list(csv.DictReader(open(self.table))) if os.path.exists(self.table) else []
        self.frames = sum(int(row["frames"]) for row in self.rows)

    def path(self, name):
        return os.path.join(self.folder, name)

    def open_to_write(self):
        """What was written of a passage that is not in the table is cut off."""
        os.makedirs(self.folder, exist_ok=True)
        self.files = [open(self.path(name), "ab") for name in ("sound.i16", "codes.u16")]
        for file, size in zip(self.files, (2 * self.hop, 2 * self.levels)):
            file.truncate(self.frames * size)

    def add(self, row, sound, codes):
        for file, numbers in zip(self.files, (sound, codes)):
            file.write(numbers.tobytes()), file.flush()
        row.update(frames=len(codes), first=self.frames)
        with open(self.table, "a", newline="") as file:
            out = csv.DictWriter(file, self.COLUMNS)
            if not self.rows:
                out.writeheader()
            out.writerow(row)
        self.rows.append(row)
        self.frames += len(codes)

    def open_to_read(self):
        if not self.rows:
            sys.exit(f"{self.folder}: no passages; `prepare` makes them")
        self.sound = np.memmap(self.path("sound.i16"), "<i2", "r", shape=(self.frames, self.hop))
        self.codes = np.memmap(self.path("codes.u16"), "<u2", "r", shape=(self.frames, self.levels))
        self.lengths = np.array([int(row["frames"]) for row in self.rows])
        self.firsts = np.concatenate([[0], np.cumsum(self.lengths)])

    def batch(self, count, frames, rng):
        """-> sound [count, 1, frames hop] within +-1, codes [count, frames, levels]"""
        ends = np.cumsum(np.maximum(0, self.lengths - frames + 1))
        spots = rng.integers(ends[-1], size=count)
        pieces = np.searchsorted(ends, spots, side="right")
        begins = self.firsts[pieces] + spots - np.where(pieces > 0, ends[pieces - 1], 0)
        sound = np.stack([self.sound[b:b + frames].reshape(1, -1) for b in begins]).astype(np.float32) / 32768
        codes = np.stack([self.codes[b:b + frames] for b in begins]).astype(np.int64)
        return torch.from_numpy(sound), torch.from_numpy(codes)


def make_passage(args, rows, number, scratch):
    """One passage -> what it is of, sound, codes; None if it cannot be made. The same number makes the same passage."""
    rng, noise = random.Random(args.seed * 1000003 + number), np.random.default_rng((args.seed, number))
    row, font = rng.choice(rows), rng.choice(args.fonts)
    start = rng.uniform(0, max(0.0, float(row["seconds"]) - SECONDS))
    rate = round(RATE * 2 ** (rng.uniform(-CENTS, CENTS) / 1200))  # heard at RATE, it is detuned
    wav, tok = (os.path.join(scratch, name) for name in ("passage.wav", "passage.tok"))
    path = os.path.join(os.path.dirname(args.data), row["path"])
    made = subprocess.run([args.arioso, "render", path, "-o", wav, "--rate", str(rate), "--soundfont", font, "--from", f"{start:.2f}",
                           "--to", f"{start + SECONDS:.2f}", "--tail", "0.5"], capture_output=True)
    if made.returncode:
        return None
    sound = read_wav(wav)
    if len(sound) < RATE * 3 or np.abs(sound).max() < 300:
        return None
    sound = np.rint(varied(sound / 32768, noise) * 32767).astype("<i2")[:len(sound) // args.hop * args.hop]
    write_wav(wav, sound)
    if subprocess.run([args.arioso, "encode", wav, "-o", tok, "-m", args.codec], capture_output=True).returncode:
        return None
    codes = read_tok(tok).astype("<u2")
    about = {"path": row["path"], "soundfont": os.path.basename(font), "rate": rate, "from": f"{start:.2f}"}
    return (about, sound, codes) if len(codes) * args.hop == len(sound) else None


def config_of(folder):
    with open(os.path.join(folder, "config.json")) as file:
        config = json.load(file)
    return config, math.prod(config["ratios"])


def prepare(args):
    config, args.hop = config_of(args.codec)
    args.codec = os.path.join(".", args.codec) if os.path.isdir(args.codec) and not os.path.isabs(args.codec) else args.codec
    args.fonts = [font for font in (args.soundfont or SOUNDFONTS) if os.path.exists(font)]
    rows = [row for row in csv.DictReader(open(args.data)) if row["split"] == args.split]
    if not rows or len(args.fonts) < len(args.soundfont or SOUNDFONTS):
        sys.exit(f"no file of this split, or not all of these SoundFonts: {' '.join(args.soundfont or SOUNDFONTS)}")
    passages = Passages(args.out, args.hop, config["levels"])
    passages.open_to_write()
    wanted, number = int(3600 * args.hours * RATE / args.hop), 0
    attempts = os.path.join(args.out, "attempts")  # passages that could not be made count, too
    if os.path.exists(attempts):
        number = int(open(attempts).read())
    while passages.frames < wanted:
        made = make_passage(args, rows, number, args.out)
        number += 1
        if made:
            passages.add(*made)
        if number > 20 and not passages.rows:
            sys.exit(f"{args.arioso}: none of {number} passages could be rendered and encoded; try it by hand")
        with open(attempts + ".part", "w") as file:
            file.write(str(number))
        os.replace(attempts + ".part", attempts)
        if number % 20 == 0:
            print(f"{args.out}: {passages.frames * args.hop / RATE / 3600:.2f} of {args.hours} hours", flush=True)
    print(f"{args.out}: {passages.frames * args.hop / RATE / 3600:.2f} hours of {len(passages.rows)} passages")


# ---- Training ----

BANDS = (0, 800, 2000, 5000, 12000)  # Hz
FINER = 4  # parts of each band, in the loss


def energies(x, edges, window=2048):
    """x [batch, 1, time] -> [batch, bands] energy between the edges"""
    power = torch.stft(x[:, 0], window, window // 4, window=torch.hann_window(window, device=x.device), return_complex=True).abs().square()
    bins = [round(edge * window / RATE) for edge in edges]
    return torch.stack([power[:, a:b].sum((1, 2)) for a, b in zip(bins, bins[1:])], 1)


def band_distance(x, y):
    """How far the energies of bands are apart, in units of 10 dB; each item its own, summed up. Bands 60 dB below the whole do not count."""
    edges = [a + (b - a) * i / FINER for a, b in zip(BANDS, BANDS[1:]) for i in range(FINER)] + [BANDS[-1]]
    a, b = energies(x, edges), energies(y, edges)
    least = 1e-6 * a.sum(1, keepdim=True) + 1e-6
    return ((a + least).log10() - (b + least).log10()).abs().mean(1).sum()


class Discriminator(nn.Module):
    """Of complex spectra of one resolution, their magnitudes as roots. Those of audio_codec.py take 18 s of a step on a CPU, two of these
    for half of the items 2.4."""

    def __init__(self, window):
        super().__init__()
        self.window_size = window
        self.register_buffer("window", torch.hann_window(window))
        norm, conv = nn.utils.weight_norm, nn.Conv2d
        self.layers = nn.ModuleList([norm(conv(2, 32, (3, 8), (1, 4), (1, 3))), norm(conv(32, 32, (3, 6), (1, 3), (1, 2))),
                                     norm(conv(32, 64, (3, 3), (1, 2), (2, 1), (2, 1))), norm(conv(64, 64, (3, 3), 1, (4, 1), (4, 1)))])
        self.last = norm(conv(64, 1, (3, 3), padding=1))

    def forward(self, x):
        s = torch.stft(x[:, 0], self.window_size, self.window_size // 4, window=self.window, return_complex=True)
        x, features = torch.view_as_real(s).permute(0, 3, 2, 1), []
        x = x * (x.square().sum(1, keepdim=True) + 1e-4) ** -0.25
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.last(x), features


def random_levels(count, most):
    """Half of them have all."""
    levels = torch.full((count,), most)
    few = torch.rand(count) < 0.5
    levels[few] = torch.randint(1, most + 1, (int(few.sum()),))
    return levels


class Run:
    """Everything that a step needs and that is saved to go on with it."""

    def __init__(self, args):
        self.args, self.step, self.minutes = args, 0, 0.0
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.base, self.hop = config_of(args.codec)
        self.codec = Codec.load(args.codec)
        self.books = torch.stack([level.codebook for level in self.codec.quantizer.levels]).to(self.device)
        shape = dict(SPECTRAL, hop=self.hop, **{name: getattr(args, name) for name in SHAPE})
        self.codec.config["decoder"] = shape
        self.codec.decoder = self.decoder = Spectral(self.codec.config).to(self.device)
        self.data = Passages(args.data, self.hop, self.base["levels"])
        self.data.open_to_read()
        self.spectra = Spectra().to(self.device)
        self.optimizer = torch.optim.AdamW(self.decoder.parameters(), args.rate, (0.9, 0.99), weight_decay=0.01)
        self.judges = Judges(args.judge_rate, self.device, [Discriminator(window) for window in (2048, 512)])
        self.path = os.path.join(args.out, "training.pt")
        self.valid = self.read_valid() if args.valid else None
        if args.resume:
            self.load()
        else:
            self.begin()
        self.average = self.average if args.resume else copy.deepcopy(self.decoder)

    def read_valid(self):
        valid = Passages(self.args.valid, self.hop, self.base["levels"])
        valid.open_to_read()
        return [part.to(self.device) for part in valid.batch(12, 200, np.random.default_rng(1))]

    @torch.no_grad()
    def begin(self):
        """The head begins with the mean spectrum of the sounds."""
        x, _ = self.data.batch(32, 20, np.random.default_rng(2))
        window = self.decoder.shape["window"]
        spectra = torch.stft(x[:, 0], window, window // 4, window=torch.hann_window(window), return_complex=True).abs()
        bins = window // 2 + 1
        self.decoder.head.weight.mul_(0.3)
        self.decoder.head.bias[:bins] = (spectra + 0.03).log().mean((0, 2)).to(self.device)

    def load(self):
        state = torch.load(self.path, map_location=self.device)
        self.step, self.minutes = state["step"], state["minutes"]
        self.decoder.load_state_dict(state["decoder"]), self.optimizer.load_state_dict(state["optimizer"])
        self.average = copy.deepcopy(self.decoder)
        self.average.load_state_dict(state["average"]), self.judges.load(state["judges"])

    def save(self):
        os.makedirs(self.args.out, exist_ok=True)
        state = {"decoder": self.decoder.state_dict(), "average": self.average.state_dict(), "optimizer": self.optimizer.state_dict(),
                 "judges": self.judges.state(), "step": self.step, "minutes": self.minutes}
        torch.save(state, self.path + ".tmp")
        os.replace(self.path + ".tmp", self.path)
        self.export(os.path.join(self.args.out, "codec"))

    def export(self, folder):
        trained = self.codec.decoder
        self.codec.decoder = self.average
        self.codec.save(folder, whole=True)
        self.codec.decoder = trained

    def frames(self, codes, levels):
        """codes [batch, frames, levels] -> what the quantizer decodes of the first `levels` [batch] levels, [batch, dimension, frames]"""
        out = 0
        for i, book in enumerate(self.books):
            out = out + book[codes[..., i]] * (levels > i).to(self.device).view(-1, 1, 1)
        return out.transpose(1, 2)

    def decode(self, decoder, x, codes, levels):
        """-> the original and what is decoded, without what has no past or no future to be made of"""
        d = decoder.shape
        first, last = 12, d["lookahead"] + d["window"] // (2 * self.hop)
        y = decoder(self.frames(codes, levels))
        return (v[..., first * self.hop:v.shape[-1] - last * self.hop] for v in (x, y))

    def shares(self):
        """Of the phase: how much is done of it; and whether the discriminators are in it."""
        first, second = self.args.minutes, self.args.adversarial_minutes
        done = max(self.minutes / (first + second), self.step / self.args.steps)
        at = done * (first + second)
        return (at / first, False) if at < first else (min(1.0, (at - first) / second) if second else 1.0, True)

    def learn(self):
        """One step. Returns the losses by name, the norm of the gradient, and the rate."""
        share, adversarial = self.shares()
        rng = np.random.default_rng((self.args.seed, self.step))
        torch.manual_seed(int(rng.integers(1 << 31)))
        x, codes = (part.to(self.device) for part in self.data.batch(self.args.batch, self.args.frames, rng))
        rate = self.args.rate * min(1, (self.step + 1) / 300) * (0.25 if adversarial else 1) * (0.05 + 0.95 * (0.5 + 0.5 * math.cos(math.pi * share)))
        x, y = self.decode(self.decoder, x, codes, random_levels(len(x), codes.shape[2]))
        mels, roots_of_mels, roots, levels, phases = self.spectra.distances(x, y)
        losses = [(1, mels), (0.5, roots_of_mels), (0.3, roots), (0.6, levels), (self.args.phases, phases), (self.args.bands, band_distance(x, y))]
        if adversarial:
            half = (len(x) + 1) // 2  # the other half's gradient of this is zero
            losses.append((self.args.adversarial, self.judges.loss(x[:half], y[:half])))
        self.optimizer.zero_grad(set_to_none=True)
        y.backward(balanced(y, losses))
        norm = float(nn.utils.clip_grad_norm_(self.decoder.parameters(), 1.0))
        if not math.isfinite(norm) or not math.isfinite(float(mels)):
            sys.exit(f"step {self.step}: the loss is {float(mels)}, the gradient {norm}: the last state that was saved is good")
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.step()
        self.step += 1
        with torch.no_grad():
            memory = min(0.999, (1 + self.step) / (10 + self.step))
            for mean, new in zip(self.average.parameters(), self.decoder.parameters()):
                mean.lerp_(new, 1 - memory)
        return {"mel": 20 * float(mels), "tones": 20 * float(levels) / len(x), "bands": 10 * float(losses[5][1]) / len(x)}, norm, rate

    @torch.no_grad()
    def judge(self):
        """mel, tones, four bands; in dB"""
        x, codes = self.valid
        x, y = self.decode(self.average, x, codes, torch.full((len(x),), codes.shape[2]))
        mels, _, _, levels, _ = self.spectra.distances(x, y)
        bands = 10 * (energies(y, BANDS).sum(0) / energies(x, BANDS).sum(0)).log10()
        return [20 * float(mels), 20 * float(levels) / len(x), *map(float, bands)]


COLUMNS = ["step", "minutes", "adversarial", "rate", "norm", "mel", "tones", "bands", "valid_mel", "valid_tones", "valid_0_800",
           "valid_800_2000", "valid_2000_5000", "valid_5000_12000"]


def write_log(run, means, valid):
    path = os.path.join(run.args.out, "log.csv")
    fresh = not os.path.exists(path)
    with open(path, "a", newline="") as file:
        out = csv.writer(file)
        if fresh:
            out.writerow(COLUMNS)
        numbers = [means[name] for name in COLUMNS[3:8]] + valid
        out.writerow([run.step, f"{run.minutes:.1f}", int(run.shares()[1])] + [f"{number:.5g}" for number in numbers])


def clock(device):
    """Seconds; on a CPU those that each thread was given, since training in the background gets more at some times than at others."""
    return time.time if device == "cuda" else lambda: time.process_time() / torch.get_num_threads()


def train(args):
    torch.manual_seed(args.seed)
    keep_memory()
    if args.threads:
        torch.set_num_threads(args.threads)
    os.makedirs(args.out, exist_ok=True)
    run, stop, means = Run(args), [], {}
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.append(1))
    seconds = clock(run.device)
    began, saved = seconds() - 60 * run.minutes, time.time()
    all_minutes = args.minutes + args.adversarial_minutes
    while run.minutes < all_minutes and run.step < args.steps and not stop:
        losses, norm, rate = run.learn()
        run.minutes = (seconds() - began) / 60
        for name, value in {**losses, "norm": norm, "rate": rate}.items():
            means[name] = value if name not in means or name == "rate" else 0.98 * means[name] + 0.02 * value
        if run.step % 20 == 0:
            print(f"step {run.step}, {run.minutes:.1f} min, mel {means['mel']:.2f}, tones {means['tones']:.2f}, bands {means['bands']:.2f}, "
                  f"norm {norm:.2f}", flush=True)
        if time.time() - saved > 60 * args.save_minutes:
            run.save(), write_log(run, means, run.judge() if run.valid else [])
            saved = time.time()
    run.save()
    if means:
        write_log(run, means, run.judge() if run.valid else [])
    print(f"{args.out}: {run.step} steps, {run.minutes:.1f} minutes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    p = commands.add_parser("prepare")
    p.add_argument("data", metavar="MANIFEST.csv"), p.add_argument("--split", default="train"), p.add_argument("--out", required=True)
    p.add_argument("--codec", required=True, help="its folder"), p.add_argument("--hours", type=float, default=12)
    p.add_argument("--arioso", default="arioso"), p.add_argument("--seed", type=int, default=1)
    p.add_argument("--soundfont", action="append", help="instead of the four")
    p.set_defaults(run=prepare)
    p = commands.add_parser("train")
    p.add_argument("data"), p.add_argument("--valid"), p.add_argument("--out", required=True)
    p.add_argument("--codec", required=True, help="the folder of the codec that made the codes")
    p.add_argument("--minutes", type=float, default=600), p.add_argument("--adversarial-minutes", type=float, default=360)
    p.add_argument("--steps", type=int, default=1 << 62, help="end after so many steps, whatever the minutes")
    p.add_argument("--batch", type=int, default=12), p.add_argument("--frames", type=int, default=80, help="of an item")
    p.add_argument("--rate", type=float, default=1e-3), p.add_argument("--judge-rate", type=float, default=3e-4)
    p.add_argument("--bands", type=float, default=0.4, help="weight of the bands' energies; mel bands' logarithms have 1")
    p.add_argument("--phases", type=float, default=0.3, help="weight of bins with their phases, up to 1.5 kHz")
    p.add_argument("--adversarial", type=float, default=0.7, help="weight of what the discriminators say")
    for name in SHAPE:
        p.add_argument(f"--{name}", type=int, default=SPECTRAL[name])
    p.add_argument("--resume", action="store_true"), p.add_argument("--seed", type=int, default=1)
    p.add_argument("--save-minutes", type=float, default=10), p.add_argument("--threads", type=int, help="CPU threads; all by default")
    p.set_defaults(run=train)
    args = parser.parse_args()
    if args.run is train and args.frames < 24 + args.lookahead + args.window // 960:
        parser.error("--frames: too few for the lookahead and the window; 80 is usual")
    args.run(args)


if __name__ == "__main__":
    main()
