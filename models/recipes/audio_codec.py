#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains the audio codec with PyTorch: on a CPU, a GPU, or many with torchrun.

    audio_codec.py render MANIFEST.csv --split train --out sounds/train --hours 8 [--arioso PROGRAM]
    audio_codec.py train sounds/train --valid sounds/valid --out audio-codec --minutes 240 [--resume] [--init CODEC]
`render` renders MIDI files with the system's SoundFonts: the seed picks one for each file, and a random gain. `train` varies
the sounds further: pitch within 20 cents, reverberation, noise, gain.

A codec starts as a transform that has the lower part of the wave, which a network takes hours to find by itself. The loss
compares what the ear compares: spectra over several resolutions, mel bands and single bins, in logarithms and in roots of
amplitudes, and up to 1.5 kHz with their phases. The quantizer gets the part of a frame that the last frames do not predict
(--predictor). It is trained by moving averages (van den Oord et al. 2017), redraws unused codes from the data, and drops its
last levels at random (Zeghidour et al. 2021), so that any number of levels is a codec. --adversarial adds discriminators of
complex spectra (Défossez et al. 2022). --decoder-only keeps what makes the codes: the decoder can be trained further while a
model is trained on the codes.
"""
import argparse
import csv
import ctypes
import glob
import itertools
import json
import math
import os
import random
import signal
import subprocess
import sys
import time
import wave

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.nn import functional as F

from audio_network import Codec, DEFAULT, Conv, Transposed
from perceiver_ar import load_tensors, orthogonalise, turn_of_worker

RATE = 24000
SHAPE = ("filters", "dimension", "residual_layers", "levels", "codes", "predictor", "lookahead")  # what options say of the network
SOUNDFONTS = ["/usr/share/sounds/sf2/TimGM6mb.sf2", "/usr/share/sounds/sf2/FluidR3_GM.sf2",
              "/usr/share/sounds/sf3/MuseScore_General.sf3", "/usr/share/sounds/sf3/MuseScore_General_Lite.sf3"]


# ---- Sound ----

def render(args):
    """Parts of MIDI files -> WAV at the codec's rate, mono by the mean of both sides."""
    rng = random.Random(args.seed)
    fonts = [path for path in (args.soundfont or SOUNDFONTS) if os.path.exists(path)]
    rows = [row for row in csv.DictReader(open(args.data)) if row["split"] == args.split]
    if not fonts or not rows:
        sys.exit("no SoundFont, or no file of this split")
    rng.shuffle(rows)
    os.makedirs(args.out, exist_ok=True)
    seconds = 0
    for number, row in enumerate(rows):
        if seconds >= 3600 * args.hours:
            break
        path = os.path.join(os.path.dirname(args.data), row["path"])
        out = os.path.join(args.out, f"{number:05}.wav")
        font, gain = rng.choice(fonts), 10 ** rng.uniform(-0.6, 0.3)
        if os.path.exists(out):
            seconds += len(read_wav(out)) / RATE
            continue
        made = subprocess.run([args.arioso, "render", path, "-o", out + ".tmp.wav", "--rate", str(RATE), "--soundfont", font,
                               "--gain", f"{gain:.3f}"], capture_output=True)
        if made.returncode:
            continue
        sound = read_wav(out + ".tmp.wav")
        os.remove(out + ".tmp.wav")
        if len(sound) > RATE * args.most:  # a part of it
            begin = rng.randrange(len(sound) - int(RATE * args.most))
            sound = sound[begin:begin + int(RATE * args.most)]
        write_wav(out, sound)
        seconds += len(sound) / RATE
    print(f"{args.out}: {seconds / 3600:.2f} hours")


def read_wav(path):
    with wave.open(path) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
    return sound.mean(1).astype(np.int16) if sound.shape[1] > 1 else sound[:, 0]


def write_wav(path, sound):
    with wave.open(path + ".part", "wb") as file:
        file.setnchannels(1), file.setsampwidth(2), file.setframerate(RATE)
        file.writeframes(np.asarray(sound, "<i2").tobytes())
    os.rename(path + ".part", path)


def varied(x, rng):
    """A sound in a room, with noise, at another loudness, each at times; x and what is returned are within +-1."""
    if rng.random() < 0.3:  # a room
        room = rng.standard_normal(int(RATE * rng.uniform(0.05, 0.4)))
        room *= np.exp(-np.arange(len(room)) * 6.9 / len(room))
        size = 1 << (len(x) + len(room) - 1).bit_length()
        wet = np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(room, size), size)[:len(x)]
        x = x + rng.uniform(0.1, 0.7) * wet * (np.std(x) / (np.std(wet) + 1e-9))
    if rng.random() < 0.2:
        x = x + rng.standard_normal(len(x)) * np.std(x) * 10 ** rng.uniform(-3, -1.5)
    x = x * 10 ** rng.uniform(-0.7, 0.2)
    return np.clip(x, -1, 1)


