#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains the audio codec with PyTorch: on a CPU, a GPU, or many with torchrun.

    audio_codec.py render MANIFEST.csv --split train --out sounds/train --hours 8 [--arioso PROGRAM]
    audio_codec.py train sounds/train --valid sounds/valid --out audio-codec --minutes 240 [--resume]
`render` makes sound of MIDI files with SoundFonts of the system, one picked for each file, and a random gain; what is picked
follows the seed. `train` varies it further: pitch within 20 cents, reverberation, noise, gain.

The loss is what the ear compares: mel spectra over several resolutions, in logarithms and in amplitudes, and a little of
the wave itself; the quantizer learns by moving averages (van den Oord et al. 2017), draws codes that nobody uses anew from what
there is, and drops its last levels at random (Zeghidour et al. 2021), so that any number of them is a codec. With --adversarial discriminators
of complex spectra judge, too (Défossez et al. 2022).
"""
import argparse
import csv
import glob
import math
import os
import random
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

RATE = 24000
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

    def batch(self, count, vary=True):
        return torch.tensor(np.stack([self.segment(vary) for _ in range(count)]), dtype=torch.float32)[:, None]


# ---- What the ear compares ----

class Mels(nn.Module):
    """Distances of mel spectra over several resolutions."""

    def __init__(self, windows=(64, 128, 256, 512, 1024, 2048), bands=(10, 20, 40, 64, 80, 100)):
        super().__init__()
        self.windows = windows
        for window, count in zip(windows, bands):
            self.register_buffer(f"window{window}", torch.hann_window(window))
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
        spectrum = torch.stft(x[:, 0], window, window // 4, window=getattr(self, f"window{window}"), return_complex=True)
        return getattr(self, f"mels{window}") @ spectrum.abs()

    def distance(self, x, y, windows=None, amplitudes=True):
        total = 0
        for window in windows or self.windows:
            a, b = self.spectrum(x, window), self.spectrum(y, window)
            total = total + (torch.log10(a.clamp_min(1e-5)) - torch.log10(b.clamp_min(1e-5))).abs().mean()
            if amplitudes:
                total = total + (a - b).abs().mean() / 10
        return total / len(windows or self.windows)


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
    """Codebooks as moving averages of what they stand for; those that nobody uses are drawn anew."""

    def __init__(self, quantizer, decay=0.99, least=0.02):
        self.levels, self.decay, self.least = quantizer.levels, decay, least
        self.counts = [torch.zeros(len(level.codebook), device=level.codebook.device) for level in self.levels]
        self.sums = [torch.zeros_like(level.codebook) for level in self.levels]
        self.begun = False

    def begin(self, frames):
        """Codebooks of the first frames that come, by some rounds of k-means."""
        rest = frames
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
            self.counts[i].fill_(1)
            self.sums[i].copy_(book)
            rest = rest - book[codes]
        self.begun = True

    def update(self, i, rest, codes):
        book = self.levels[i].codebook
        counts = torch.bincount(codes, minlength=len(book)).float()
        sums = torch.zeros_like(book).index_add_(0, codes, rest)
        sum_up(counts), sum_up(sums)
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

    def state(self):
        return {"counts": self.counts, "sums": self.sums, "begun": self.begun}

    def load(self, state):
        self.counts, self.sums, self.begun = state["counts"], state["sums"], state["begun"]


def quantize(codec, averages, frames, learn):
    """frames [batch, dimension, time] -> what the decoder gets, and how far the encoder is from it. Each item is given a number of
    levels of its own; half of them all."""
    batch, width, time_ = frames.shape
    flat = frames.transpose(1, 2).reshape(-1, width)
    if learn and not averages.begun:
        averages.begin(flat.detach())
    most = len(codec.quantizer.levels)
    levels = torch.full((batch,), most)
    if learn:
        few = torch.rand(batch) < 0.5
        levels[few] = torch.randint(1, most + 1, (int(few.sum()),))
    use = (torch.arange(most)[:, None] < levels[None]).to(frames.device)  # [levels, batch]
    rest, total, commitment = flat.detach(), torch.zeros_like(flat), 0
    for i, level in enumerate(codec.quantizer.levels):
        here = use[i].repeat_interleave(time_)
        if not here.any():
            break  # nor does any later level count
        codes = (level.codebook.square().sum(1) / 2 - rest @ level.codebook.T).argmin(1)
        chosen = level.codebook[codes] * here[:, None]
        if learn:
            averages.update(i, rest[here], codes[here])
        total = total + chosen
        rest = rest - chosen
        commitment = commitment + F.mse_loss(flat[here], total[here].detach()) / most
    out = flat + (total - flat).detach()
    return out.reshape(batch, time_, width).transpose(1, 2), commitment


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


def mean_gradients(module):
    for p in module.parameters():
        if workers() > 1 and p.grad is not None:
            dist.all_reduce(p.grad)
            p.grad /= workers()


# ---- Training ----

def normalize_weights(codec):
    """Weight normalisation while it learns; `fold` takes it off again."""
    for module in codec.modules():
        if isinstance(module, (Conv, Transposed)):
            nn.utils.weight_norm(module)


def save(codec, folder):
    """As `arioso` reads it: of a copy, whose weights are folded."""
    plain = Codec(codec.config)
    state = {}
    for name, value in codec.state_dict().items():
        if name.endswith(".weight_v"):
            g = codec.state_dict()[name[:-2] + "_g"]
            state[name[:-2]] = value * (g / value.flatten(1).norm(dim=1).view(-1, 1, 1))
        elif not name.endswith(".weight_g"):
            state[name] = value
    plain.load_state_dict({k: v.cpu() for k, v in state.items()})
    plain.save(folder, half=True)


def train(args):
    if "RANK" in os.environ:
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    device = f"cuda:{os.environ.get('LOCAL_RANK', 0)}" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(args.seed)
    config = dict(DEFAULT, filters=args.filters, dimension=args.dimension, residual_layers=args.residual_layers)
    codec = Codec(config).to(device)
    normalize_weights(codec)
    mels = Mels().to(device)
    averages = Averages(codec.quantizer)
    judges = nn.ModuleList(Discriminator(w) for w in (2048, 1024, 512)).to(device) if args.adversarial else None
    optimizer = torch.optim.AdamW(codec.parameters(), args.rate, (0.8, 0.99), weight_decay=1e-4)
    judging = torch.optim.AdamW(judges.parameters(), args.rate, (0.8, 0.99)) if judges else None
    state_path, step, spent = os.path.join(args.out, "training.pt"), 0, 0.0
    if args.resume:
        state = torch.load(state_path, map_location=device)
        codec.load_state_dict(state["codec"]), optimizer.load_state_dict(state["optimizer"]), averages.load(state["averages"])
        step, spent = state["step"], state["spent"]
        if judges and state["judges"]:
            judges.load_state_dict(state["judges"]), judging.load_state_dict(state["judging"])
    rank = dist.get_rank() if workers() > 1 else 0
    length = int(args.seconds * RATE) // 480 * 480
    sounds = Sounds(args.data, length, args.seed + 1000 * step + rank)
    valid = Sounds(args.valid, 4 * length, 1).batch(16, vary=False) if args.valid else None
    os.makedirs(args.out, exist_ok=True)

    def keep():
        if not is_first():
            return
        state = {"codec": codec.state_dict(), "optimizer": optimizer.state_dict(), "averages": averages.state(), "step": step,
                 "spent": spent, "judges": judges.state_dict() if judges else None,
                 "judging": judging.state_dict() if judges else None}
        torch.save(state, state_path + ".tmp")
        os.replace(state_path + ".tmp", state_path)
        save(codec, args.out)

    log, began, saved, judged, stop = 0.0, time.time() - 60 * spent, time.time(), time.time(), []
    import signal
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    signal.signal(signal.SIGINT, lambda *_: stop.append(1))
    while spent < args.minutes and not stop:
        share_of_time = spent / args.minutes
        for group in optimizer.param_groups:
            group["lr"] = args.rate * min(1, (step + 1) / 200) * (0.5 + 0.5 * math.cos(math.pi * share_of_time))
        x = sounds.batch(args.batch).to(device)
        frames = codec.encoder(x)
        codes, commitment = quantize(codec, averages, frames, learn=True)
        y = codec.decoder(codes)
        loss = mels.distance(x, y) + 0.25 * commitment + 0.1 * (x - y).abs().mean() / (x.abs().mean() + 1e-3)
        if judges and step > args.adversarial_from:
            judging.zero_grad(set_to_none=True)
            real, fake = [judge(x) for judge in judges], [judge(y.detach()) for judge in judges]
            F_d = sum(F.relu(1 - r[0]).mean() + F.relu(1 + f[0]).mean() for r, f in zip(real, fake)) / len(judges)
            F_d.backward()
            mean_gradients(judges)
            judging.step()
            fake = [judge(y) for judge in judges]
            loss = loss + 0.05 * sum(-f[0].mean() for f in fake) / len(judges)
            loss = loss + 0.2 * sum((a.detach() - b).abs().mean() / (a.detach().abs().mean() + 1e-6)
                                    for r, f in zip(real, fake) for a, b in zip(r[1], f[1])) / (5 * len(judges))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        mean_gradients(codec)
        norm = nn.utils.clip_grad_norm_(codec.parameters(), 1.0)
        if not math.isfinite(float(loss)) or not math.isfinite(float(norm)):
            sys.exit(f"step {step}: the loss is {float(loss)}, the gradient {float(norm)}: the last state that was saved is good")
        optimizer.step()
        step += 1
        log = 0.98 * log + 0.02 * float(loss) if log else float(loss)
        spent = (time.time() - began) / 60
        if is_first() and step % 50 == 0:
            print(f"step {step}, {spent:.1f} min, loss {log:.4f}, norm {float(norm):.2f}", flush=True)
        if is_first() and valid is not None and time.time() - judged > 300:
            judged = time.time()
            with torch.no_grad():
                z, _ = quantize(codec, averages, codec.encoder(valid.to(device)), learn=False)
                print(f"step {step}: valid {float(mels.distance(valid.to(device), codec.decoder(z), amplitudes=False)):.4f}", flush=True)
        if time.time() - saved > 300:
            saved = time.time()
            keep()
    keep()
    if is_first():
        print(f"{args.out}: {step} steps, {spent:.1f} minutes")


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
    p.add_argument("--filters", type=int, default=16), p.add_argument("--dimension", type=int, default=96)
    p.add_argument("--residual-layers", type=int, default=1), p.add_argument("--seed", type=int, default=1)
    p.add_argument("--adversarial", action="store_true"), p.add_argument("--adversarial-from", type=int, default=2000)
    p.add_argument("--resume", action="store_true")
    p.set_defaults(run=train)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
