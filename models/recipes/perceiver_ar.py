#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains a Perceiver AR with PyTorch, on a CPU, a GPU or many machines: what `arioso train` does, from the same settings and
the same token cache, into the same model directory.

  arioso train MUSIC --tokenize-only -o music.cache
  torchrun --nproc_per_node 4 models/recipes/perceiver_ar.py music.cache --out mine --config settings.json
  arioso continue song.mid --model ./mine

The settings are those of `arioso train` (its long options, with _ for - in a file), the crops, their variations, the loss
and the schedule are the same to the bit; dropout is as strong, but drops other numbers. `batch` counts the crops of a step over
all processes, which share them; --micro-batch says how many of its share one process computes at a time.

Runs with PyTorch 1.13 (Debian 12) and later; from 2.0 on attention takes no memory for its scores.
"""
import argparse
import contextlib
import csv
import ctypes
import datetime
import itertools
import json
import math
import os
import signal
import struct
import sys
import time
import zlib
from functools import partial

try:
    import numpy as np
    import torch
    import torch.distributed as dist
    import torch.nn.functional as F
    from torch import nn
    from torch.utils.checkpoint import checkpoint
except ImportError as missing:
    sys.exit(f"perceiver_ar.py: {missing}; on Debian: apt install python3-torch python3-numpy")

MODEL = dict(vocab_size=391, channels=256, heads=4, layers=6, max_context=2048, max_latents=1024, mlp_widening=4,
             activation="squared_relu", rotary_fraction=0.5, rotary_base=10000.0, position_waves=0, norm_eps=1e-5)
TRAINING = dict(steps=0, minutes=60.0, passes=0.0, batch=4, context=0, start_context=0, latents=0, given=0, optimizer="muon",
                precision="fp32", muon_rate=0.02, adamw_rate=0.002, weight_decay=0.01, z_loss=1e-4, dropout=0.1,
                prefix_dropout=0.0, transpose=6, tempo=0.05, seed=0, validations=12, valid_tokens=65536, patience=0,
                keep=0.0, checkpoint_minutes=10.0, dtype="BF16")
ELSEWHERE = {"model_type", "codec", "threads", "where", "split_column", "hold_out"}  # said by the cache, or of `arioso` alone
CODEC_VERSIONS = {"midi-performance": 2, "midi-band": 1, "raw": 1}
CHOICES = dict(activation=("squared_relu", "gelu"), optimizer=("muon", "adamw"), precision=("fp32", "bf16"),
               dtype=("BF16", "F16", "F32"))
WARM_UP_STEPS, WARM_UP_SHARE, LOG_STEPS = 100, 10, 10


class Refusal(Exception):
    """A user's mistake, in one line: what, where, and what to do."""


# ---- Random numbers: core/base/rng.c ----

MASK = (1 << 64) - 1


class Rng:
    """xoshiro256++ seeded by splitmix64."""

    def __init__(self, seed):
        self.state = []
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & MASK
            z = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
            self.state.append(z ^ (z >> 31))

    def uniform(self):
        a, b, c, d = self.state
        total = (a + d) & MASK
        result = (((total << 23 | total >> 41) & MASK) + a) & MASK
        c ^= a
        d ^= b
        self.state = [a ^ d, b ^ c, c ^ (b << 17) & MASK, (d << 45 | d >> 19) & MASK]
        return (result >> 11) * 2.0**-53

    def below(self, limit):
        return int(self.uniform() * limit)


# ---- Data: core/train/corpus.c, core/train/crops.c ----


class Corpus:
    """Pieces of a token cache (core/include/arioso/corpus.h)."""

    def __init__(self, path):
        self.path = path
        try:
            with open(path, "rb") as file:
                header = file.read(128)
            self.bytes = np.memmap(path, np.uint8, "r") if len(header) else np.zeros(0, np.uint8)
        except OSError as error:
            raise Refusal(f"{path}: cannot be read: {error.strerror}") from error
        if len(header) < 128 or header[:8] != b"ARIOTOKS":
            raise Refusal(f"{path}: is no token cache; make one with arioso train --tokenize-only")
        version, self.codec_version = struct.unpack_from("<II", header, 8)
        self.codec = header[16:80].split(b"\0")[0].decode("ascii", "replace")
        self.vocab_size, pieces, tokens = struct.unpack_from("<QQQ", header, 80)
        if version != 1 or self.codec_version != CODEC_VERSIONS.get(self.codec):
            raise Refusal(f"{path}: is a cache of another version ({self.codec} {self.codec_version}); make it anew with "
                          "arioso train --tokenize-only")
        if len(self.bytes) != 128 + 16 * pieces + 2 * tokens:
            raise Refusal(f"{path}: {len(self.bytes)} bytes are not those of {pieces} pieces with {tokens} tokens: it was cut "
                          "short or damaged; make it anew with arioso train --tokenize-only")
        records = np.frombuffer(self.bytes[128:128 + 16 * pieces], np.dtype([("count", "<u8"), ("part", "<u4"), ("", "<u4")]))
        self.counts, self.valid = records["count"].astype(np.int64), records["part"] == 1
        self.first = np.concatenate(([0], np.cumsum(self.counts)))
        self.tokens = np.frombuffer(self.bytes[128 + 16 * pieces:], "<u2")
        if self.first[-1] != tokens or (tokens and int(self.tokens.max()) >= self.vocab_size):
            raise Refusal(f"{path}: is damaged; make it anew with arioso train --tokenize-only")
        self.checksum = zlib.crc32(self.bytes)

    def piece(self, index):
        return self.tokens[self.first[index]:self.first[index + 1]]


