#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The network of the audio codec in PyTorch, as codecs/include/arioso/audio.h describes it: encoder, residual vector
quantizer, decoder, and the model directory that `arioso` reads.
"""
import json
import math
import os

import torch
from torch import nn
from torch.nn import functional as F

from perceiver_ar import load_tensors, save_tensors

DEFAULT = {"model_type": "audio_codec", "sample_rate": 24000, "filters": 32, "ratios": [8, 5, 4, 3], "kernel": 7,
           "last_kernel": 7, "residual_kernel": 3, "residual_layers": 1, "dilation_base": 2, "compress": 2,
           "shortcut": "conv", "lstm": 0, "padding": "zero", "norm": "rms", "dimension": 128,
           "levels": 8, "codes": 1024, "predictor": 8, "lookahead": 1}

# The 24 kHz model of EnCodec (Défossez et al. 2022) is this configuration.
ENCODEC_24K = dict(DEFAULT, ratios=[8, 5, 4, 2], lstm=2, padding="reflect", norm="none", levels=32, predictor=0, lookahead=0)

# The decoder of spectra that takes the place of the encoder's mirror, as "decoder" in a configuration.
SPECTRAL = {"kind": "spectral", "channels": 384, "blocks": 8, "kernel": 7, "hidden": 1152, "window": 1920, "hop": 480, "lookahead": 2}
EIGHT_BITS_FROM = 64  # numbers of a matrix that may be saved in 8 bits
LOUDEST = 10  # log-magnitudes beyond count as this


class Conv(nn.Conv1d):
    """Causal: padded on the left only, with zeros or with the signal mirrored; [batch, channels, time]."""

    def __init__(self, inputs, outputs, kernel, stride=1, dilation=1, reflect=False):
        super().__init__(inputs, outputs, kernel, stride, dilation=dilation)
        self.left, self.reflect = (kernel - 1) * dilation + 1 - stride, reflect

    def forward(self, x):
        if not self.reflect or not self.left:
            return super().forward(F.pad(x, (self.left, 0)))
        short = max(0, self.left - x.shape[-1] + 1)  # a signal too short to be mirrored goes on with zeros
        x = F.pad(F.pad(x, (0, short)), (self.left, 0), mode="reflect")
        return super().forward(x[..., :x.shape[-1] - short])


class Transposed(nn.ConvTranspose1d):
    """Causal: what it says beyond the end is left out. Each frame makes `ratio` samples of itself and of the frame before, so it
    is computed as a convolution of two taps, which PyTorch does faster."""

    def __init__(self, inputs, outputs, ratio):
        super().__init__(inputs, outputs, 2 * ratio, ratio)
        self.ratio = ratio

    def forward(self, x):
        batch, _, time = x.shape
        outputs = self.weight.shape[1]
        now, before = self.weight.split(self.ratio, 2)  # [inputs, outputs, ratio] each
        taps = torch.stack([before, now], -1).flatten(1, 2).transpose(0, 1)  # [outputs * ratio, inputs, 2]
        y = F.conv1d(F.pad(x, (1, 0)), taps, self.bias.repeat_interleave(self.ratio))
        return y.view(batch, outputs, self.ratio, time).transpose(2, 3).reshape(batch, outputs, self.ratio * time)


class Unit(nn.Module):
    def __init__(self, channels, c, dilation):
        super().__init__()
        inside, reflect = channels // c["compress"], c["padding"] == "reflect"
        self.conv1 = Conv(channels, inside, c["residual_kernel"], dilation=dilation, reflect=reflect)
        self.conv2 = Conv(inside, channels, 1)
        if c["shortcut"] == "conv":
            self.shortcut = Conv(channels, channels, 1)

    def forward(self, x):
        beside = self.shortcut(x) if hasattr(self, "shortcut") else x
        return beside + self.conv2(F.elu(self.conv1(F.elu(x))))


class Stage(nn.Module):
    """Units, and before or after them the step to another rate."""

    def __init__(self, channels, ratio, c, down):
        super().__init__()
        self.is_down = down
        inner = channels if down else channels // 2
        self.units = nn.ModuleList(Unit(inner, c, c["dilation_base"] ** j) for j in range(c["residual_layers"]))
        if down:
            self.down = Conv(channels, 2 * channels, 2 * ratio, ratio, reflect=c["padding"] == "reflect")
        else:
            self.up = Transposed(channels, channels // 2, ratio)

    def forward(self, x):
        if not self.is_down:
            x = self.up(F.elu(x))
        for unit in self.units:
            x = unit(x)
        return self.down(F.elu(x)) if self.is_down else x


def recur(lstm, x):
    return x if lstm is None else x + lstm(x.permute(2, 0, 1))[0].permute(1, 2, 0)


class Encoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        reflect, channels = c["padding"] == "reflect", c["filters"]
        self.first = Conv(1, channels, c["kernel"], reflect=reflect)
        self.stages = nn.ModuleList(Stage(channels << i, r, c, True) for i, r in enumerate(reversed(c["ratios"])))
        channels <<= len(c["ratios"])
        self.lstm = nn.LSTM(channels, channels, c["lstm"]) if c["lstm"] else None
        self.last = Conv(channels, c["dimension"], c["last_kernel"], reflect=reflect)
        self.norm = c["norm"] == "rms"

    def forward(self, x):
        x = self.first(x)
        for stage in self.stages:
            x = stage(x)
        x = F.elu(recur(self.lstm, x))
        if self.norm:
            x = x / (x.square().mean(1, keepdim=True) + 1e-6).sqrt()
        return self.last(x)


class Decoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        reflect, channels = c["padding"] == "reflect", c["filters"] << len(c["ratios"])
        self.first = Conv(c["dimension"], channels, c["kernel"], reflect=reflect)
        self.lstm = nn.LSTM(channels, channels, c["lstm"]) if c["lstm"] else None
        self.stages = nn.ModuleList(Stage(channels >> i, r, c, False) for i, r in enumerate(c["ratios"]))
        self.last = Conv(c["filters"], 1, c["last_kernel"], reflect=reflect)

    def forward(self, x):
        x = recur(self.lstm, self.first(x))
        for stage in self.stages:
            x = stage(x)
        return self.last(F.elu(x))


class Block(nn.Module):
    """ConvNeXt (Liu et al. 2022), causal; [batch, time, channels]."""

    def __init__(self, channels, kernel, hidden, scale):
        super().__init__()
        self.depthwise = nn.Conv1d(channels, channels, kernel, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.up, self.down = nn.Linear(channels, hidden), nn.Linear(hidden, channels)
        self.scale = nn.Parameter(torch.full((channels,), scale))

    def forward(self, x):
        y = F.pad(x.transpose(1, 2), (self.depthwise.kernel_size[0] - 1, 0))
        y = self.norm(self.depthwise(y).transpose(1, 2))
        return x + self.scale * self.down(F.gelu(self.up(y)))


class Spectral(nn.Module):
    """Frames -> log-magnitudes and phases -> sound, by an inverse short-time Fourier transform (Siuzdak 2023)."""

    def __init__(self, c):
        super().__init__()
        self.shape = d = {**SPECTRAL, **c["decoder"]}
        self.first = Conv(c["dimension"], d["channels"], d["kernel"])
        self.first_norm, self.last_norm = nn.LayerNorm(d["channels"]), nn.LayerNorm(d["channels"])
        self.blocks = nn.ModuleList(Block(d["channels"], d["kernel"], d["hidden"], 1 / max(1, d["blocks"])) for _ in range(d["blocks"]))
        self.head = nn.Linear(d["channels"], d["window"] + 2)
        self.register_buffer("hann", torch.hann_window(d["window"], dtype=torch.float64).float(), persistent=False)

    def spectra(self, x):
        """x [batch, dimension, frames] -> log-magnitudes and phases, [batch, frames, bins] each"""
        ahead = self.shape["lookahead"]
        x = self.first_norm(self.first(F.pad(x, (0, ahead))).transpose(1, 2))
        for block in self.blocks:
            x = block(x)
        return self.head(self.last_norm(x)[:, ahead:]).chunk(2, -1)

    def forward(self, x):
        levels, phases = self.spectra(x)
        return self.sound(torch.polar(levels.clamp(max=LOUDEST).exp(), phases))

    def sound(self, spectra):
        """spectra [batch, frames, bins], complex -> [batch, 1, samples]"""
        window, hop, hann = self.shape["window"], self.shape["hop"], self.hann.to(spectra.real.dtype)
        batch, frames, _ = spectra.shape
        add = lambda parts: F.fold(parts, (1, (frames - 1) * hop + window), (1, window), stride=(1, hop))[:, 0]
        sums = add((torch.fft.irfft(spectra, window) * hann).transpose(1, 2))
        weights = add(hann.square()[None, :, None].expand(1, window, frames))
        lead = (window - hop) // 2
        return sums[..., lead:lead + frames * hop] / weights[..., lead:lead + frames * hop]


class Level(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.register_buffer("codebook", torch.randn(c["codes"], c["dimension"]))

    def nearest(self, rest):
        """rest [batch, dimension] -> codes [batch]"""
        return (self.codebook.square().sum(1) / 2 - rest @ self.codebook.T).argmin(1)


class Quantizer(nn.Module):
    """A residual vector quantizer. With a predictor (Cuperman and Gersho 1985) it quantizes what the last frames, as they were
    decoded, do not tell of a frame: a tone that goes on costs next to nothing."""

    def __init__(self, c):
        super().__init__()
        self.levels = nn.ModuleList(Level(c) for _ in range(c["levels"]))
        predictor = torch.zeros(c["predictor"], c["dimension"], c["dimension"])  # the last frame's matrix first
        self.register_buffer("predictor", predictor, persistent=c["predictor"] > 0)

    def expected(self, heard):
        """heard: frames as they were decoded, [batch, dimension] each, the last one last -> what comes next"""
        return sum((before @ matrix.T for matrix, before in zip(self.predictor, reversed(heard))), torch.zeros(()))

    def encode(self, frames):
        """frames [time, dimension] -> codes [time, levels]"""
        codes, heard = [], []
        for frame in frames.split(1):
            rest = frame - self.expected(heard)
            for level in self.levels:
                codes.append(level.nearest(rest))
                rest = rest - level.codebook[codes[-1]]
            heard.append(frame - rest)
        return torch.cat(codes).view(-1, len(self.levels))

    def decode(self, codes):
        """codes [time, levels] -> frames [time, dimension]"""
        frames = sum(level.codebook[codes[:, i]] for i, level in enumerate(self.levels))
        heard = []
        for frame in frames.split(1):
            heard.append(frame + self.expected(heard))
        return torch.cat(heard)


class Codec(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        spectral = config.get("decoder", {}).get("kind") == "spectral"
        self.encoder = Encoder(config)
        self.decoder = Spectral(config) if spectral else Decoder(config)
        self.quantizer = Quantizer(config)

    def frames(self, samples):
        """samples [batch, 1, time], a whole number of frames -> [batch, dimension, frames], each after the lookahead was heard"""
        ahead = self.config["lookahead"]
        return self.encoder(F.pad(samples, (0, ahead * math.prod(self.config["ratios"]))))[..., ahead:]

    def encode(self, samples):
        """samples [time], a whole number of frames -> codes [frames, levels]"""
        return self.quantizer.encode(self.frames(samples[None, None])[0].T)

    def decode(self, codes):
        return self.decoder(self.quantizer.decode(codes).T[None])[0, 0]

    def save(self, folder, half=False, whole=False):
        """`half`: in 16 bits, which the ear does not tell from 32. `whole`: and large matrices of the decoder in 8; what makes codes
        stays as it is."""
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump(self.config, file, indent=2)
        tensors, kind = self.state_dict(), "F16" if half or whole else "F32"
        dtypes = {name: "I8" if whole and name.startswith("decoder.") and t.dim() > 1 and t.numel() >= EIGHT_BITS_FROM else kind
                  for name, t in tensors.items()}
        save_tensors(os.path.join(folder, "model.safetensors"), tensors, dtypes)

    @staticmethod
    def load(folder):
        """The codec of a model directory."""
        with open(os.path.join(folder, "config.json")) as file:
            codec = Codec({**DEFAULT, "shortcut": "conv", "predictor": 0, "lookahead": 0, "padding": "zero", "norm": "none", **json.load(file)})
        codec.load_state_dict(load_tensors(os.path.join(folder, "model.safetensors"), whole=True))
        return codec