class Sounds:
    """Segments of all files of a folder, varied."""

    def __init__(self, folder, length, seed):
        self.sounds = [read_wav(path) for path in sorted(glob.glob(os.path.join(folder, "*.wav")))]
        self.sounds = [sound for sound in self.sounds if len(sound) > 2 * length]
        if not self.sounds:
            sys.exit(f"{folder}: no WAV files that are long enough")
        self.ends = np.cumsum([len(sound) for sound in self.sounds])
        self.length, self.rng = length, np.random.default_rng(seed)

    def segment(self, vary):
        rng = self.rng
        sound = self.sounds[np.searchsorted(self.ends, rng.integers(self.ends[-1]), side="right")]
        begin = rng.integers(len(sound) - int(1.05 * self.length) - 1)
        if not vary:
            return sound[begin:begin + self.length] / 32768
        speed = 2 ** (rng.uniform(-20, 20) / 1200)
        at = begin + np.arange(self.length) * speed
        whole = at.astype(np.int64)
        x = (sound[whole] + (at - whole) * (sound[whole + 1].astype(np.float64) - sound[whole])) / 32768
        return varied(x, rng)

    def batch(self, count, vary=True):
        return torch.tensor(np.stack([self.segment(vary) for _ in range(count)]), dtype=torch.float32)[:, None]


class Batches(torch.utils.data.IterableDataset):
    """The batches from a step on. Each has its own seed, so it is the same in any process and at any time."""

    def __init__(self, sounds, count, seed, rank, step):
        self.sounds, self.count, self.seed, self.rank, self.step = sounds, count, seed, rank, step

    def __iter__(self):
        turn, turns = turn_of_worker()
        for step in itertools.count(self.step + turn, turns):
            self.sounds.rng = np.random.default_rng((self.seed, step, self.rank))
            yield self.sounds.batch(self.count)


# ---- What the ear compares ----

def logarithmic(a, b):
    """How far amplitudes are apart. Below 1e-3, some 60 dB under quiet music, is silence: otherwise the logarithms of silence were all
    that counts."""
    return (a.clamp_min(1e-3).log10() - b.clamp_min(1e-3).log10()).abs()