class Crops:
    """Blocks of `latents` predictions in shuffled order, each with a prefix, as core/train/crops.h tells; walked by (epoch, place).
    library: the file of libarioso, where a codec's variations are its own."""

    def __init__(self, corpus, settings, library=None):
        self.corpus, self.s = corpus, settings
        self.start = max(settings["given"], 1)
        self.varied = {"midi-performance": self.performance, "midi-band": self.band}.get(corpus.codec) if varies(settings) else None
        self.library = band_library(library, corpus, settings)
        self.training = [i for i, n in enumerate(corpus.counts) if not corpus.valid[i] and n > self.start]
        if not self.training:
            raise Refusal(f"{corpus.path}: there is no piece to learn from")
        self.epoch = self.place = 0
        self.lay_out()

    def rng(self, place):
        return Rng(self.s["seed"] ^ (self.epoch + 1) * 0x9E3779B97F4A7C15 & MASK ^ (place + 1) * 0xD1342543DE82EF95 & MASK)

    def lay_out(self):
        rng, latents, self.order, self.offsets = self.rng(-1), self.s["latents"], [], {}
        for i in self.training:
            offset = self.offsets[i] = 1 + rng.below(latents)
            predicted = int(self.corpus.counts[i]) - self.start
            blocks = 1 if predicted <= offset else 1 + (predicted - offset + latents - 1) // latents
            self.order += [(i, b) for b in range(blocks)]
        for i in range(len(self.order), 1, -1):
            j = rng.below(i)
            self.order[i - 1], self.order[j] = self.order[j], self.order[i - 1]

    def go_to(self, epoch, place):
        self.epoch, self.place = epoch, place
        self.lay_out()

    def epochs(self):
        return self.epoch + self.place / len(self.order)

    def next(self):
        """Goes on by one crop; returns what crop_at needs to know of it."""
        if self.place == len(self.order):
            self.go_to(self.epoch + 1, 0)
        self.place += 1
        return self.order[self.place - 1], self.rng(self.place - 1)

    def tokens(self, block, rng, context):
        """The varied tokens of a crop, and its targets: the last of them, -100 where one is not predicted."""
        (piece, number), latents, start = block, self.s["latents"], self.start
        tokens, first = self.corpus.piece(piece), self.offsets[piece]
        at = start + first + (number - 1) * latents if number else start
        latents = min(latents if number else first, len(tokens) - at)
        most = min(context - latents, at - 1)
        prefix = most if self.s["given"] or rng.uniform() < 0.5 else rng.below(most + 1)
        run = slice(at - 1 - prefix, at + latents)
        seed = int(rng.uniform() * 2.0**53)
        crop = targets = np.asarray(tokens[run], np.int64)
        if self.varied:
            keys = 2 * self.s["transpose"] + 1
            tempo = 1 + self.s["tempo"] * (2 * (seed // keys % 65536 / 65535) - 1)
            varied, given = self.varied(tokens, run, seed, seed % keys - self.s["transpose"], tempo, context + 1)
            if len(varied) >= 2:
                crop, targets = varied, np.where(given, -100, varied)
        crop = crop[-(context + 1):]
        return crop, targets[-min(latents, len(crop) - 1):]

    def performance(self, tokens, run, seed, semitones, tempo, most):
        varied = Variation(tokens[run], semitones, tempo, 3 * most).out
        return np.asarray(varied, np.int64), np.zeros(len(varied), bool)

    def band(self, tokens, run, seed, semitones, tempo, most):
        """By the library itself: ario_band_vary, as apps/commands/train.c calls it."""
        piece, room = np.ascontiguousarray(tokens), 3 * most
        out, given = np.zeros(room, np.uint16), np.zeros(room, bool)
        how = BandVariation(semitones, tempo, seed + 1, run.start, len(piece) - run.stop, most, given.ctypes.data)
        count = self.library.ario_band_vary(piece[run].ctypes.data, run.stop - run.start, ctypes.byref(how), out.ctypes.data, room)
        return out[:count].astype(np.int64), given[:count]


class BandVariation(ctypes.Structure):
    """ario_variation (codecs/include/arioso/codec.h)."""
    _fields_ = [("semitones", ctypes.c_int), ("tempo", ctypes.c_double), ("seed", ctypes.c_uint64), ("before", ctypes.c_size_t),
                ("after", ctypes.c_size_t), ("most", ctypes.c_size_t), ("given", ctypes.c_void_p)]


def varies(settings):
    return settings["transpose"] or settings["tempo"] > 0


def band_library(path, corpus, settings):
    """libarioso, where it varies the tokens; that of the build folder if none is named."""
    if corpus.codec != "midi-band" or not varies(settings):
        return None
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    places = [path] if path else [os.path.join(top, "build", place, "libarioso.so") for place in ("release", "program", "")]
    found = next((place for place in places if os.path.exists(place)), path or "libarioso.so")
    try:
        library = ctypes.CDLL(found)
        vary = library.ario_band_vary
    except (OSError, AttributeError) as error:
        raise Refusal(f"{found}: variations of midi-band are made by libarioso: build it, or name it with --library "
                      f"({error})") from error
    vary.restype = ctypes.c_size_t
    vary.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    return library


class Variation:
    """Tokens at another pitch and tempo: codecs/midi/performance_vary.c."""

    def __init__(self, tokens, semitones, tempo, room):
        tokens = [int(t) for t in tokens]
        pitches = [(t - 3) % 128 for t in tokens if 3 <= t < 259]
        self.semitones = max(-min(pitches), min(127 - max(pitches), semitones)) if pitches else 0
        self.tempo, self.room, self.out = tempo, room, []
        self.now = self.step = self.written = 0
        self.heard = self.said = -1
        self.silent, self.sounding = set(), set()  # a pitch in neither may sound since before the run
        self.off, self.on, self.late = set(), {}, set()  # of this step; on: pitch -> velocity; late: ends in the next
        for token in tokens:
            if len(self.out) >= room:
                break
            self.read(token)
        self.settle()
        if tokens and tokens[-1] >= 359:
            self.put_velocity(self.heard)

    def put(self, token):
        if len(self.out) < self.room:
            self.out.append(token)

    def put_shifts(self):
        while self.written < self.step and len(self.out) < self.room:
            shift = min(self.step - self.written, 100)
            self.put(259 + shift - 1)
            self.written += shift

    def put_velocity(self, bin):
        if bin >= 0 and bin != self.said:
            self.put(359 + bin)
        self.said = bin if bin >= 0 else self.said

    def put_step(self):
        if not (self.off or self.on):
            return
        self.put_shifts()
        for p in sorted(self.off):
            self.put(131 + p + self.semitones)
        for p in sorted(self.on):
            self.put_velocity(self.on[p])
            self.put(3 + p + self.semitones)
        self.off, self.on, self.late = self.late, {}, set()

    def go_to(self, step):
        if step <= self.step:
            return
        self.put_step()
        if self.off and step > self.step + 1:
            self.step += 1
            self.put_step()
        self.step = step

    def settle(self):
        self.put_step()
        if self.off:
            self.step += 1
            self.put_step()
        self.put_shifts()

    def read(self, token):
        if token >= 359:
            self.heard = token - 359
        elif token >= 259:
            self.now += token - 258
            self.go_to(math.floor(self.now * self.tempo + 0.5))
        elif token >= 131:
            self.read_off(token - 131)
        elif token >= 3:
            self.read_on(token - 3)
        else:
            self.settle()
            self.put(token)
            if token == 1:  # bos: a piece begins
                self.now = self.step = self.written = 0
                self.heard, self.said = 15, -1
                self.silent, self.sounding = set(range(128)), set()

    def read_on(self, p):
        if p in self.sounding and p not in self.on:
            self.off.add(p)
        if p not in self.on or self.heard > self.on[p]:
            self.on[p] = self.heard
        self.sounding.add(p)
        self.silent.discard(p)
        self.late.discard(p)

    def read_off(self, p):
        if p in self.silent:
            return
        self.silent.add(p)
        self.sounding.discard(p)
        (self.late if p in self.on else self.off).add(p)


def turn_of_worker():
    """Which of how many processes of a DataLoader this is."""
    worker = torch.utils.data.get_worker_info()
    return (worker.id, worker.num_workers) if worker else (0, 1)


class Share(torch.utils.data.IterableDataset):
    """The crops of one process, step by step, padded and in parts of `size`: (epoch, place, epochs, parts, predicted tokens).
    Made in processes of their own so that no step waits; each makes every so many-th step, and is asked for them in turn.
    whole: they are padded to the full context and latents, for a compiled model wants one shape. clock: a shared number, the
    share of a run by minutes that is done (crops made ahead use an earlier share)."""

    def __init__(self, corpus, settings, rank, world, size, whole, library, progress, clock):
        self.corpus, self.s, self.rank, self.world, self.size, self.whole = corpus, settings, rank, world, size, whole
        self.library, self.progress, self.clock = library, progress, clock

    def __iter__(self):
        crops, share = Crops(self.corpus, self.s, self.library), self.s["batch"] // self.world
        crops.go_to(self.progress.epoch, self.progress.place)
        turn, turns = turn_of_worker()
        for step in itertools.count(self.progress.step):
            mine = (step - self.progress.step) % turns == turn
            context = self.progress.context(step, crops.epochs(), self.clock)
            own = []
            for i in range(self.s["batch"]):
                block, rng = crops.next()
                if mine and i // share == self.rank:
                    own.append(crops.tokens(block, rng, context))
            if mine:
                predicted = sum(int((targets >= 0).sum()) for _, targets in own)
                yield crops.epoch, crops.place, crops.epochs(), self.parts(step, context, own), predicted

    def parts(self, step, context, crops):
        crops.sort(key=lambda crop: len(crop[0]))  # less padding where parts are several
        shape = (context, self.s["latents"]) if self.whole else (0, 0)
        generator = np.random.default_rng((abs(self.s["seed"]), step, self.rank))  # of what of the prefix is not seen
        return [padded(crops[i:i + self.size], shape, self.s["prefix_dropout"], generator)
                for i in range(0, len(crops), self.size)]


# ---- The model: shared with core/model/forward.c ----


class Norm(nn.LayerNorm):
    def forward(self, x):  # in the parameters' type: autocast in 1.13 does not do this by itself
        return super().forward(x.to(self.weight.dtype))


def rotate(x, turns):
    """Adjacent pairs of the first R channels of x [B, H, N, C] by angles whose cosines and sines are turns [2, B, 1, N, R / 2]."""
    rotated = 2 * turns.shape[-1]
    cos, sin = turns
    a, b = x[..., 0:rotated:2].float(), x[..., 1:rotated:2].float()
    pairs = torch.stack((a * cos - b * sin, b * cos + a * sin), -1).flatten(-2)
    return torch.cat((pairs.to(x.dtype), x[..., rotated:]), -1)


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads = c["heads"]
        self.q, self.k, self.v, self.out = (nn.Linear(c["channels"], c["channels"]) for _ in range(4))

    def split(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, xq, xkv, turns_q, turns_k, allowed):
        """xq [B, M, D], xkv [B, N, D], allowed [B, 1, M, N] -> [B, M, D]"""
        q, k = rotate(self.split(self.q(xq)), turns_q), rotate(self.split(self.k(xkv)), turns_k)
        v = self.split(self.v(xkv))
        if hasattr(F, "scaled_dot_product_attention"):
            mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed)
        else:
            scores = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).masked_fill(~allowed, float("-inf"))
            mixed = scores.softmax(-1) @ v
        return self.out(mixed.transpose(1, 2).flatten(-2))


