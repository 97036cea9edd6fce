"""Networks of other kinds: how each is differentiated, how fast, how exactly; in one run with the naive way.

    python -m tests.benchmarks.plugins [--side 256]

First every kind of module that fools an engine of windows (`tests/models/saliency/hard_cases.py`), its
Jacobians against autograd on the whole image. Then networks that see far or all: a U-Net of two million
weights, and one that squeezes and couples as FusionINN does. Naive is one backward pass per pixel through one
forward pass, timed on some pixels and scaled; the true error of an estimate is that at 200 random pixels.
"""

from __future__ import annotations

import argparse
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models import estimate_guidance, guard_report, guidance, jacobian
from models.saliency.engine.analysis import analyse
from models.saliency.engine.whole_image import WholeImage, whole_image
from tests.benchmarks.saliency import clock, say
from tests.models.saliency.hard_cases import HARD_CASES, HardCase, Squeeze

TIMED, COMPARED = 20, 200


class UNet(nn.Module):
    """Three poolings, skips, bilinear with aligned corners: it sees the whole image."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        torch.manual_seed(0)
        sizes = [2, width, 2 * width, 4 * width, 8 * width]
        self.down = nn.ModuleList([self.block(a, b) for a, b in pairwise(sizes)])
        self.up = nn.ModuleList(
            [self.block(a + b, a) for a, b in zip(sizes[3:0:-1], sizes[4:1:-1], strict=True)]
        )
        self.last = nn.Conv2d(width, 1, 1)

    @staticmethod
    def block(a: int, b: int) -> nn.Module:
        return nn.Sequential(
            *(nn.Conv2d(a, b, 3, padding=1), nn.ReLU(), nn.Conv2d(b, b, 3, padding=1), nn.ReLU())
        )

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        value, skips = torch.cat((x1, x2), 1), []
        for number, block in enumerate(self.down):
            value = block(F.max_pool2d(value, 2) if number else value)
            skips.append(value)
        for block, skip in zip(self.up, skips[-2::-1], strict=True):
            wide = F.interpolate(value, skip.shape[-2:], mode="bilinear", align_corners=True)
            value = block(torch.cat((wide, skip), 1))
        return torch.sigmoid(self.last(value))


def images(height: int, width: int) -> np.ndarray:
    """A pair with a black background and noise on a disc."""
    y, x = np.mgrid[0:height, 0:width]
    disc = (y - height / 2) ** 2 + (x - width / 2) ** 2 < (0.4 * min(height, width)) ** 2
    return (np.random.default_rng(1).random((2, height, width)) * disc).astype(np.float32)


def deviation(case: HardCase) -> tuple[str, float, int]:
    """Path, largest deviation at 60 random pixels (relative to the largest entry), refused pixels."""
    torch.manual_seed(0)
    model, sources = case.build().eval(), images(*case.size)
    if not case.single:
        model, sources = model.double(), sources.astype(np.float64)
    largest = 0.0
    for y, x in np.random.default_rng(2).integers(case.size, size=(60, 2)):
        found = jacobian(model, sources, (int(y), int(x)))
        leaves = [torch.from_numpy(image)[None, None].requires_grad_() for image in sources]
        parts = torch.autograd.grad(model(*leaves)[0, 0, y, x], leaves, allow_unused=True)
        whole = np.stack([np.zeros(case.size) if part is None else part[0, 0].numpy() for part in parts])
        (y0, x0), (height, width) = found.origin, found.values.shape[1:]
        whole[:, y0 : y0 + height, x0 : x0 + width] -= found.values
        scale = max(np.abs(found.values).max(), np.abs(whole).max())
        largest = max(largest, float(np.abs(whole).max() / scale) if scale else 0.0)
    return analyse(model, 2).path, largest, guard_report(model).refused


def print_kinds() -> None:
    """A row per kind of module."""
    say("| kind of module | path | answered by the whole image, at run time | largest deviation |")
    say("|---|---|---|---|")
    for case in HARD_CASES:
        path, largest, refused = deviation(case)
        say(f"| {case.name} | {path} | {refused or '–'} | {largest:.0e} |")


def print_networks(side: int) -> None:
    """A row per network: Jacobian, stages of guidance with their errors, beside the naive way."""
    say(
        "| network | weights | path | Jacobian | guidance | time | stated error | true error | naive "
        "| ratio |"
    )
    say("|---|---|---|---|---|---|---|---|---|---|")
    sources = images(side, side)
    for name, model in (("U-Net", UNet().eval()), ("squeeze and coupling", Squeeze().eval())):
        path, weights = analyse(model, 2).path, sum(each.numel() for each in model.parameters())
        pixels = [(int(y), int(x)) for y, x in np.random.default_rng(3).integers(side, size=(TIMED, 2))]
        jacobian(model, sources, pixels[0])
        single = clock(lambda m=model, p=pixels: [jacobian(m, sources, each) for each in p], "cpu") / TIMED
        graph = whole_image(model, sources)
        naive = clock(lambda g=graph, p=pixels: [g.row(each) for each in p], "cpu") / TIMED * side * side
        for stride in (8, 16) if path == "whole image" else (0,):
            found: list = []
            seconds = clock(lambda f=found, m=model, s=stride: f.append(guidance_of(m, sources, s)), "cpu")
            values = found[0].values if stride else found[0]
            stated = f"{found[0].rms:.2%}, at most {found[0].largest:.2%}" if stride else "exact"
            say(
                f"| {name} | {weights:,} | {path} | {1000 * single:.1f} ms | "
                f"{f'stride {stride}' if stride else 'exact'} | {seconds:.1f} s | {stated} | "
                f"{true_error(graph, values):.2%} | {naive / 60:.1f} min | {naive / seconds:.0f}× |"
            )


def guidance_of(model: nn.Module, sources: np.ndarray, stride: int) -> object:
    """An estimate by a lattice of this stride, or exact guidance for 0."""
    return estimate_guidance(model, sources, stride) if stride else guidance(model, sources)


def true_error(graph: WholeImage, values: np.ndarray) -> float:
    """Root mean square of the error at random pixels, relative to that of the exact guidance there."""
    places = np.random.default_rng(9).integers(values.shape[1:], size=(COMPARED, 2))
    exact = np.array([graph.row((int(y), int(x)))[:, y, x] for y, x in places])
    error = np.array([values[:, y, x] for y, x in places]) - exact
    return float(np.sqrt((error**2).mean() / (exact**2).mean()))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=256, help="of the images, in pixels")
    side = parser.parse_args().side
    print_kinds()
    say()
    print_networks(side)


if __name__ == "__main__":
    main()
