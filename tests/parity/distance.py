#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""For recipe.sh: what models/recipes/perceiver_ar.py computes, against what arioso does.

  distance.py weights A B BOUND        |A - B| / |A| over all parameters of two model directories
  distance.py nll MODEL TOKENS NLL     the mean NLL of one pass, within 1e-4 of that
  distance.py gradients VECTORS...     those of the parity vectors, within 1e-3 of the largest of any tensor
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "models", "recipes"))
import numpy as np
import perceiver_ar as recipe
import torch


def opened(directory):
    config, _, weights = recipe.load_model(directory)
    model = recipe.PerceiverAR(config)
    model.load_state_dict(weights)
    return model.eval()


def mean_nll(model, tokens, latents):
    nll, _ = recipe.losses(model, recipe.padded([(tokens, tokens[-latents:])]))
    return nll / latents


def tokens_of(path):
    return np.fromfile(path, "<u2").astype(np.int64)


def weights(a, b, bound):
    a, b = (torch.cat([w.double().flatten() for w in recipe.load_model(d)[2].values()]) for d in (a, b))
    distance = float((a - b).norm() / a.norm())
    print(f"apart by {distance:.1e}")
    assert distance < float(bound)


def nll(directory, path, expected):
    model, tokens = opened(directory), tokens_of(path)
    with torch.no_grad():
        found = float(mean_nll(model, tokens, min(model.config["max_latents"], len(tokens) - 1)))
    print(f"NLL {found:.6f}, arioso {float(expected):.6f}")
    assert abs(found - float(expected)) < 1e-4


def gradients(*folders):
    for folder in folders:
        model, tokens = opened(folder), tokens_of(os.path.join(folder, "tokens.u16"))
        latents = os.path.getsize(os.path.join(folder, "logits.f32")) // 4 // model.config["vocab_size"]
        mean_nll(model, tokens, latents).backward()
        expected = recipe.load_model(os.path.join(folder, "gradients"))[2]
        largest = max(float(g.abs().max()) for g in expected.values())
        distance = max(float((p.grad - expected[n]).abs().max()) for n, p in model.named_parameters())
        print(f"{os.path.basename(folder)}: gradients off by {distance / largest:.1e} of the largest")
        assert distance < 1e-3 * largest


if __name__ == "__main__":
    {"weights": weights, "nll": nll, "gradients": gradients}[sys.argv[1]](*sys.argv[2:])