class Mlp(nn.Module):
    def __init__(self, c):
        super().__init__()
        wide = c["channels"] * c["mlp_widening"]
        self.norm = Norm(c["channels"], eps=c["norm_eps"])
        self.up, self.down = nn.Linear(c["channels"], wide), nn.Linear(wide, c["channels"])
        self.gelu = c["activation"] == "gelu"

    def forward(self, x):
        h = self.up(self.norm(x))
        return self.down(F.gelu(h) if self.gelu else F.relu(h) ** 2)


class Block(nn.Module):
    """A layer, or with `cross` the cross-attention before the first."""

    def __init__(self, c, dropout, cross):
        super().__init__()
        for name in ("norm_q", "norm_kv") if cross else ("norm",):
            setattr(self, name, Norm(c["channels"], eps=c["norm_eps"]))
        self.attn, self.mlp, self.cross = Attention(c), Mlp(c), cross
        self.dropout = dropout

    def forward(self, z, x, last, turns, allowed):
        if self.cross:
            h, keys = self.norm_q(z), self.norm_kv(x)
        else:
            h = keys = self.norm(z)
        z = z + F.dropout(self.attn(h, keys, last, turns, allowed), self.dropout, self.training)
        return z + F.dropout(self.mlp(z), self.dropout, self.training)


