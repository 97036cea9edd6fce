"""The proof of a path: on small images in float64 it must give what autograd gives on the whole image.

Tried at corners, borders and inside, at every phase of the period and at random pixels, on even and odd
sizes, on noise and on an image as case studies have them: a flat black background, a step, a ramp.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import nn

from models.saliency.engine.rows import Floats, Pixel, gradients_of, leaves_of

TOLERANCE = 1e-9
"""Largest deviation that is float noise, relative to the largest entry of a pixel's Jacobian."""

_RANDOM_PIXELS = 4
_PHASES_OF_ALL = 4
"""Up to this period both axes run through all pairs of phases, beyond it through the diagonal."""

Rows = Callable[[Floats, list[Pixel]], tuple[Floats, Floats]]
"""Of sources and pixels, the fused values (B,) and the windows (B, K, 2R+1, 2R+1)."""


def difference(
    model: nn.Module,
    count: int,
    radius: int,
    rows: Rows,
    period: int = 1,
    cycle: int = 1,
    uneven: bool = False,
) -> float:
    """How far windows are from the whole-image Jacobian, the largest over all images and pixels.

    Relative to the largest entry of each Jacobian; infinite where one side is not finite.

    Args:
        model: in float64 on the CPU.
        count: number of sources K.
        radius: of the receptive field.
        rows: the path to be proved.
        period: the sides of the images are multiples of it.
        cycle: pixels are tried at all phases of so many, on both axes.
        uneven: try images whose sides are no multiples of the period instead.
    """
    largest = 0.0
    for sources, pixels in _trials(count, radius, period, cycle, uneven):
        values, windows = rows(sources, pixels)
        leaves = leaves_of(model, sources)
        with torch.enable_grad():
            fused = model(*leaves)[0, 0]
        if fused.shape != sources.shape[1:]:
            return float("inf")
        for (y, x), value, window in zip(pixels, values, windows, strict=True):
            whole = gradients_of(fused[y, x], leaves, keep=True)
            error = np.abs(_embedded(window, (y, x), radius, sources.shape[1:]) - whole).max()
            error = max(float(error), abs(float(value) - float(fused[y, x].detach())))
            scale = float(np.abs(whole).max())
            if not np.isfinite(error):
                return float("inf")
            if error > 0:
                largest = max(largest, error / scale if scale > 0 else float("inf"))
    return largest


def _trials(
    count: int, radius: int, period: int, cycle: int, uneven: bool
) -> Iterator[tuple[Floats, list[Pixel]]]:
    """Images and the pixels to be tried on them: noise of one parity, a case-like image of the other."""
    generator = np.random.default_rng(radius)
    side = -(-(2 * radius + 3 + cycle) // period) * period
    odd = 1 if uneven else 0
    for number, (height, width) in enumerate(((side, side + period), (side + period, side + 2 * period))):
        shape = (height + odd, width + odd * (period - 1))
        sources: Floats = generator.random((count, *shape))
        if number:
            sources = _like_a_case(sources)
        (height, width), random = shape, generator.integers(shape, size=(_RANDOM_PIXELS, 2))
        corners = [(0, 0), (height - 1, width - 2), (1, width // 2), (height // 2, width // 2 + 1)]
        inside = [(int(y), int(x)) for y, x in random]
        yield sources, [*corners, *_phases(shape, cycle), *inside]


def _phases(shape: tuple[int, int], cycle: int) -> list[Pixel]:
    """Pixels near the middle that run through the phases of a cycle on both axes."""
    top, left = ((size - cycle) // 2 for size in shape)
    if cycle <= _PHASES_OF_ALL:
        pairs = [(a, b) for a in range(cycle) for b in range(cycle)] if cycle > 1 else []
    else:
        pairs = [(a, (5 * a + 3) % cycle) for a in range(cycle)]
    return [(top + a, left + b) for a, b in pairs]


def _like_a_case(noise: Floats) -> Floats:
    """A black background, a step between two halves, a ramp and a little noise within a disc."""
    _, height, width = noise.shape
    y, x = np.mgrid[0:height, 0:width]
    disc = (y - height / 2) ** 2 + (x - width / 2) ** 2 < (0.42 * min(height, width)) ** 2
    steps = np.where(x > width / 2, 0.7, 0.3) + 0.2 * y / height
    return disc * (steps + 0.1 * noise)


def _embedded(window: Floats, pixel: Pixel, radius: int, shape: tuple[int, ...]) -> Floats:
    """A full window in its place on the image, cut at its border."""
    (y, x), (height, width) = pixel, shape
    padded = np.zeros((len(window), height + 2 * radius, width + 2 * radius))
    padded[:, y : y + 2 * radius + 1, x : x + 2 * radius + 1] = window
    return padded[:, radius : radius + height, radius : radius + width]
