#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the optimizers' vectors: 20 steps of AdamW and of Muon by a few lines of PyTorch, in float64, no dropout.

  python3 tests/parity/make_steps.py ORACLE_DIR OUT_DIR

OUT_DIR/start is a small random model, batches.u16 are 20 x 2 sequences of 33 tokens (the last 16 are predicted), and
OUT_DIR/adamw and OUT_DIR/muon are the model after 20 steps, with a z-loss of 1e-4, at rates 2e-3 (AdamW) and 0.02 (Muon).
"""
import os
import sys
from array import array

from make import write_model

CONFIG = dict(vocab_size=29, channels=16, heads=2, layers=2, max_context=32, max_latents=16)
STEPS, BATCH, LENGTH, LATENTS, ADAMW, MUON, Z_LOSS = 20, 2, 33, 16, 2e-3, 0.02, 1e-4


def orthogonalise(torch, g):
    x = g / (g.norm() + 1e-7)
    if g.shape[0] > g.shape[1]:
        x = x.T
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return x.T if g.shape[0] > g.shape[1] else x


def loss_of(torch, model, batch):
    logits = model(batch[:, :-1], LATENTS).flatten(0, 1)
    lse = logits.logsumexp(-1)
    nll = lse - logits.gather(1, batch[:, -LATENTS:].reshape(-1, 1))[:, 0]
    return (nll + Z_LOSS * lse**2).mean()


def train(torch, model, batches, with_muon):
    state = {}
    for step, batch in enumerate(batches, 1):
        model.zero_grad()
        loss_of(torch, model, batch).backward()
        with torch.no_grad():
            norm = sum(p.grad.square().sum() for p in model.parameters()).sqrt().item()
            for name, p in model.named_parameters():
                g = p.grad * min(1.0, 1.0 / norm)
                m, v = state.setdefault(name, (torch.zeros_like(p), torch.zeros_like(p)))
                if with_muon and p.dim() == 2 and name not in ("embed.weight", "logits.weight"):
                    m.mul_(0.95).add_(g)
                    p.mul_(1 - 0.01 * MUON)
                    p.sub_(MUON * max(1, p.shape[0] / p.shape[1]) ** 0.5 * orthogonalise(torch, g + 0.95 * m))
                else:
                    m.mul_(0.9).add_(0.1 * g)
                    v.mul_(0.98).add_(0.02 * g * g)
                    p.sub_(ADAMW * (m / (1 - 0.9**step)) / ((v / (1 - 0.98**step)).sqrt() + 1e-8))


def main():
    sys.path.insert(0, sys.argv[1])
    sys.dont_write_bytecode = True
    import perceiver_ar as oracle
    import torch
    torch.manual_seed(7)
    start = oracle.PerceiverAR(**CONFIG)
    config = start.config
    batches = torch.randint(0, CONFIG["vocab_size"], (STEPS, BATCH, LENGTH))
    write_model(oracle, os.path.join(sys.argv[2], "start"), config, start.state_dict())
    with open(os.path.join(sys.argv[2], "batches.u16"), "wb") as f:
        array("H", batches.flatten().tolist()).tofile(f)
    for name, with_muon in (("adamw", False), ("muon", True)):
        model = oracle.PerceiverAR(**CONFIG)
        model.load_state_dict(start.state_dict())
        model = model.double()
        train(torch, model, batches, with_muon)
        write_model(oracle, os.path.join(sys.argv[2], name), config, model.state_dict())


if __name__ == "__main__":
    main()