class PerceiverAR(nn.Module):
    def __init__(self, config, dropout=0.0, checkpointing=False):
        super().__init__()
        self.config, self.dropout, self.checkpointing = config, dropout, checkpointing
        d = config["channels"]
        self.embed, self.query = nn.Embedding(config["vocab_size"], d), nn.Linear(d, d)
        self.cross = Block(config, dropout, True)
        self.layers = nn.ModuleList(Block(config, dropout, False) for _ in range(config["layers"]))
        self.norm, self.logits = Norm(d, eps=config["norm_eps"]), nn.Linear(d, config["vocab_size"])
        rotated = 2 * int(d // config["heads"] * config["rotary_fraction"] / 2)
        powers = torch.arange(0, rotated, 2, dtype=torch.float64) / max(rotated, 1)
        self.frequencies = config["rotary_base"] ** -powers  # no buffer: it must stay in double precision

    def initialise(self, seed):
        """Embeddings N(0, 1), linear layers N(0, 1 / (3 in)); zero what the blocks and the output layer add at first."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for name, p in self.named_parameters():
                zero = name.endswith("bias") or name.startswith("logits.") or ".out." in name or ".down." in name
                if "norm" in name.rsplit(".", 2)[-2]:
                    p.fill_(0.0 if name.endswith("bias") else 1.0)
                elif zero:
                    p.zero_()
                else:
                    scale = 1.0 if name == "embed.weight" else (3 * p.shape[1]) ** -0.5
                    p.copy_(torch.randn(p.shape, generator=generator) * scale)

    def run(self, block, *inputs):
        if self.checkpointing and self.training:
            return checkpoint(block, *inputs, use_reentrant=False)
        return block(*inputs)

    def embedded(self, tokens, positions):
        x, waves = self.embed(tokens), self.config["position_waves"]
        if waves:
            turns = positions[..., None] / (2.0 ** torch.arange(2, waves + 2, dtype=torch.float64, device=tokens.device))
            pairs = torch.stack((torch.cos(2 * math.pi * turns), torch.sin(2 * math.pi * turns)), -1).flatten(-2)
            x = torch.cat((x[..., :2 * waves] + pairs.to(x.dtype), x[..., 2 * waves:]), -1)
        return F.dropout(x, self.dropout, self.training)

    def forward(self, m, tokens, counts, latents, seen):
        """tokens [B, N] on the right: row i has counts[i] of them, and its last latents[i] <= m are latents; seen [B, N]: what
        is attended to of the prefix. -> logits [B, m, V]; row i's are the last latents[i]."""
        n = tokens.shape[1]
        columns = torch.arange(n, device=tokens.device)
        real = columns >= (n - counts)[:, None]  # [B, N]
        positions = (columns - (n - counts)[:, None]).clamp(min=0)  # [B, N], from 0 at a row's first token
        angles = positions[:, None, :, None] * self.frequencies.to(tokens.device)  # [B, 1, N, R / 2]
        turns = torch.stack((angles.cos(), angles.sin())).float()  # of double precision until here
        last = turns[..., n - m:, :]
        # What a row has no use for sees itself, so that no softmax is empty.
        own = columns[n - m:, None] == columns
        allowed = (columns[n - m:, None] >= columns) & (real & seen)[:, None, :] | own  # [B, M, N]
        is_latent = columns[n - m:] >= (n - latents)[:, None]  # [B, M]
        among = own[:, n - m:].new_ones(m, m).tril() & is_latent[:, None, :] | own[:, n - m:]  # [B, M, M]
        x = self.embedded(tokens, positions)
        z = self.run(self.cross, self.query(x[:, n - m:]), x, last, turns, allowed[:, None])
        for layer in self.layers:
            z = self.run(layer, z, z, last, last, among[:, None])
        return self.logits(self.norm(z))


def padded(crops, shape=(0, 0), prefix_dropout=0.0, generator=None):
    """Crops of [(tokens, targets)] as the model's inputs, and its targets [B, M], -100 where there is none; padded to at least
    shape [N, M]."""
    m = max(shape[1], *(len(t) for _, t in crops))
    n = max(m, shape[0], *(len(t) - 1 for t, _ in crops))
    n += -n % 8  # attention's fast kernels want rows of so many
    tokens = np.zeros((len(crops), n), np.int64)
    targets = np.full((len(crops), m), -100, np.int64)
    seen = np.ones((len(crops), n), bool)
    for i, (crop, wanted) in enumerate(crops):
        latents = len(wanted)
        tokens[i, n - len(crop) + 1:] = crop[:-1]
        targets[i, m - latents:] = wanted
        if prefix_dropout > 0:
            seen[i, :n - latents] = generator.random(n - latents) >= prefix_dropout * generator.random()
    counts = np.array([len(t) - 1 for t, _ in crops])
    latents = np.array([len(t) for _, t in crops])
    return [torch.from_numpy(a) for a in (tokens, counts, latents, seen, targets)]


def losses(model, batch):
    """The sums over the predictions of a padded batch: NLL, and logsumexp^2."""
    *inputs, targets = batch
    logits = model(targets.shape[1], *inputs).float().flatten(0, 1)
    targets = targets.flatten()
    wanted = targets >= 0
    z = logits.logsumexp(-1)
    nll = z - logits.gather(-1, targets.clamp(min=0)[:, None])[:, 0]
    return (nll * wanted).sum(), (z * z * wanted).sum()


# ---- Model directories ----


def write_whole(path, write):
    temporary = f"{path}.{os.getpid()}.tmp"
    with open(temporary, "wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def to_eight_bits(values):
    """values [rows, ...] -> whole numbers from -127 to 127, and a scale for each row. Scales have four significant bits, so that 16-bit
    floats hold the products, and readers may keep them in 16 bits."""
    rows = values.reshape(len(values), -1)
    part, power = np.frexp(np.abs(rows).max(1) / 127)
    scales = np.ldexp(np.ceil(part * 16) / 16, power).astype(np.float32)
    return np.rint(rows / np.maximum(scales, 1e-30)[:, None]).astype(np.int8).reshape(values.shape), scales


def save_tensors(path, tensors, dtype):
    """name -> tensor, as safetensors. dtype: BF16, F16, F32 or I8 (with NAME_scale beside it), or a dict of them by name"""
    header, blobs, offset = {}, [], 0

    def add(name, kind, values, blob):
        nonlocal offset
        header[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)

    # Those of one byte a number come last, so that others are aligned.
    kind_of = lambda name: dtype[name] if isinstance(dtype, dict) else dtype
    for name in sorted(tensors, key=lambda name: kind_of(name) == "I8"):
        values, kind = tensors[name].detach().float().cpu().contiguous(), kind_of(name)
        if kind == "BF16":
            add(name, kind, values, values.to(torch.bfloat16).view(torch.int16).numpy().tobytes())
        elif kind == "I8":
            whole, scales = to_eight_bits(values.numpy())
            add(name + "_scale", "F32", scales, scales.tobytes())
            add(name, kind, whole, whole.tobytes())
        else:
            add(name, kind, values, values.numpy().astype({"F16": np.float16, "F32": np.float32}[kind]).tobytes())
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    write_whole(path, lambda f: f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs)))


def load_tensors(path, whole=False):
    """name -> float32 tensor of safetensors; ValueError, KeyError or struct.error if they are none of these types. `whole`: those of I8,
    too, multiplied by their scales."""
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(size)), file.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        raw = data[slice(*entry["data_offsets"])]
        if entry["dtype"] == "BF16":
            values = (np.frombuffer(raw, np.uint16).astype(np.uint32) << 16).view(np.float32)
        elif entry["dtype"] in ("F16", "F32"):
            values = np.frombuffer(raw, {"F16": np.float16, "F32": np.float32}[entry["dtype"]]).astype(np.float32)
        elif entry["dtype"] == "I8" and whole:
            values = np.frombuffer(raw, np.int8).astype(np.float32)
        else:
            raise ValueError(f"its weights are {entry['dtype']}; F32, F16 and BF16 can be trained further")
        tensors[name] = torch.from_numpy(values.reshape(entry["shape"]).copy())
    for name in [name for name, entry in header.items() if entry.get("dtype") == "I8"]:
        scales = tensors.pop(name + "_scale")
        tensors[name] *= scales.view(-1, *[1] * (tensors[name].dim() - 1))
    return tensors


