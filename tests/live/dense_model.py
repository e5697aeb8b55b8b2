#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A model whose music is dense: random weights, and an output that knows nothing but how often tokens come. All
time-shifts are of one step of 10 ms, WEIGHT times as likely as any other token, so that its music takes some
100 (1 + 111 / WEIGHT) tokens a second.

    dense_model.py FOLDER CHANNELS LAYERS LATENTS WEIGHT
"""
import json
import os
import struct
import sys
import numpy as np

folder, (channels, layers, latents, weight) = sys.argv[1], map(int, sys.argv[2:6])
vocab, rng = 391, np.random.default_rng(1)
tensors = {}


def linear(name, rows, columns):
    tensors[name + ".weight"] = rng.standard_normal((rows, columns)) * 0.02
    tensors[name + ".bias"] = np.zeros(rows)


def norm(name):
    tensors[name + ".weight"], tensors[name + ".bias"] = np.ones(channels), np.zeros(channels)


def attention_and_mlp(name, norms):
    for part in norms:
        norm(f"{name}.{part}")
    for part in "q", "k", "v", "out":
        linear(f"{name}.attn.{part}", channels, channels)
    norm(f"{name}.mlp.norm")
    linear(f"{name}.mlp.up", 4 * channels, channels)
    linear(f"{name}.mlp.down", channels, 4 * channels)


tensors["embed.weight"] = rng.standard_normal((vocab, channels))
linear("query", channels, channels)
attention_and_mlp("cross", ["norm_q", "norm_kv"])
for i in range(layers):
    attention_and_mlp(f"layers.{i}", ["norm"])
norm("norm")
tensors["logits.weight"] = np.zeros((vocab, channels))
bias = np.zeros(vocab)
bias[259:359] = -30
bias[259] = np.log(weight)
tensors["logits.bias"] = bias

os.makedirs(folder, exist_ok=True)
config = {"model_type": "perceiver_ar", "vocab_size": vocab, "channels": channels, "heads": max(1, channels // 64),
          "layers": layers, "max_context": 4096, "max_latents": latents, "codec": {"name": "midi-performance"}}
json.dump(config, open(os.path.join(folder, "config.json"), "w"))
header, at = {}, 0
for name, value in tensors.items():
    header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [at, at + 4 * value.size]}
    at += 4 * value.size
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(os.path.join(folder, "model.safetensors"), "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text)
    for value in tensors.values():
        file.write(value.astype("<f4").tobytes())
