#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the parity vectors: small random models with tokens, logits, NLL and gradients by the PyTorch oracle.

  python3 tests/parity/make.py ORACLE_DIR OUT_DIR [SEED]

ORACLE_DIR holds perceiver_ar.py. Each case becomes a folder of OUT_DIR: a model directory with tokens.u16 (N + 1 tokens),
logits.f32 (float32 [M, V] of the last M of the first N positions), attention.f32 (float32 [H, N]: the weights of the
cross-attention at the last of them), nll.txt (mean NLL of the last M tokens, nats) and
gradients, a model directory whose tensors are d(NLL)/d(parameter); all computed in float64.
"""
import os
import sys
from array import array

CASES = {  # name: (context, latents, configuration)
    "base": (40, 12, dict(channels=16, heads=2, layers=2)),
    "rotary_whole": (33, 16, dict(channels=16, heads=4, layers=1, rotary_fraction=1.0, rotary_base=500.0)),
    "gelu": (25, 10, dict(channels=16, heads=1, layers=2, activation="gelu", mlp_widening=2)),
    "all_latents": (20, 20, dict(channels=12, heads=3, layers=1)),
    "one_latent": (24, 1, dict(channels=16, heads=2, layers=1)),
    "one_position": (1, 1, dict(channels=16, heads=2, layers=1)),
    "odd": (300, 37, dict(channels=15, heads=3, layers=1, vocab_size=131, norm_eps=1e-3)),
    "no_layers": (9, 4, dict(channels=8, heads=2, layers=0, rotary_fraction=0.0)),
    "long": (8192, 24, dict(channels=16, heads=2, layers=1)),
}


def write_model(oracle, directory, config, tensors):
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "config.json"), "w") as f:
        oracle.json.dump(config, f, indent=2)
        f.write("\n")
    oracle.save_safetensors(os.path.join(directory, "model.safetensors"), tensors)


def attention(oracle, torch, model, tokens):
    """Weights [H, N] of the cross-attention at the last position."""
    cross = model.cross
    angles = oracle.rotary_angles(torch.arange(tokens.shape[1]), model.rotated, model.config["rotary_base"])
    x = model.embed(tokens)
    q = oracle.rotate(cross.attn.split(cross.attn.q(cross.norm_q(model.query(x[:, -1:])))), angles[-1:])
    k = oracle.rotate(cross.attn.split(cross.attn.k(cross.norm_kv(x))), angles)
    return (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(-1)[0, :, 0]


def write_case(oracle, torch, directory, context, latents, config, seed):
    oracle.torch.manual_seed(seed)
    config = {"vocab_size": 29, "max_context": max(context, 2), "max_latents": latents, **config}
    model = oracle.PerceiverAR(**config)
    with torch.no_grad():  # every parameter random, so that a swapped or ignored one shows
        for name, t in model.named_parameters():
            t.copy_(torch.randn_like(t) * 0.3 + (1.0 if "norm" in name and name.endswith("weight") else 0.0))
    write_model(oracle, directory, model.config, model.state_dict())
    sequence = torch.randint(0, config["vocab_size"], (1, context + 1))
    with open(os.path.join(directory, "tokens.u16"), "wb") as f:
        array("H", sequence[0].tolist()).tofile(f)
    model = model.double().eval()
    with torch.no_grad():
        logits = model(sequence[:, :-1], latents)[0].float().numpy()
        weights = attention(oracle, torch, model, sequence[:, :-1]).float().numpy()
    nll = model.nll(sequence, latents)
    nll.backward()
    logits.tofile(os.path.join(directory, "logits.f32"))
    weights.tofile(os.path.join(directory, "attention.f32"))
    with open(os.path.join(directory, "nll.txt"), "w") as f:
        f.write(f"{nll.item():.12f}\n")
    write_model(oracle, os.path.join(directory, "gradients"), model.config,
                {name: t.grad for name, t in model.named_parameters()})


def main():
    sys.path.insert(0, sys.argv[1])
    sys.dont_write_bytecode = True
    import perceiver_ar as oracle
    import torch
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    for i, (name, (context, latents, config)) in enumerate(CASES.items()):
        write_case(oracle, torch, os.path.join(sys.argv[2], name), context, latents, config, 100 * seed + i)


if __name__ == "__main__":
    main()