def save_model(directory, config, codec, weights, dtype):
    save_tensors(os.path.join(directory, "model.safetensors"), weights, dtype)
    shown = {k: v for k, v in config.items() if k != "position_waves" or v}
    shown = {"model_type": "perceiver_ar", **shown, "codec": {"name": codec}}
    write_whole(os.path.join(directory, "config.json"), lambda f: f.write(json.dumps(shown, indent=2).encode() + b"\n"))


def load_model(directory):
    """(config, codec, weights) of a model directory."""
    try:
        with open(os.path.join(directory, "config.json")) as file:
            said = json.load(file)
        weights = load_tensors(os.path.join(directory, "model.safetensors"))
    except (OSError, ValueError, KeyError, struct.error) as error:
        raise Refusal(f"{directory}: is no model directory that can be read: {error}") from error
    config = {k: said.get(k, default) for k, default in MODEL.items()}
    return config, said.get("codec", {}).get("name", "raw"), weights


# ---- Optimizers: core/train/optimizer.c, core/train/muon.c ----


def orthogonalise(g):
    """Each matrix of g [K, M, N]."""
    x = g / (g.norm(dim=(1, 2), keepdim=True) + 1e-7)
    x = x.mT if g.shape[1] > g.shape[2] else x
    for _ in range(5):
        a = x @ x.mT
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
    return x.mT if g.shape[1] > g.shape[2] else x


class Optimizers:
    """Muon for the hidden matrices, whose orthogonalising is shared among the processes, and AdamW for the rest."""

    def __init__(self, model, settings, rank, world):
        self.s, self.rank, self.world = settings, rank, world
        self.device = model.embed.weight.device
        hidden = {n: p for n, p in model.named_parameters() if p.dim() == 2 and n not in ("embed.weight", "logits.weight")}
        self.hidden = hidden if settings["optimizer"] == "muon" else {}
        self.momenta = {n: torch.zeros_like(p) for n, p in self.hidden.items()}
        rest = [p for n, p in model.named_parameters() if n not in self.hidden]
        self.adamw = torch.optim.AdamW(rest, lr=0.0, betas=(0.9, 0.98), eps=1e-8, weight_decay=0.0)

    @torch.no_grad()
    def step(self, rate):
        for group in self.adamw.param_groups:
            group["lr"] = self.s["adamw_rate"] * rate
        self.adamw.step()
        if self.hidden:
            self.muon(self.s["muon_rate"] * rate)

    def muon(self, rate):
        shapes = {}
        for name, p in self.hidden.items():
            shapes.setdefault(p.shape, []).append(name)
        for (rows, columns), names in shapes.items():  # matrices of one shape at once
            for name in names:
                self.momenta[name].mul_(0.95).add_(self.hidden[name].grad)
            own = names[self.rank::self.world]
            updates = torch.zeros(len(names), rows, columns, device=self.device)
            if own:
                u = torch.stack([self.hidden[n].grad + 0.95 * self.momenta[n] for n in own])
                bf16 = self.s["precision"] == "bf16" and u.is_cuda
                updates[self.rank::self.world] = orthogonalise(u.bfloat16() if bf16 else u).float()
            if self.world > 1:
                dist.all_reduce(updates)  # of each matrix all but one process have zeros
            for name, update in zip(names, updates):
                self.hidden[name].mul_(1 - self.s["weight_decay"] * rate)
                self.hidden[name].sub_(update, alpha=rate * math.sqrt(max(1.0, rows / columns)))

    def state(self):
        return {"adamw": self.adamw.state_dict(), "momenta": self.momenta}

    def restore(self, state):
        self.adamw.load_state_dict(state["adamw"])
        for name, m in self.momenta.items():
            m.copy_(state["momenta"][name])


# ---- A run ----


class Progress:
    """The progress of a run, and what follows from it."""

    def __init__(self, settings):
        self.s = settings
        self.step = self.predicted = self.epoch = self.place = 0
        self.seconds = self.epochs = 0.0
        self.best_nll, self.worse = math.inf, 0

    def done(self, step=None, epochs=None, clock=None):
        step, epochs = self.step if step is None else step, self.epochs if epochs is None else epochs
        if self.s["steps"]:
            return step / self.s["steps"]
        if self.s["passes"] > 0:
            return epochs / self.s["passes"]
        return self.seconds / (60 * self.s["minutes"]) if clock is None else float(clock)

    def ended(self):
        return self.done() >= 1 or bool(self.s["patience"]) and self.worse >= self.s["patience"]

    def rate(self):
        step, done = self.step + 1, self.done()
        if self.s["steps"]:
            warm = step / min(WARM_UP_STEPS, math.ceil(self.s["steps"] / WARM_UP_SHARE))
        else:
            warm = max(step / WARM_UP_STEPS, WARM_UP_SHARE * done)
        return min(1.0, warm) * 0.5 * (1 + math.cos(math.pi * done))

    def context(self, step, epochs, clock):
        """The positions of a crop of that step at most: doubled from start_context on until half of the run."""
        context, start = self.s["context"], self.s["start_context"]
        doublings = math.ceil(math.log2(context / start))
        now = math.floor(min(1.0, 2 * self.done(step, epochs, clock)) * doublings)
        return start << now if now < doublings else context

    def state(self):
        return {k: v for k, v in self.__dict__.items() if k != "s"}


def products(config, context, latents):
    """FLOPs of a training step for one crop, as core/include/arioso/cost.h counts them."""
    d, m, n = config["channels"], latents, context
    block = 2 * m * (2 * d * d + 2 * config["mlp_widening"] * d * d)  # q, out and the MLP
    cross = block + 2 * n * 2 * d * d + 4 * d * (m * (n - m) + m * m / 2)
    layer = block + 2 * m * 2 * d * d + 4 * d * m * m / 2
    return 3 * (2 * m * d * d + cross + config["layers"] * layer + 2 * m * d * config["vocab_size"])


def peak_of(device, precision):
    """FLOP/s of square products here, the median of five."""
    side = 8192 if device.type == "cuda" else 1024
    a = torch.randn(side, side, device=device, dtype=torch.bfloat16 if precision == "bf16" else torch.float32)
    seconds = []
    for _ in range(6):
        start = time.perf_counter()
        a @ a
        if device.type == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return 2 * side**3 / sorted(seconds[1:])[2]


