"""A region of interest as numbers: where its gradient comes from, how far it reaches, how sure its means are.

For the fused pixels i of a region Ω (n of them) and a source k, one backward pass gives the region gradient
G_k(p) = Σ_{i∈Ω} ∂y(i)/∂x_k(p) exactly, over all source pixels p. From it

    mass inside    (1/n) Σ_{p∈Ω} |G_k(p)|        mass outside   (1/n) Σ_{p∉Ω} |G_k(p)|
    leakage        mass outside / (mass inside + mass outside), of all sources together and of each
    negative       Σ max(−G_k, 0) / Σ |G_k|, the share that the published colour scale hides

G is a sum of signed Jacobians: where pixels of the region pull a source pixel up and down, they cancel. The
radii therefore come from the single Jacobians: r50 and r90 are the radii of the smallest discs about a fused
pixel that hold 50 and 90 % of its absolute gradient, pooled over the region's pixels. For a region of one
pixel r50 is what the Explore page calls "half within" (`assets/js/shared/jacobian_spread.js`).

The guidance images give the mean ∂y(i)/∂x_k(i) in the region, with a bootstrap interval, and the correlation
of the sources' guidance. The bootstrap draws pixels as if they were independent; neighbours are not, so the
true uncertainty is larger.

Numbers only: torch stays in `models`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import models

Floats = NDArray[np.floating]
Mask = NDArray[np.bool_]

SHARES = (0.5, 0.9)
MOST_PIXELS = 256
"""From so many pixels of a region the radii are pooled; of a larger region a seeded sample."""
MOST_WHOLE_IMAGE = 32
"""The same for methods without a window, each of whose Jacobians takes a pass over the whole image."""
RESAMPLES, CONFIDENCE, SEED = 1000, 0.95, 0
_ROUNDING = 1e-12
_DRAWN_AT_ONCE = 2_000_000
_JACOBIANS_AT_ONCE = 16


@dataclass(frozen=True, eq=False)
class RegionNumbers:
    """The numbers of one region with one method; see the module's docstring. K sources.

    Attributes:
        pixels: n.
        mass_inside, mass_outside: (K,), fused intensity per source intensity, per fused pixel.
        leakage: share of the absolute gradient from outside the region, all sources, 0 to 1.
        leakage_of: (K,), the same of each source.
        negative: (K,), share of the absolute gradient that is negative, 0 to 1.
        radii: (K, 2), r50 and r90 in pixels.
        sampled: how many pixels' Jacobians the radii are pooled from.
        mean_guidance: (K,), signed.
        interval: (K, 2), ends of its bootstrap interval (`CONFIDENCE`).
        pearson, spearman: (K, K), correlation of the guidance images in the region.

    What is not defined (no gradient at all, a constant guidance image) is NaN.
    """

    pixels: int
    mass_inside: Floats
    mass_outside: Floats
    leakage: float
    leakage_of: Floats
    negative: Floats
    radii: Floats
    sampled: int
    mean_guidance: Floats
    interval: Floats
    pearson: Floats
    spearman: Floats


@dataclass(frozen=True, eq=False)
class RegionAnalysis:
    """What the numbers are made of.

    Attributes:
        gradient: (K, H, W) float32, the region gradient, signed.
        rings: (K, D) float64, Σ |∂y(i)/∂x_k(p)| over the sampled pixels i, by squared distance |p − i|².
        sampled: (M, 2) int, the pixels (y, x) behind `rings`.
    """

    gradient: NDArray[np.float32]
    rings: NDArray[np.float64]
    sampled: NDArray[np.int64]
    numbers: RegionNumbers


def analyse_region(
    model: Any,
    sources: Floats,
    mask: Mask,
    guidance: Floats,
    progress: Callable[[float], None] | None = None,
) -> RegionAnalysis:
    """Gradients of a region by one method, and its numbers.

    Args:
        model: a method in evaluation mode (`models.create_model`).
        sources: (K, H, W), floating, in [0, 1].
        mask: (H, W) bool, at least one pixel.
        guidance: (K, H, W), `models.guidance` of the same model and sources.
        progress: called now and then with the finished share, 0 to 1.

    Raises:
        ValueError: wrong sources, mask, guidance or model; a method without a gradient.
    """
    if guidance.shape != sources.shape:
        raise ValueError(f"Guidance of shape {guidance.shape}; expected {sources.shape} as the sources.")
    report = progress or (lambda _: None)
    gradient = np.asarray(models.region_gradient(model, sources, mask.copy()), np.float32)
    report(0.3)
    local = models.receptive_field(model, len(sources)).local
    sampled = sample_pixels(mask, MOST_PIXELS if local else MOST_WHOLE_IMAGE)
    rings = np.zeros((len(sources), 1))
    for start in range(0, len(sampled), _JACOBIANS_AT_ONCE):
        part = [(int(y), int(x)) for y, x in sampled[start : start + _JACOBIANS_AT_ONCE]]
        for jacobian in models.jacobians(model, sources, part):
            rings = _added(rings, ring_mass(jacobian))
        report(0.3 + 0.7 * (start + len(part)) / len(sampled))
    numbers = region_numbers(gradient, mask, guidance, rings, len(sampled))
    return RegionAnalysis(gradient, rings, sampled, numbers)


def region_numbers(
    gradient: Floats, mask: Mask, guidance: Floats, rings: Floats, sampled: int
) -> RegionNumbers:
    """The numbers of a region from its arrays: gradient and guidance (K, H, W), mask (H, W), rings (K, D)."""
    size = np.abs(gradient.astype(np.float64))
    count = int(mask.sum())
    inside, outside = (size[:, part].sum(axis=1) / count for part in (mask, ~mask))
    negative = np.maximum(-gradient, 0).sum(axis=(1, 2), dtype=np.float64)
    values = guidance[:, mask].astype(np.float64)
    return RegionNumbers(
        pixels=count,
        mass_inside=inside,
        mass_outside=outside,
        leakage=float(_share(outside.sum(), (inside + outside).sum())),
        leakage_of=_share(outside, inside + outside),
        negative=_share(negative, size.sum(axis=(1, 2))),
        radii=np.array([[mass_radius(ring, share) for share in SHARES] for ring in rings]),
        sampled=sampled,
        mean_guidance=values.mean(axis=1),
        interval=bootstrap_interval(values),
        pearson=_pairwise(pearson, values),
        spearman=_pairwise(spearman, values),
    )


def sample_pixels(mask: Mask, most: int = MOST_PIXELS, seed: int = SEED) -> NDArray[np.int64]:
    """(M, 2) pixels (y, x) of a mask in reading order: all, or `most` drawn without replacement."""
    pixels = np.argwhere(mask)
    if len(pixels) <= most:
        return pixels
    drawn = np.random.default_rng(seed).choice(len(pixels), most, replace=False)
    return pixels[np.sort(drawn)]


def ring_mass(jacobian: models.Jacobian) -> NDArray[np.float64]:
    """(K, D): Σ |∂y(i)/∂x_k(p)| by the squared distance from centre to centre, |p − i|² = 0 … D − 1."""
    _, height, width = jacobian.values.shape
    down = np.arange(height) + jacobian.origin[0] - jacobian.pixel[0]
    across = np.arange(width) + jacobian.origin[1] - jacobian.pixel[1]
    squared = (down[:, None] ** 2 + across**2).ravel()
    size = np.abs(jacobian.values.astype(np.float64)).reshape(len(jacobian.values), -1)
    return np.stack([np.bincount(squared, part) for part in size])


def mass_radius(ring: Floats, share: float) -> float:
    """Radius (pixels) of the smallest disc that holds a share (0 to 1] of the rings' mass (D,); else NaN."""
    held = np.cumsum(ring, dtype=np.float64)
    if not held[-1] > 0:
        return float("nan")
    # a share that is reached but for rounding is reached
    return float(np.sqrt(np.searchsorted(held, held[-1] * (share - _ROUNDING))))


