"""The engine on a GPU beside the CPU: the same numbers, how much faster. Needs torch and numpy only.

    python -m tests.benchmarks.gpu [--device cuda|cpu] [--side 256] [--methods ID …]

Compares every method's Jacobians, guidance and estimated guidance on the device in float32 (TF32 off,
relative 1e-4) and float64 (1e-9) with those of the CPU in float64, and exits with 1 where they differ.
Milliseconds are those of a warm run: one Jacobian in a batch of 64, a pair of guidance images. With
`--device cpu` it compares the CPU with itself, so that the script itself is tested where there is no GPU.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import torch

from models import create_model, estimate_guidance, guidance, jacobians, list_models

BATCH, STRIDE = 64, 8
LIMITS = {torch.float32: 1e-4, torch.float64: 1e-9}


def say(text: str) -> None:
    """One line on standard output, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def seconds(work: Callable[[], Any], device: str) -> float:
    """Seconds of the second of two runs."""
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def scene(side: int) -> np.ndarray:
    """Noise on a disc, black around it, float64 (2, side, side)."""
    y, x = np.mgrid[0:side, 0:side]
    disc = (y - side / 2) ** 2 + (x - side / 2) ** 2 < (0.4 * side) ** 2
    return np.random.default_rng(4).random((2, side, side)) * disc


def off(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest difference relative to the largest entry."""
    scale = float(np.abs(expected).max())
    return float(np.abs(found - expected).max()) / scale if scale else float(np.abs(found).max())


def compare(method: str, device: str, side: int) -> bool:
    """Print a method's row; whether its numbers agree."""
    sources = scene(side)
    pixels = [(int(y), int(x)) for y, x in np.random.default_rng(5).integers(side, size=(BATCH, 2))]
    reference = create_model(method).double()
    rows = [row.values for row in jacobians(reference, sources, pixels)]
    exact, near = guidance(reference, sources), estimate_guidance(reference, sources, STRIDE).values
    agree, parts = True, []
    for dtype, limit in LIMITS.items():
        model, images = deepcopy(create_model(method)).to(device, dtype), sources.astype(str(dtype)[6:])
        if device == "cuda":
            torch.cuda.reset_peak_memory_stats()
        found = [row.values for row in jacobians(model, images, pixels)]
        errors = (
            max(off(mine, theirs) for mine, theirs in zip(found, rows, strict=True)),
            off(guidance(model, images), exact),
            off(estimate_guidance(model, images, STRIDE).values, near),
        )
        agree &= max(errors) <= limit
        one = 1000 * seconds(lambda m=model, i=images: jacobians(m, i, pixels), device) / BATCH
        pair = seconds(lambda m=model, i=images: guidance(m, i), device)
        memory = f"{torch.cuda.max_memory_allocated() / 1e6:.0f} MB" if device == "cuda" else "–"
        said = ", ".join(f"{error:.0e}" for error in errors)
        parts.append(f"{said} | {one:.3f} ms | {pair:.2f} s | {memory}")
    say(f"| {method} | {' | '.join(parts)} | {'yes' if agree else '**no**'} |")
    return agree


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a number differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--device", choices=("cuda", "cpu"), default="cuda", help="what is compared with the CPU"
    )
    parser.add_argument("--side", type=int, default=256, help="of the images, in pixels")
    parser.add_argument("--methods", nargs="*", help="ids (default: all)")
    named = parser.parse_args(arguments)
    if named.device == "cuda" and not torch.cuda.is_available():
        say("There is no usable CUDA device; expected one, or --device cpu.")
        return 2
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    head = "deviation of Jacobian, guidance, estimate | a Jacobian | guidance | memory"
    say(f"| method | float32: {head} | float64: {head} | within 1e-4 and 1e-9 |")
    say("|---" * 10 + "|")
    methods = named.methods or [spec.id for spec in list_models()]
    agreeing = [compare(method, named.device, named.side) for method in methods]
    return 0 if all(agreeing) else 1


if __name__ == "__main__":
    sys.exit(main())