def as_it_is(crops):
    return crops


def ignore_signals(_):
    """For processes that make crops: they end when their parent does, which saves first."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


class Run:
    def __init__(self, args, settings, config, corpus, rank, world, device):
        self.args, self.s, self.config, self.corpus = args, settings, config, corpus
        self.rank, self.world, self.device = rank, world, device
        self.progress = Progress(settings)
        self.size = args.micro_batch or settings["batch"] // world
        self.state_file = os.path.join(args.out, "training.pt")
        self.model = PerceiverAR(config, settings["dropout"], args.checkpointing)
        self.best = self.start = None  # weights, with patience and with keep
        self.stopped = False
        self.valid_nll = math.nan

    def prepare(self, weights, state):
        if weights:
            self.load_weights(weights)
        else:
            self.model.initialise(self.s["seed"])
        self.model.to(self.device)
        self.optimizers = Optimizers(self.model, self.s, self.rank, self.world)
        if state:
            self.optimizers.restore(state["optimizers"])
            self.progress.__dict__.update(state["progress"])
            self.best, self.start = state["best"], state["start"]
        elif self.s["keep"]:
            self.start = self.weights()
        torch.manual_seed(self.s["seed"] * 1000003 + self.progress.step * self.world + self.rank)  # of dropout alone
        if self.args.compile:
            for block in (self.model.cross, *self.model.layers):
                block.compile(dynamic=False)
        self.wrapped = self.model
        if self.world > 1:
            self.wrapped = nn.parallel.DistributedDataParallel(
                self.model, device_ids=[self.device.index] if self.device.type == "cuda" else None)

    def load_weights(self, weights):
        wanted = {n: p.shape for n, p in self.model.named_parameters()}
        if {n: w.shape for n, w in weights.items()} != wanted:
            raise Refusal(f"{self.args.init or self.state_file}: its tensors are not those of this model's shape")
        self.model.load_state_dict(weights)

    def weights(self):
        return {n: p.detach().float().cpu().clone() for n, p in self.model.named_parameters()}

    def save(self, ended):
        if self.rank:
            return
        os.makedirs(self.args.out, exist_ok=True)
        if ended:
            if os.path.exists(self.state_file):
                os.remove(self.state_file)
        else:
            state = {"version": 1, "settings": self.s, "config": self.config, "checksum": self.corpus.checksum,
                     "weights": self.weights(), "optimizers": self.optimizers.state(), "progress": self.progress.state(),
                     "best": self.best, "start": self.start}
            write_whole(self.state_file, partial(torch.save, state))
        save_model(self.args.out, self.config, self.corpus.codec, self.best or self.weights(), self.s["dtype"])

    def autocast(self):
        if self.s["precision"] != "bf16":
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def agree(self, *numbers):
        """Sums over the processes."""
        if self.world == 1:
            return list(numbers)
        total = torch.tensor(numbers, dtype=torch.float64, device=self.device)
        dist.all_reduce(total)
        return total.tolist()

    def take_step(self, parts, predicted):
        """Gradients of this process' crops, part by part, then the optimizers. Returns the mean NLL, tokens and the norm."""
        total, = self.agree(predicted)
        self.model.zero_grad(set_to_none=True)
        nll_sum = torch.zeros((), device=self.device)
        for i, part in enumerate(parts):
            wait = self.world > 1 and i + 1 < len(parts)
            with self.wrapped.no_sync() if wait else contextlib.nullcontext():
                with self.autocast():
                    nll, z = losses(self.wrapped, self.moved(part))
                # DistributedDataParallel takes the mean over processes; wanted is the sum over all tokens.
                ((nll + self.s["z_loss"] * z) * (self.world / total)).backward()
            nll_sum += nll.detach()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        nll_sum, norm = torch.stack((nll_sum, norm)).tolist()  # the one wait for the device
        nll_sum, = self.agree(nll_sum)
        if not math.isfinite(nll_sum) or not math.isfinite(norm):
            raise Refusal(f"step {self.progress.step + 1}: the loss or its gradients are not finite numbers; go on from the "
                          "last checkpoint with --resume, or begin with smaller rates")
        self.optimizers.step(self.progress.rate())
        return nll_sum / total, int(total), norm

    def moved(self, batch):
        return [tensor.to(self.device, non_blocking=True) for tensor in batch]

    @torch.no_grad()
    def judge(self):
        """Mean NLL over blocks of the validation pieces, as in ario_trainer_validate."""
        most, context, start = self.s["latents"], self.s["context"], max(self.s["given"], 1)
        pieces = [i for i in range(len(self.corpus.counts)) if self.corpus.valid[i] and self.corpus.counts[i] > self.s["given"]]
        blocks = [(i, at) for i in pieces for at in range(start, int(self.corpus.counts[i]), most)]
        tokens = sum(int(self.corpus.counts[i]) - self.s["given"] for i in pieces)
        wanted = self.s["valid_tokens"]
        every = (tokens + wanted // 2) // wanted if wanted and tokens > wanted else 1
        crops = []
        for piece, at in blocks[::every][self.rank::self.world]:
            latents = min(most, int(self.corpus.counts[piece]) - at)
            until = at + latents
            crop = np.asarray(self.corpus.piece(piece)[max(0, until - 1 - context):until], np.int64)
            crops.append((crop, crop[-latents:]))
        nll_sum = 0.0
        self.model.eval()
        with torch.compiler.set_stance("force_eager") if self.args.compile else contextlib.nullcontext():
            for i in range(0, len(crops), self.size):
                with self.autocast():
                    nll_sum += float(losses(self.model, self.moved(padded(crops[i:i + self.size])))[0])
        count = sum(len(targets) for _, targets in crops)
        self.model.train()
        nll_sum, count = self.agree(nll_sum, count)
        return nll_sum / count if count else math.nan

    def compare_with_best(self):
        p = self.progress
        p.worse += 1
        if self.s["patience"] and self.valid_nll < p.best_nll:
            p.best_nll, p.worse, self.best = self.valid_nll, 0, self.weights()

    def finish(self):
        """The best weights, averaged with the initial ones: ario_trainer_finish of core/train/trainer.c."""
        if self.start:
            keep, last = self.s["keep"], self.best or self.weights()
            self.load_weights({n: (1 - keep) * last[n] + keep * w for n, w in self.start.items()})
            self.best, self.progress.best_nll = None, math.inf
            if self.s["validations"]:
                self.valid_nll = self.judge()

    def open_log(self):
        """The file's rows up to here are kept, and others written after them: the columns of arioso train --log."""
        columns, kept = "step minutes tokens epochs nll valid_nll gradient_norm rate tokens_per_s".split(), []
        if self.args.resume and os.path.exists(self.args.log):
            with open(self.args.log, newline="") as file:
                kept = [row for row in csv.reader(file) if row[0].isdigit() and int(row[0]) <= self.progress.step]
        self.log = open(self.args.log, "w", newline="", buffering=1)
        csv.writer(self.log, lineterminator="\n").writerows([columns] + kept)

    def log_row(self, nll, norm, rate, tokens, seconds, judged):
        if self.rank:
            return
        p, per_second = self.progress, tokens / seconds if seconds > 0 else 0.0
        if self.args.log:
            valid = f"{self.valid_nll:.5f}" if judged and math.isfinite(self.valid_nll) else ""
            csv.writer(self.log, lineterminator="\n").writerow(
                [p.step, f"{p.seconds / 60:.3f}", p.predicted, f"{p.epochs:.4f}", f"{nll:.5f}", valid, f"{norm:.4f}",
                 f"{rate:.5f}", f"{per_second:.0f}"])
        share = per_second / self.s["latents"] * products(self.config, self.s["context"], self.s["latents"]) / self.peak
        memory = torch.cuda.max_memory_allocated() / 1e9 if self.device.type == "cuda" else 0
        print(f"{100 * min(1, p.done()):5.1f} %, step {p.step}, NLL {nll:.3f}"
              + (f" (validation {self.valid_nll:.3f})" if math.isfinite(self.valid_nll) else "")
              + f", {per_second:.0f} tokens/s, {100 * share:.0f} % of the peak" + (f", {memory:.1f} GB" if memory else ""),
              file=sys.stderr, flush=True)

    def go(self):
        p, s = self.progress, self.s
        self.peak = self.world * peak_of(self.device, s["precision"])
        clock = torch.tensor(p.done(), dtype=torch.float64).share_memory_()
        data = iter(torch.utils.data.DataLoader(
            Share(self.corpus, s, self.rank, self.world, self.size, self.args.compile, self.args.library, p, clock),
            batch_size=None, collate_fn=as_it_is, worker_init_fn=ignore_signals, num_workers=self.args.workers,
            pin_memory=self.device.type == "cuda"))
        if self.args.log and not self.rank:
            self.open_log()
        self.save(False)
        self.model.train()
        saved, row_tokens, row_seconds, row_nll = p.seconds, 0, 0.0, 0.0
        while not p.ended() and not self.stopped and not (self.args.stop_after and p.step >= self.args.stop_after):
            start, before, rate = time.perf_counter(), p.done(), p.rate()
            p.epoch, p.place, p.epochs, parts, predicted = next(data)
            nll, tokens, norm = self.take_step(parts, predicted)
            p.step, p.predicted = p.step + 1, p.predicted + tokens
            # One clock, that of the first process; and a signal to any stops all.
            took, stop = self.agree(0.0 if self.rank else time.perf_counter() - start, float(STOP["asked"]))
            p.seconds, self.stopped = p.seconds + took, stop > 0
            clock.fill_(p.done())
            row_tokens, row_seconds, row_nll = row_tokens + tokens, row_seconds + took, row_nll + nll * tokens
            every = s["validations"]
            due = every and (math.floor(p.done() * every) > math.floor(before * every) or p.done() >= 1)
            if due:
                start = time.perf_counter()
                self.valid_nll = self.judge()
                self.compare_with_best()
                p.seconds += self.agree(0.0 if self.rank else time.perf_counter() - start)[0]
            if due or p.step % LOG_STEPS == 0:
                self.log_row(row_nll / row_tokens, norm, rate, row_tokens, row_seconds, due)
                row_tokens, row_seconds, row_nll = 0, 0.0, 0.0
            if p.seconds - saved >= 60 * s["checkpoint_minutes"]:
                self.save(False)
                saved = p.seconds
        ended = p.ended()
        if ended:
            self.finish()
        self.save(ended)
        if not self.rank:
            judged = p.best_nll if math.isfinite(p.best_nll) else self.valid_nll
            print(f"{self.args.out}: {p.step} steps, {p.seconds / 60:.1f} minutes, {p.predicted} tokens ({p.epochs:.2f} passes)"
                  + (f", validation {judged:.4f} nats/token" if math.isfinite(judged) else "")
                  + ("" if ended else "; not finished: go on with --resume"))


# ---- The command line ----

STOP = {"asked": False}


def parser_of():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", help="a token cache, which arioso train --tokenize-only makes")
    parser.add_argument("--out", required=True, help="the folder of the model")
    parser.add_argument("--config", help="settings from a JSON file: a model's config.json, or any setting below")
    parser.add_argument("--init", help="start from this model directory's weights")
    parser.add_argument("--resume", action="store_true", help="go on with a run that was stopped, on any number of processes")
    parser.add_argument("--stop-after", type=int, default=0, help="stop after so many steps, to go on another time")
    parser.add_argument("--log", help="write the run's figures to this CSV; plot_log.py draws it")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="cuda where there is a GPU, else cpu")
    parser.add_argument("--micro-batch", type=int, default=0, help="crops that a process computes at a time; all by default")
    parser.add_argument("--workers", type=int, default=1, help="processes that make crops for each training process; 1 by "
                        "default, a fast GPU needs several")
    parser.add_argument("--library", help="libarioso, which varies tokens of midi-band; by default that of the build folder")
    parser.add_argument("--compile", action="store_true", help="compile the blocks first: a minute, then faster on a GPU (PyTorch 2.6 on)")
    parser.add_argument("--checkpointing", action="store_true", help="recompute activations in the backward pass, to save memory")
    for name, default in {**MODEL, **TRAINING}.items():
        parser.add_argument("--" + name.replace("_", "-"), type=type(default), choices=CHOICES.get(name),
                            help=f"{default} by default")
    return parser