def bootstrap_interval(
    values: Floats, resamples: int = RESAMPLES, confidence: float = CONFIDENCE, seed: int = SEED
) -> NDArray[np.float64]:
    """Percentile bootstrap interval (K, 2) of the means of values (K, n); the same pixels for all rows.

    Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13. Draws
    `numpy.random.default_rng(seed).integers(n, size=(resamples, n))`.
    """
    count = values.shape[1]
    rng = np.random.default_rng(seed)
    rows = max(1, _DRAWN_AT_ONCE // count)
    means = [
        values[:, rng.integers(count, size=(min(rows, resamples - start), count))].mean(axis=2)
        for start in range(0, resamples, rows)
    ]
    tail = (1 - confidence) / 2
    return np.quantile(np.concatenate(means, axis=1), [tail, 1 - tail], axis=1).T


def pearson(first: Floats, second: Floats) -> float:
    """Pearson correlation of two arrays (n,); NaN where one of them is constant."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    a, b = first - first.mean(dtype=np.float64), second - second.mean(dtype=np.float64)
    # scaled first, so that tiny gradients do not underflow
    a, b = a / np.abs(a).max(), b / np.abs(b).max()
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


def spearman(first: Floats, second: Floats) -> float:
    """Spearman's rank correlation of two arrays (n,), ties sharing their mean rank; NaN as `pearson`."""
    return pearson(_ranks(first), _ranks(second))


def _ranks(values: Floats) -> NDArray[np.float64]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[place]


def _pairwise(correlation: Callable[[Floats, Floats], float], values: Floats) -> NDArray[np.float64]:
    return np.array([[correlation(first, second) for second in values] for first in values])


def _share(part: Any, whole: Any) -> NDArray[np.float64]:
    """part / whole; NaN where there is nothing to share."""
    whole = np.asarray(whole, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, np.asarray(part, np.float64) / whole, np.nan)


def _added(first: Floats, second: Floats) -> NDArray[np.float64]:
    """The sum of two (K, D) of different D."""
    longer, shorter = (first, second) if first.shape[1] >= second.shape[1] else (second, first)
    total = longer.astype(np.float64, copy=True)
    total[:, : shorter.shape[1]] += shorter
    return total