class Spectra(nn.Module):
    """Distances of spectra over several resolutions: of mel bands, which are timbre, of single bins, which are tones (to bands a
    buzz is as good as a tone), and of bins with their phases, which are the wave."""
    BANDS = {64: 10, 128: 20, 256: 40, 512: 64, 1024: 80, 2048: 100}  # of a window
    FINE = (1024, 2048, 4096)
    FINE_UP_TO = 5000  # Hz, of their logarithms
    PHASED = (512, 2048)
    PHASED_UP_TO = 1500  # Hz: above, phases cost more bits than there are, and a decoder trained on them is silent

    def __init__(self):
        super().__init__()
        self.windows = sorted({*self.BANDS, *self.FINE, *self.PHASED})
        for window in self.windows:
            self.register_buffer(f"window{window}", torch.hann_window(window))
        for window, count in self.BANDS.items():
            self.register_buffer(f"mels{window}", self.filters(window, count))

    @staticmethod
    def filters(window, count):
        mel = lambda f: 2595 * math.log10(1 + f / 700)
        edges = 700 * (10 ** (np.linspace(mel(30), mel(RATE / 2), count + 2) / 2595) - 1)
        bins = np.linspace(0, RATE / 2, window // 2 + 1)
        rises = (bins[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
        falls = (edges[2:, None] - bins[None]) / (edges[2:] - edges[1:-1])[:, None]
        return torch.tensor(np.maximum(0, np.minimum(rises, falls)), dtype=torch.float32)

    def spectrum(self, x, window):
        return torch.stft(x[:, 0], window, window // 4, window=getattr(self, f"window{window}"), return_complex=True)

    @staticmethod
    def roots(a, b):
        """Of roots of amplitudes, as a share of those of a; each item its own, summed up."""
        a, b = a.clamp_min(1e-3).sqrt(), b.clamp_min(1e-3).sqrt()
        return ((a - b).abs().mean((1, 2)) / a.mean((1, 2))).sum()

    @staticmethod
    def levels(a, b):
        """Of logarithms of amplitudes, where a is at most 50 dB below its loudest; each item its own, summed up."""
        heard = (a > 10 ** -2.5 * a.amax((1, 2), keepdim=True)) & (a > 1e-3)
        return ((logarithmic(a, b) * heard).sum((1, 2)) / heard.sum((1, 2)).clamp_min(1)).sum()

    def distances(self, x, y):
        """-> of the bands' logarithms, of their roots, of the bins' roots, of their logarithms, of those with their phases"""
        logarithms = bands = bins = levels = phases = 0
        for window in self.windows:
            a, b = self.spectrum(x, window), self.spectrum(y, window)
            if window in self.PHASED:
                phases = phases + self.phases(*(v[:, :self.PHASED_UP_TO * window // RATE] for v in (a, b))) / len(self.PHASED)
            a, b = a.abs(), b.abs()
            if window in self.FINE:
                bins = bins + self.roots(a, b) / len(self.FINE)
                levels = levels + self.levels(*(v[:, :self.FINE_UP_TO * window // RATE] for v in (a, b))) / len(self.FINE)
            if window in self.BANDS:
                mels = getattr(self, f"mels{window}")
                a, b = mels @ a, mels @ b
                bands = bands + self.roots(a, b) / len(self.BANDS)
                logarithms = logarithms + logarithmic(a, b).mean() / len(self.BANDS)
        return logarithms, bands, bins, levels, phases

    @staticmethod
    def phases(a, b):
        """Of spectra with their phases, amplitudes as roots, as a share of those of a; each item its own, summed up."""
        a, b = (torch.view_as_real(v) for v in (a, b))
        a, b = (v * (v.square().sum(-1, keepdim=True) + 1e-4) ** -0.25 for v in (a, b))
        away, size = ((v.square().sum(-1) + 1e-6).sqrt().mean((1, 2)) for v in (a - b, a))
        return (away / (size + 1e-2)).sum()


class Discriminator(nn.Module):
    """Of complex spectra of one resolution."""

    def __init__(self, window, channels=16):
        super().__init__()
        self.window_size = window
        self.register_buffer("window", torch.hann_window(window))
        norm = nn.utils.weight_norm
        self.layers = nn.ModuleList([norm(nn.Conv2d(2, channels, (3, 9), padding=(1, 4)))] +
                                    [norm(nn.Conv2d(channels, channels, (3, 9), (1, 2), (d, 4), (d, 1))) for d in (1, 2, 4)] +
                                    [norm(nn.Conv2d(channels, channels, 3, padding=1))])
        self.last = norm(nn.Conv2d(channels, 1, 3, padding=1))

    def forward(self, x):
        s = torch.stft(x[:, 0], self.window_size, self.window_size // 4, window=self.window, normalized=True, return_complex=True)
        x, features = torch.stack([s.real, s.imag], 1).transpose(2, 3), []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.last(x), features


# ---- The quantizer, while it learns ----

class Averages:
    """Codebooks as moving averages of what they stand for; those that nobody uses are drawn anew. The predictor is what fits moving
    averages of frames and of what was decoded before them."""

    def __init__(self, quantizer, decay=0.99, least=0.2, begun=False, fixed=False):
        self.fixed = fixed  # they stay as they are
        self.levels, self.decay, self.least = quantizer.levels, decay, least
        self.counts = [torch.zeros(len(level.codebook), device=level.codebook.device) for level in self.levels]
        self.sums = [torch.zeros_like(level.codebook) for level in self.levels]
        self.quantizer, self.begun, self.frames, self.products, self.compared = quantizer, begun, [], 0, 0

    def gather(self, frames, begin):
        """frames [batch, time, dimension]. Keeps the last 20 frames a code, and at the beginning makes codebooks of them."""
        self.frames.append(frames)
        while sum(f.shape[0] * f.shape[1] for f in self.frames[1:]) > 20 * len(self.counts[0]):
            del self.frames[0]
        if begin:
            self.begin(torch.cat(self.frames))
            self.frames = []

    def begin(self, frames):
        """Some rounds of k-means, level by level, of what a predictor leaves that heard frames with errors of a quarter of their energy."""
        heard = frames + 0.5 * frames.std((0, 1)) * torch.randn_like(frames)
        self.compare(heard, frames), self.fit()
        matrices = self.quantizer.predictor
        rest = (frames - past(heard, len(matrices)) @ matrices.transpose(1, 2).flatten(0, 1)).flatten(0, 1)
        self.products = 0
        for i, level in enumerate(self.levels):
            book = level.codebook
            picked = torch.randint(len(rest), (len(book),), device=rest.device)
            book.copy_(rest[picked] + 0.01 * rest.std() * torch.randn_like(book))
            for _ in range(4):
                codes = torch.cdist(rest, book).argmin(1)
                counts = torch.bincount(codes, minlength=len(book)).float()
                sums = torch.zeros_like(book).index_add_(0, codes, rest)
                book.copy_(torch.where(counts[:, None] > 0, sums / counts.clamp_min(1)[:, None], book))
            share(book)
            codes = torch.cdist(rest, book).argmin(1)
            rest = rest - book[codes]
        self.begun = True

    def update(self, i, rest, codes):
        book = self.levels[i].codebook
        counts = torch.bincount(codes, minlength=len(book)).float()
        sums = torch.zeros_like(book).index_add_(0, codes, rest)
        sum_up(counts), sum_up(sums)
        if not self.counts[i].any():
            self.counts[i].fill_(counts.mean())
            self.sums[i].copy_(book * counts.mean())
        self.counts[i].mul_(self.decay).add_(counts, alpha=1 - self.decay)
        self.sums[i].mul_(self.decay).add_(sums, alpha=1 - self.decay)
        mean = self.counts[i].sum() / len(book)
        dead = self.counts[i] < self.least * mean
        book.copy_(self.sums[i] / self.counts[i].clamp_min(1e-6)[:, None])
        if dead.any():
            drawn = rest[torch.randint(len(rest), (int(dead.sum()),), device=rest.device)]
            book[dead] = drawn
            share(book)
            self.counts[i][dead] = mean
            self.sums[i][dead] = book[dead] * mean
        return int(dead.sum())

    def compare(self, heard, frames, memory=0.998):
        """What was decoded, and the frames that were to be; both [batch, time, dimension]. They make another predictor at times."""
        before = past(heard, len(self.quantizer.predictor)).flatten(0, 1)
        products = torch.cat([before, frames.flatten(0, 1)], 1).T @ before
        sum_up(products)
        self.products = memory * self.products + products
        self.compared += 1
        if self.compared % 100 == 0:
            self.fit()

    def fit(self):
        """The predictor of the least errors (ridge regression), but one that forgets: a mode of it that does not decay would be a tone
        that never ends."""
        count, width, _ = self.quantizer.predictor.shape
        if not count:
            return
        inside, across = self.products[:count * width], self.products[count * width:]
        ridge = 1e-3 * inside.trace() / len(inside) * torch.eye(len(inside), device=inside.device)
        matrices = torch.linalg.solve(inside + ridge, across.T).view(count, width, width).transpose(1, 2)
        chain = torch.eye(count * width, device=inside.device).roll(width, 0)
        chain[:width] = matrices.transpose(0, 1).flatten(1)
        loudest = float(torch.linalg.eigvals(chain.cpu()).abs().max())
        shrink = min(1.0, 0.99 / loudest) ** torch.arange(1, count + 1, device=inside.device)
        self.quantizer.predictor.copy_(matrices * shrink[:, None, None])

    def state(self):
        return {"counts": self.counts, "sums": self.sums, "begun": self.begun, "products": self.products, "compared": self.compared}

    def load(self, state):
        for name, value in state.items():
            setattr(self, name, value)


def past(frames, count):
    """frames [batch, time, dimension] -> of each the `count` before it, the last one first, [batch, time, count * dimension]"""
    return torch.cat([frames[..., :0]] + [F.pad(frames, (0, 0, i, 0))[:, :frames.shape[1]] for i in range(1, count + 1)], 2)


@torch.no_grad()
def quantize(codec, averages, frames, learn=False, begin=True):
    """frames [batch, dimension, time] -> what the decoder gets. In training each item has its own number of levels; half of them
    have all. Before `begun` nothing is quantized: the errors of large components would drown the small ones before the encoder
    is trained to make either well."""
    frames = frames.transpose(1, 2)
    if not averages.begun:
        if learn:
            averages.gather(frames, begin)
        return frames.transpose(1, 2)
    most, batch = len(codec.quantizer.levels), len(frames)
    levels = torch.full((batch,), most)
    if learn:
        few = torch.rand(batch) < 0.5
        levels[few] = torch.randint(1, most + 1, (int(few.sum()),))
    use = (torch.arange(most)[:, None] < levels[None]).to(frames.device)  # [levels, batch]
    heard, given, codes = [], [], []
    for frame in frames.unbind(1):
        expected = codec.quantizer.expected(heard)
        rest = frame - expected
        for level, here in zip(codec.quantizer.levels, use):
            given.append(rest), codes.append(level.nearest(rest))
            rest = rest - level.codebook[codes[-1]] * here[:, None]
        heard.append(frame - rest)
    heard = torch.stack(heard, 1)
    if learn and not averages.fixed:
        for i, here in enumerate(use):
            if here.any():
                averages.update(i, torch.stack(given[i::most])[:, here].flatten(0, 1), torch.stack(codes[i::most])[:, here].flatten())
        averages.compare(heard, frames)
    return heard.transpose(1, 2)


# ---- Several processes ----

def workers():
    return dist.get_world_size() if dist.is_initialized() else 1


def is_first():
    return not dist.is_initialized() or dist.get_rank() == 0


def share(tensor):
    if workers() > 1:
        dist.broadcast(tensor, 0)


def sum_up(tensor):
    if workers() > 1:
        dist.all_reduce(tensor)


def all_agree(yes, device):
    """Whether all processes want to go on: their clocks and signals differ."""
    if workers() == 1:
        return yes
    votes = torch.tensor(float(yes), device=device)
    dist.all_reduce(votes, dist.ReduceOp.MIN)
    return bool(votes)


def mean_gradients(module):
    for p in module.parameters():
        if workers() > 1 and p.grad is not None:
            dist.all_reduce(p.grad)
            p.grad /= workers()


# ---- Training ----

QUIET = 0.1  # how strong channels are at the beginning: elu is nearly linear there


def convolutions(module):
    return [m for m in module.modules() if isinstance(m, (Conv, Transposed))]


def cosines(count, size):
    """The lowest basis functions of a discrete cosine transform, [count, size]."""
    n = torch.arange(size)
    basis = torch.cos(math.pi / size * (n + 0.5) * n[:count, None]) * math.sqrt(2 / size)
    basis[0] /= math.sqrt(2)
    return basis


def lapped(count, size, flat=0):
    """The lowest of a modified discrete cosine transform (Princen and Bradley 1986), [count, 2 size], whose window is 0 in the first
    and in the last `flat` samples."""
    n = torch.arange(2 * size)
    rise = torch.sin(math.pi / 2 * ((n[:size] + 0.5 - flat) / (size - 2 * flat)).clamp(0, 1))
    return torch.cos(math.pi / size * (n + 0.5 + size / 2) * (n[:count, None] + 0.5)) * math.sqrt(2 / size) * torch.cat([rise, rise.flip(0)])


def change(basis, fine):
    """What makes the one [count, taps size] of the other [fine count, size]: [count, taps, fine count]."""
    return basis.view(len(basis), -1, fine.shape[1]) @ fine.T


class Transform:
    """Makes some of a codec's channels a transform codec, so that it has the lower part of the wave before training: a
    network that begins with random weights learns the wave from its lowest tones up, 1 kHz an hour. A frame is the lowest part of
    a lapped transform of two frames' samples, which decoding lets overlap with the frame before, a frame later; the stages between
    have the lowest cosines of theirs, and in the decoder, where frames have become 400 a second, a small lapped transform, too: what
    is left out of one is smooth. What these channels hold they hold twice, x and -x, for elu(x) - elu(-x) is 2 x where x is
    small. The other channels begin as usual, as strong as these (Mishkin and Matas 2016)."""

    def __init__(self, codec, x):
        """x [batch, 1, time]: sounds to find out from how strong they are."""
        self.codec, c = codec, codec.config
        self.strides, self.rows = list(reversed(c["ratios"])), {}  # rows of each convolution's outputs that are a part of it
        sizes = np.cumprod(self.strides).tolist()
        room = [min(size, (c["filters"] << (i + 1)) * 5 // 16) for i, size in enumerate(sizes)]
        self.count = min(room[-1], c["dimension"] * 5 // 8)
        between = [torch.ones(1, 1)] + [cosines(n, size) for n, size in zip(room, sizes[:-1])]
        back, frame = lapped(room[-2], sizes[-2]), lapped(self.count, sizes[-1], sizes[-2])
        strength = lambda basis, size: (x[:, 0].unfold(1, basis.shape[1], size) @ basis.T).square().mean((0, 1)).sqrt() / QUIET
        strong = [strength(basis, basis.shape[1]) for basis in between]
        strong_back, strong_frame = strength(back, sizes[-2]), strength(frame, sizes[-1])
        # What a stage makes of its inputs, [outputs, taps, inputs].
        ways = zip(between, between[1:] + [frame], strong, strong[1:] + [strong_frame])
        self.down = [change(coarse, fine) * a / b[:, None, None] for fine, coarse, a, b in ways]
        # And what makes them of that, [inputs, taps, outputs].
        tail = F.pad(frame, (0, sizes[-2])).unfold(1, 2 * sizes[-2], sizes[-2])
        self.up = [tail @ back.T / strong_back * strong_frame[:, None, None],
                   change(back, between[-2]) / strong[-2] * strong_back[:, None, None]]
        ways = list(zip(between, between[1:-1], strong, strong[1:-1]))
        self.up += [change(coarse, fine) / a * b[:, None, None] for fine, coarse, a, b in reversed(ways)]
        # Frames tell the loud ones more loudly, but less than they are.
        self.tilt = (strong_frame / strong_frame.square().mean().sqrt()).sqrt()[:, None, None]
        self.loudness = strong[0]

    @torch.no_grad()
    def begin(self, x):
        for m in convolutions(self.codec):
            m.bias.zero_()
        self.begin_encoder(self.codec.encoder), self.begin_decoder(self.codec.decoder)
        self.scale_others(x)
        x, y = in_step(self.codec, x, self.codec.decoder(self.codec.encoder(x)))
        self.codec.decoder.last.weight *= (x * y).sum() / y.square().sum()

    def begin_encoder(self, encoder):
        self.twice(encoder.first, 1 / self.loudness.view(1, 1, 1), once="inputs")
        for stage, down in zip(encoder.stages, self.down):
            self.pass_on(stage.units, down.shape[2])
            down = down * self.tilt if stage is encoder.stages[-1] else down
            self.twice(stage.down, down.transpose(1, 2))
        # Some tell how loud it is, which the norm takes away.
        constant = slice(2 * self.count, 2 * self.count + max(1, self.count // 20))
        stage.down.weight[constant], stage.down.bias[constant] = 0, 2 * QUIET
        self.rows[stage.down] = constant.stop
        self.twice(encoder.last, torch.eye(self.count)[:, :, None], once="outputs")

    def begin_decoder(self, decoder):
        self.twice(decoder.first, torch.eye(self.count)[:, :, None] / self.tilt, once="inputs")
        for stage, up in zip(decoder.stages, self.up):
            self.twice(stage.up, up.permute(2, 0, 1))
            self.pass_on(stage.units, up.shape[2])
        decoder.last.weight.zero_()
        self.twice(decoder.last, self.loudness.view(1, 1, 1), once="outputs")

    def twice(self, module, matrix, once=None):
        """matrix [outputs, inputs, taps] becomes what a convolution does with the last taps, a transposed one with the first; `once`
        says which of them are there only as they are."""
        signs = torch.tensor([[0.5, -0.5], [-0.5, 0.5]])
        signs = signs[:, :1] * 2 if once == "inputs" else signs[:1] if once == "outputs" else signs
        matrix = torch.einsum("st,oik->sotik", signs, matrix).flatten(2, 3).flatten(0, 1)
        outputs, inputs, taps = matrix.shape
        if isinstance(module, Transposed):
            module.weight[:, :outputs] = 0
            module.weight[:inputs, :outputs, :taps] = matrix.transpose(0, 1)
        else:
            module.weight[:outputs] = 0
            module.weight[:outputs, :inputs, -taps:] = matrix
        self.rows[module] = outputs

    def pass_on(self, units, count):
        for unit in units:
            unit.conv2.weight[:2 * count] = 0
            self.rows[unit.conv2] = 2 * count
            if hasattr(unit, "shortcut"):
                unit.shortcut.weight[:2 * count] = 0
                unit.shortcut.weight[range(2 * count), range(2 * count)] = 1
                self.rows[unit.shortcut] = 2 * count

    def scale_others(self, x):
        def scale(module, _, y):
            rows, transposed = self.rows.get(module, 0), isinstance(module, Transposed)
            factor = torch.ones(y.shape[1])
            factor[rows:] = (0.3 if module is self.codec.encoder.last else 1) * QUIET / y[:, rows:].std()
            module.weight *= factor[:, None] if transposed else factor[:, None, None]
            return y * factor[:, None]

        hooks = [m.register_forward_hook(scale) for m in convolutions(self.codec) if m is not self.codec.decoder.last]
        self.codec.decoder(self.codec.encoder(x))
        for hook in hooks:
            hook.remove()


def in_step(codec, x, y):
    """Samples and what is made of them, which comes later by the lookahead, without what has nothing beside it."""
    late = codec.config["lookahead"] * math.prod(codec.config["ratios"])
    return (x[..., :-late], y[..., late:]) if late else (x, y)


class Optimizers:
    """Muon for what convolutions do between their channels, AdamW for the first one, the last one, and the biases."""

    def __init__(self, codec, args):
        ends = (codec.encoder.first, codec.decoder.last)
        learns = codec.decoder if args.decoder_only else codec
        self.hidden = [m for m in convolutions(learns) if m not in ends]
        self.momenta = [torch.zeros_like(m.weight) for m in self.hidden]
        hidden = {id(m.weight) for m in self.hidden}
        self.adamw = torch.optim.AdamW([p for p in learns.parameters() if id(p) not in hidden], args.rate, (0.9, 0.99), weight_decay=0)
        self.rate, self.muon_rate = args.rate, args.muon_rate
        self.decay = 0.5  # layers that grow together make frames grow faster than codebooks can follow

    @torch.no_grad()
    def step(self, share):
        """share of the rates' peaks."""
        self.adamw.param_groups[0]["lr"] = self.rate * share
        self.adamw.step()
        for module, momentum in zip(self.hidden, self.momenta):
            weight = module.weight
            momentum.mul_(0.95).add_(weight.grad)
            update = orthogonalise((weight.grad + 0.95 * momentum).flatten(1)[None])[0]  # inputs first in a Transposed
            rows, columns = update.shape
            outputs, inputs = (columns, rows) if isinstance(module, Transposed) else (rows, columns)
            weight.mul_(1 - self.decay * self.muon_rate * share)
            weight.sub_(update.view_as(weight), alpha=self.muon_rate * share * math.sqrt(max(1.0, outputs / inputs)))

    def state(self):
        return {"adamw": self.adamw.state_dict(), "momenta": self.momenta}

    def load(self, state):
        self.adamw.load_state_dict(state["adamw"])
        self.momenta = state["momenta"]


def load_weights(codec, folder):
    """To go on from a codec that is there."""
    with open(os.path.join(folder, "config.json")) as file:
        if {"predictor": 0, "lookahead": 0, **json.load(file)} != codec.config:
            sys.exit(f"{folder}: is a codec of another shape")
    codec.load_state_dict(load_tensors(os.path.join(folder, "model.safetensors")))


def keep_memory():
    """Tensors of many MB are otherwise given back to the system and taken anew in each step: a fifth of the time."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.mallopt(-3, 1 << 30), libc.mallopt(-1, (1 << 31) - 1)  # M_MMAP_THRESHOLD, M_TRIM_THRESHOLD


class Judges:
    """The adversarial part: discriminators, and what they make of a decoder's sound (Défossez et al. 2022)."""

    def __init__(self, rate, device, judges=None):
        self.judges = nn.ModuleList(judges or [Discriminator(w) for w in (2048, 1024, 512)]).to(device)
        self.optimizer = torch.optim.AdamW(self.judges.parameters(), rate, (0.8, 0.99))

    def loss(self, x, y):
        """Learns to tell x, the original, from y, and says what y would have to be better at."""
        self.optimizer.zero_grad(set_to_none=True)
        real, fake = [judge(x) for judge in self.judges], [judge(y.detach()) for judge in self.judges]
        sum(F.relu(1 - r[0]).mean() + F.relu(1 + f[0]).mean() for r, f in zip(real, fake)).div(len(self.judges)).backward()
        mean_gradients(self.judges)
        self.optimizer.step()
        fake = [judge(y) for judge in self.judges]
        deceived = sum(-f[0].mean() for f in fake) / len(self.judges)
        alike = sum((a.detach() - b).abs().mean() / (a.detach().abs().mean() + 1e-6)
                    for r, f in zip(real, fake) for a, b in zip(r[1], f[1])) / (len(fake[0][1]) * len(self.judges))
        return 0.05 * deceived + 0.2 * alike

    def state(self):
        return {"judges": self.judges.state_dict(), "optimizer": self.optimizer.state_dict()}

    def load(self, state):
        self.judges.load_state_dict(state["judges"]), self.optimizer.load_state_dict(state["optimizer"])


def balanced(y, losses):
    """The gradient of losses [(weight, loss)] in y [batch, 1, time]: each loss counts by its weight alone, in each item, however steep
    it is (Défossez et al. 2022, section 3.4). Logarithms of quiet bins are steep, and would drown the wave; without the wave a
    decoder learns noise of the right colour and stays there."""
    total = 0
    for weight, loss in losses:
        if not weight:
            continue
        gradient, = torch.autograd.grad(loss, y, retain_graph=True)
        total = total + weight * gradient / (gradient.norm(dim=(1, 2), keepdim=True) + 1e-12)
    return total / len(y)


class Run:
    """Everything that a step needs and that is saved to go on with it."""

    def __init__(self, args):
        self.args, self.step, self.minutes = args, 0, 0.0
        self.device = f"cuda:{os.environ.get('LOCAL_RANK', 0)}" if torch.cuda.is_available() else "cpu"
        self.codec = Codec(dict(DEFAULT, **{name: getattr(args, name) for name in SHAPE}))
        length = int(args.seconds * RATE) // 480 * 480
        rank = dist.get_rank() if workers() > 1 else 0
        sounds = Sounds(args.data, length, args.seed)
        self.valid = Sounds(args.valid, 4 * length, 1).batch(16, vary=False).to(self.device) if args.valid else None
        if args.init:
            load_weights(self.codec, args.init)
        elif not args.resume:
            x = sounds.batch(4 * args.batch)
            Transform(self.codec, x).begin(x)
        self.codec.to(self.device)
        self.spectra = Spectra().to(self.device)
        self.averages = Averages(self.codec.quantizer, begun=bool(args.init), fixed=args.decoder_only)
        self.optimizer = Optimizers(self.codec, args)
        self.judges = Judges(args.rate, self.device) if args.adversarial else None
        self.path = os.path.join(args.out, "training.pt")
        if args.resume:
            self.load()
        self.batches = iter(torch.utils.data.DataLoader(
            Batches(sounds, args.batch, args.seed, rank, self.step), batch_size=None, num_workers=args.workers,
            pin_memory=torch.cuda.is_available()))

    def load(self):
        state = torch.load(self.path, map_location=self.device)
        self.step, self.minutes = state["step"], state["minutes"]
        self.codec.load_state_dict(state["codec"]), self.optimizer.load(state["optimizer"]), self.averages.load(state["averages"])
        if self.judges and state["judges"]:
            self.judges.load(state["judges"])

    def save(self):
        if not is_first():
            return
        os.makedirs(self.args.out, exist_ok=True)
        state = {"codec": self.codec.state_dict(), "optimizer": self.optimizer.state(), "averages": self.averages.state(),
                 "judges": self.judges.state() if self.judges else None, "step": self.step, "minutes": self.minutes}
        torch.save(state, self.path + ".tmp")
        os.replace(self.path + ".tmp", self.path)
        self.codec.save(self.args.out, half=True)

    def learn(self):
        """One step. Returns the loss and the norm of the gradient."""
        rates = min(1, (self.step + 1) / 200) * (0.5 + 0.5 * math.cos(math.pi * self.share()))  # as a share of their peaks
        x, fixed = next(self.batches).to(self.device, non_blocking=True), self.args.decoder_only
        with torch.set_grad_enabled(not fixed):
            frames = self.codec.encoder(x)
        heard = quantize(self.codec, self.averages, frames.detach(), True, self.step >= self.args.quantize_from)
        heard.requires_grad_(not fixed)
        x, y = in_step(self.codec, x, self.codec.decoder(heard))
        # Logarithms are steepest for quiet bins and nearly ignore loud ones; roots weigh those. But with roots the best guess
        # for an uncertain bin is quiet: roots alone made music 2 dB too quiet between 1 and 3 kHz.
        logarithms, bands, bins, levels, phases = self.spectra.distances(x, y)
        losses = [(1, logarithms), (0.5, bands), (self.args.tones, bins), (self.args.levels_of_tones, levels), (self.args.phases, phases)]
        if self.judges and self.step >= self.args.adversarial_from:
            losses.append((0.5, self.judges.loss(x, y)))
        self.codec.zero_grad(set_to_none=True)
        y.backward(balanced(y, losses))
        # The encoder gets the decoder's gradient of a code (van den Oord et al. 2017), and a pull towards the codes.
        if not fixed:
            away = frames.detach() - heard.detach()
            frames.backward(heard.grad + 0.25 * away * heard.grad.norm() / (away.norm() + 1e-6))
        mean_gradients(self.codec)
        loss, norm = float(logarithms), float(nn.utils.clip_grad_norm_(self.codec.parameters(), 1.0))
        if not math.isfinite(loss) or not math.isfinite(norm):
            sys.exit(f"step {self.step}: the loss is {loss}, the gradient {norm}: the last state that was saved is good")
        self.optimizer.step(rates)
        self.step += 1
        return loss, norm

    @torch.no_grad()
    def judge(self):
        """The distances of bands and of bins, and the correlation of the waves."""
        y = self.codec.decoder(quantize(self.codec, self.averages, self.codec.encoder(self.valid)))
        x, y = in_step(self.codec, self.valid, y)
        logarithms, _, _, levels, _ = self.spectra.distances(x, y)
        return float(logarithms), float(levels) / len(x), float((x * y).mean() / (x.square().mean() * y.square().mean()).sqrt())

    def share(self):
        return min(1, max(self.minutes / self.args.minutes, self.step / self.args.steps))


def valid_text(run):
    bands, bins, alike = run.judge()
    return f"{bands:.4f}, tones {bins:.3f}, correlation {alike:.3f}"


def train(args):
    if "RANK" in os.environ:
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    torch.manual_seed(args.seed)
    keep_memory()
    if args.threads:
        torch.set_num_threads(args.threads)
    run, stop, log = Run(args), [], 0.0
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.append(1))
    began = saved = time.time()
    began -= 60 * run.minutes
    while all_agree(run.share() < 1 and not stop, run.device):
        loss, norm = run.learn()
        run.minutes = (time.time() - began) / 60
        log = 0.98 * log + 0.02 * loss if log else loss
        if is_first() and run.step % 50 == 0:
            print(f"step {run.step}, {run.minutes:.1f} min, loss {log:.4f}, norm {norm:.2f}", flush=True)
        if is_first() and time.time() - saved > 300:
            saved = time.time()
            run.save()
            if run.valid is not None:
                print(f"step {run.step}, {run.minutes:.1f} min, valid {valid_text(run)}", flush=True)
    run.save()
    if is_first():
        valid = f", valid {valid_text(run)}" if run.valid is not None else ""
        print(f"{args.out}: {run.step} steps, {run.minutes:.1f} minutes{valid}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    p = commands.add_parser("render")
    p.add_argument("data"), p.add_argument("--split", default="train"), p.add_argument("--out", required=True)
    p.add_argument("--hours", type=float, default=4), p.add_argument("--most", type=float, default=30)
    p.add_argument("--arioso", default="arioso"), p.add_argument("--seed", type=int, default=1)
    p.add_argument("--soundfont", action="append")
    p.set_defaults(run=render)
    p = commands.add_parser("train")
    p.add_argument("data"), p.add_argument("--valid"), p.add_argument("--out", required=True)
    p.add_argument("--minutes", type=float, default=240), p.add_argument("--batch", type=int, default=16)
    p.add_argument("--seconds", type=float, default=0.8), p.add_argument("--rate", type=float, default=5e-4)
    p.add_argument("--muon-rate", type=float, default=0.006)
    p.add_argument("--tones", type=float, default=0.2, help="weight of roots of single bins; bands' logarithms have 1, their roots 0.5")
    p.add_argument("--levels-of-tones", type=float, default=0.4, help="weight of the single bins' logarithms")
    p.add_argument("--phases", type=float, default=1, help="weight of bins with their phases, up to 1.5 kHz")
    p.add_argument("--filters", type=int, default=16), p.add_argument("--dimension", type=int, default=96)
    p.add_argument("--residual-layers", type=int, default=1), p.add_argument("--seed", type=int, default=1)
    p.add_argument("--levels", type=int, default=8), p.add_argument("--codes", type=int, default=1024)
    p.add_argument("--predictor", type=int, default=8, help="frames before from which one is predicted; 0: none")
    p.add_argument("--lookahead", type=int, default=1, help="frames; a codec begins with the lower part of the wave if it is 1")
    p.add_argument("--quantize-from", type=int, default=100, metavar="STEP")
    p.add_argument("--steps", type=int, default=1 << 62, help="end after so many steps, whatever the minutes")
    p.add_argument("--adversarial", action="store_true"), p.add_argument("--adversarial-from", type=int, default=2000)
    p.add_argument("--resume", action="store_true"), p.add_argument("--init", metavar="CODEC", help="start from its weights")
    p.add_argument("--decoder-only", action="store_true", help="with --init: keep the codes, for models trained on them")
    p.add_argument("--threads", type=int, help="CPU threads; all by default")
    p.add_argument("--workers", type=int, default=0, help="processes that cut and vary the sounds; a GPU wants some")
    p.set_defaults(run=train)
    args = parser.parse_args()
    if getattr(args, "decoder_only", False) and not args.init:
        parser.error("--decoder-only goes with --init")
    args.run(args)


if __name__ == "__main__":
    main()
