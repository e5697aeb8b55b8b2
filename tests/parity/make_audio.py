#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Vectors of the audio codec, from its network in PyTorch with random weights.

    make_audio.py small FOLDER     small codecs, one of each kind: FOLDER/zero, FOLDER/reflect, FOLDER/spectral (those in git)
    make_audio.py full FOLDER      these configurations in full size

In each folder: config.json, model.safetensors, wave.f32 (some seconds), codes.u16 [frames, levels], decoded.f32, and
margins.f32 [frames, levels]: by how much the square of the distance to the second best vector is larger than to the best, as a
share of the product of that vector's and the frame's length: what fp32 makes of a frame is off by a share of its length.
"""
import os
import sys

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../models/recipes"))
from audio_network import Codec, DEFAULT, ENCODEC_24K, SPECTRAL  # noqa: E402


def margins_of(codec, wave):
    """[frames, levels]"""
    frames, heard, margins = codec.frames(wave[None, None])[0].T, [], []
    for frame in frames.split(1):
        rest = frame - codec.quantizer.expected(heard)
        for level in codec.quantizer.levels:
            best = torch.cdist(rest, level.codebook).square()[0].topk(2, largest=False)
            margins.append((best.values[1] - best.values[0]) / (frame.norm() * level.codebook[best.indices[1]].norm()))
            rest = rest - level.codebook[best.indices[:1]]
        heard.append(frame - rest)
    return torch.stack(margins).view(len(frames), -1)


def enliven(decoder):
    """Lets everything matter that a beginning makes small."""
    for name, value in decoder.named_parameters():
        if name.endswith("scale") or "norm" in name:
            value += 0.3 * torch.randn_like(value)
        if name.startswith("head"):
            value *= 3


def make(folder, config, frames):
    torch.manual_seed(7)
    codec = Codec(config).double().eval()
    hop = 1
    for ratio in config["ratios"]:
        hop *= ratio
    time = torch.arange(frames * hop, dtype=torch.float64)
    wave = 0.4 * torch.sin(time * 0.05 * (1 + time / len(time))) + 0.1 * torch.randn(len(time), dtype=torch.float64)
    wave = wave.float().double()
    with torch.no_grad():
        codec.quantizer.predictor.normal_(0, 0.5 / (config["predictor"] * config["dimension"]) ** 0.5 if config["predictor"] else 0)
        # Codebooks of what there is to be quantized, so that all of them matter.
        frames = codec.frames(wave[None, None])[0].T
        rest = torch.cat([frame - codec.quantizer.expected(frames[:i].split(1)) for i, frame in enumerate(frames.split(1))])
        for level in codec.quantizer.levels:
            picked = rest[torch.randint(len(rest), (config["codes"],))]
            level.codebook.copy_((0.7 * picked + 0.6 * rest.std() * torch.randn_like(picked)).float())
            rest = rest - level.codebook[torch.cdist(rest, level.codebook).argmin(1)]
        spectral = "decoder" in config
        if spectral:  # with the weights that saving rounds to 16 and 8 bits
            enliven(codec.decoder)
            codec.save(folder, whole=True)
            codec = Codec.load(folder).double().eval()
        for value in codec.state_dict().values():
            value.copy_(value.float())
        codes = codec.encode(wave)
        decoded, margins = codec.decode(codes), margins_of(codec, wave)
    if not spectral:
        codec.save(folder)
    wave.float().numpy().astype("<f4").tofile(os.path.join(folder, "wave.f32"))
    codes.numpy().astype("<u2").tofile(os.path.join(folder, "codes.u16"))
    margins.float().numpy().astype("<f4").tofile(os.path.join(folder, "margins.f32"))
    decoded.float().numpy().astype("<f4").tofile(os.path.join(folder, "decoded.f32"))


size, folder = sys.argv[1:]
small = {"filters": 4, "dimension": 8, "levels": 3, "codes": 16}
zero = dict(DEFAULT, residual_kernel=7, residual_layers=3, dilation_base=3, compress=1, shortcut="identity", lookahead=2,
            predictor=3)
reflect = dict(ENCODEC_24K, levels=12)  # with random codebooks the rest is below what fp32 can tell after that
spectral = dict(DEFAULT, filters=16, dimension=32, predictor=0, lookahead=0, decoder=SPECTRAL)
if size == "small":
    zero.update(small, ratios=[3, 2], residual_layers=2)
    reflect.update(small, ratios=[4, 2], lstm=2)
    spectral.update(small, ratios=[3, 2],
                    decoder=dict(SPECTRAL, channels=12, blocks=2, kernel=5, hidden=20, window=20, hop=6, lookahead=3))
make(os.path.join(folder, "zero"), zero, 60 if size == "small" else 150)
make(os.path.join(folder, "reflect"), reflect, 60 if size == "small" else 150)
make(os.path.join(folder, "spectral"), spectral, 60 if size == "small" else 150)