def settled(args, corpus):
    """The model's configuration and the settings: command line over file over defaults. -> config, settings, weights"""
    said, weights, base = {}, None, dict(MODEL)
    if args.config:
        try:
            with open(args.config) as file:
                said = json.load(file)
        except (OSError, ValueError) as error:
            raise Refusal(f"{args.config}: cannot be read: {error}") from error
        if not isinstance(said, dict):
            raise Refusal(f"{args.config}: is no JSON object")
    for key in said:
        if key not in MODEL and key not in TRAINING and key not in ELSEWHERE:
            raise Refusal(f"{args.config}: {key}: there is no such setting")
    for key, value in said.items():
        kind = type({**MODEL, **TRAINING}.get(key))
        if key not in ELSEWHERE and not isinstance(value, (int, float) if kind is float else kind):
            raise Refusal(f"{args.config}: {key}: {value!r} is no {kind.__name__}")
        if value not in CHOICES.get(key, (value,)):
            raise Refusal(f"{args.config}: {key}: {value!r} is none of {', '.join(CHOICES[key])}")
    base["vocab_size"] = corpus.vocab_size
    if args.init:
        base, codec, weights = load_model(args.init)
        if codec != corpus.codec:
            raise Refusal(f"{args.init}: is a model of {codec}, and {corpus.path} holds {corpus.codec}")
    given = {k: v for k, v in vars(args).items() if v is not None}
    config = {k: given.get(k, said.get(k, v)) for k, v in base.items()}
    settings = {k: given.get(k, said.get(k, v)) for k, v in TRAINING.items()}
    for key in ("steps", "passes", "minutes"):  # the command line alone decides between them
        if key in given:
            settings.update({k: 0 for k in ("steps", "passes", "minutes") if k != key})
            break
    return config, settings, weights


