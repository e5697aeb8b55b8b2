#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the logs of training runs into one picture: NLL against predicted tokens (or minutes, or steps).

  python3 models/recipes/plot_log.py run.csv other.csv -o curves.png [--against minutes]

Logs are those of `arioso train --log` and of perceiver_ar.py. Lines are the training loss, smoothed; points are the validation loss.
"""
import argparse
import csv
import os
import sys


def read(path, against):
    """[(x, nll or None, valid_nll or None)] of a log."""
    try:
        with open(path, newline="") as file:
            rows = list(csv.DictReader(file))
        return [(float(row[against]), *(float(row[k]) if row[k] else None for k in ("nll", "valid_nll"))) for row in rows]
    except (OSError, KeyError, ValueError, TypeError) as error:
        sys.exit(f"plot_log.py: {path}: not a log of a training run: {error!r}")


def smoothed(values, keep=0.8):
    out = []
    for value in values:
        out.append(value if not out else keep * out[-1] + (1 - keep) * value)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", nargs="+")
    parser.add_argument("-o", "--output", default="curves.png")
    parser.add_argument("--against", choices=("tokens", "minutes", "step"), default="tokens")
    args = parser.parse_args()
    try:
        import matplotlib
    except ImportError:
        sys.exit("plot_log.py: matplotlib is missing; on Debian: apt install python3-matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(9, 5.5))
    for path in args.logs:
        rows = read(path, args.against)
        training = [(x, nll) for x, nll, _ in rows if nll is not None]
        validation = [(x, nll) for x, _, nll in rows if nll is not None]
        line, = axes.plot([x for x, _ in training], smoothed([y for _, y in training]), linewidth=1,
                          label=os.path.splitext(os.path.basename(path))[0])
        axes.plot([x for x, _ in validation], [y for _, y in validation], "o", color=line.get_color(), markersize=4)
    axes.set(xlabel={"tokens": "predicted tokens", "step": "steps"}.get(args.against, args.against), ylabel="NLL, nats a token")
    axes.grid(alpha=0.3)
    axes.legend()
    temporary = f"{args.output}.{os.getpid()}.tmp"
    figure.savefig(temporary, dpi=150, bbox_inches="tight", format="png")
    os.replace(temporary, args.output)


if __name__ == "__main__":
    main()
