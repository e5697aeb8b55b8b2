#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a model of band tokens that begins with what a piano model knows: all its layers, and of its embedding and its
output the rows of pitches, of velocities and of times (a step of a band, 1/48 of a quarter, is 10 ms at 125 quarters a
minute). The rows of what a piano has not are drawn from N(0, 1) in the embedding and zero in the output.

  python3 models/recipes/band_begin.py models/piano-free FOLDER
  arioso train DATA --init FOLDER --keep 0 --muon-rate 0.02 --adamw-rate 0.002 --patience 0 ...
"""
import json
import os
import sys

import torch

from perceiver_ar import load_tensors, save_tensors

PIANO, BAND = 391, 712
SHARED = ((0, 0, 3), (373, 3, 128), (148, 259, 96), (629, 359, 32))  # first row of the band, of the piano, count


def carried(old, new):
    for to, source, count in SHARED:
        new[to:to + count] = old[source:source + count]
    return new


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    source, folder = sys.argv[1:]
    with open(os.path.join(source, "config.json")) as file:
        config = json.load(file)
    if config["vocab_size"] != PIANO:
        sys.exit(f"{source}: no model of midi-performance")
    weights = load_tensors(os.path.join(source, "model.safetensors"))
    torch.manual_seed(0)
    weights["embed.weight"] = carried(weights["embed.weight"], torch.randn(BAND, config["channels"]))
    weights["logits.weight"] = carried(weights["logits.weight"], torch.zeros(BAND, config["channels"]))
    weights["logits.bias"] = carried(weights["logits.bias"], torch.zeros(BAND))
    config.update(vocab_size=BAND, codec={"name": "midi-band"})
    os.makedirs(folder)
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file, indent=2)
    save_tensors(os.path.join(folder, "model.safetensors"), weights, "F32")


if __name__ == "__main__":
    main()