def check(config, settings, corpus, world):
    if config["vocab_size"] != corpus.vocab_size:
        raise Refusal(f"vocab_size is {config['vocab_size']}, but {corpus.path} has a vocabulary of {corpus.vocab_size}")
    for name in ("channels", "heads", "max_context", "max_latents", "mlp_widening"):
        if config[name] < 1:
            raise Refusal(f"{name} is {config[name]}; it must be 1 or more")
    if config["channels"] % config["heads"]:
        raise Refusal(f"channels ({config['channels']}) is not a multiple of heads ({config['heads']})")
    if config["max_latents"] > config["max_context"]:
        raise Refusal(f"max_latents ({config['max_latents']}) is more than max_context ({config['max_context']})")
    s = settings
    s["context"] = s["context"] or config["max_context"]
    s["latents"] = s["latents"] or min(config["max_latents"], s["context"])
    s["start_context"] = s["start_context"] or s["context"]
    if not s["latents"] <= s["start_context"] <= s["context"] <= config["max_context"] or s["latents"] > config["max_latents"]:
        raise Refusal(f"latents {s['latents']}, start_context {s['start_context']}, context {s['context']} must not fall, and "
                      f"the model has room for {config['max_latents']} latents and a context of {config['max_context']}")
    if s["batch"] < 1 or s["batch"] % world:
        raise Refusal(f"batch is {s['batch']}: {world} processes cannot share it evenly")
    if not (s["steps"] or s["passes"] > 0 or s["minutes"] > 0):
        raise Refusal("one of steps, passes and minutes must be above 0")


def start_processes(args):
    """-> rank, world, device"""
    world, rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
    if args.device == "cuda" and not torch.cuda.is_available():
        raise Refusal("--device cuda: PyTorch sees no GPU here; use --device cpu, or a PyTorch that knows this one")
    if args.compile and not hasattr(getattr(torch, "compiler", None), "set_stance"):
        raise Refusal(f"--compile: PyTorch {torch.__version__} is too old for it: 2.6 or later")
    kind = args.device or ("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(kind, int(os.environ.get("LOCAL_RANK", 0))) if kind == "cuda" else torch.device("cpu")
    if kind == "cuda":
        if device.index >= torch.cuda.device_count():
            raise Refusal(f"process {device.index} of this machine has no GPU: there are {torch.cuda.device_count()}")
        torch.cuda.set_device(device)
    if world > 1:
        os.environ.setdefault("NCCL_ASYNC_ERROR_HANDLING", "1")
        dist.init_process_group("nccl" if kind == "cuda" else "gloo", timeout=datetime.timedelta(seconds=60))
    return rank, world, device


def resumed(args, corpus):
    path = os.path.join(args.out, "training.pt")
    try:
        state = torch.load(path, map_location="cpu")
    except FileNotFoundError:
        raise Refusal(f"{args.out}: there is no run to go on with: no training.pt") from None
    except Exception as error:  # what PyTorch raises here has no common type
        raise Refusal(f"{path}: cannot be read: {error}") from error
    if state["checksum"] != corpus.checksum:
        raise Refusal(f"{args.out}: is of a run on other data: {corpus.path} has changed since")
    return state


def train(args):
    rank, world, device = start_processes(args)
    corpus = Corpus(args.cache)
    state = resumed(args, corpus) if args.resume else None
    if state:
        config, settings, weights = state["config"], state["settings"], state["weights"]
    else:
        config, settings, weights = settled(args, corpus)
        if os.path.exists(os.path.join(args.out, "model.safetensors")):
            raise Refusal(f"{args.out}: has a model already; go on with --resume, or name another folder")
    check(config, settings, corpus, world)
    band_library(args.library, corpus, settings)  # what it refuses is said before processes are made that wait for each other
    if world > 1:
        dist.barrier()  # nobody writes before all have looked
    run = None
    try:
        run = Run(args, settings, config, corpus, rank, world, device)
        run.prepare(weights, state)
        run.go()
    except RuntimeError as error:
        if "out of memory" not in str(error) and "can't allocate memory" not in str(error):
            raise
        raise Refusal(what_would_fit(args, settings, config, world, run)) from error


def what_would_fit(args, settings, config, world, run):
    d, share = config["channels"], args.micro_batch or settings["batch"] // world
    bytes_each = 12 if settings["optimizer"] == "muon" else 16
    weights = (4 + 2 * config["mlp_widening"]) * d * d * (config["layers"] + 1) + 2 * config["vocab_size"] * d
    if not run:
        return (f"a model of {weights / 1e6:.0f} M parameters takes {bytes_each * weights / 1e9:.1f} GB to train, which do not fit in "
                "memory; fewer --channels or --layers")
    smaller = f"--micro-batch {share // 2}" if share > 1 else f"--context {settings['context'] // 2}"
    return (f"{share} crops of {settings['context']} tokens at a time do not fit in memory; {smaller}"
            + ("" if args.checkpointing else " or --checkpointing") + " would take about half")


def main():
    version = tuple(int(x) for x in torch.__version__.split("+")[0].split(".")[:2])
    args = parser_of().parse_args()
    if version < (1, 13):
        sys.exit(f"perceiver_ar.py: PyTorch {torch.__version__} is too old: 1.13 or later")
    signal.signal(signal.SIGTERM, lambda *_: STOP.update(asked=True))
    signal.signal(signal.SIGINT, lambda *_: STOP.update(asked=True))
    try:
        train(args)
    except (Refusal, OSError, RuntimeError) as error:
        rank = os.environ.get("RANK")
        sys.exit(f"perceiver_ar.py{': process ' + rank if rank else ''}: {error}")


if __name__ == "__main__":
    main()
