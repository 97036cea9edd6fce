"""What the windowed fusion metrics share: Gaussian windows without padding, and averages over a region.

Knows of tensors only: images are (…, H, W) float64 with values 0…255.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


def gaussian_weights(size: int, sigma: float) -> tuple[float, ...]:
    """The `size` weights of a sampled Gaussian with sum 1."""
    axis = [index - (size - 1) / 2 for index in range(size)]
    values = [math.exp(-(x**2) / (2 * sigma**2)) for x in axis]
    total = math.fsum(values)
    return tuple(value / total for value in values)


def _filter_rows(images: Tensor, weights: Sequence[float]) -> Tensor:
    """(…, H−n+1, W): weighted sums of n rows. Whole shifted images, since float64 convolution is slow."""
    height = images.shape[-2] - len(weights) + 1
    result = images[..., :height, :] * weights[0]
    for shift, weight in enumerate(weights[1:], start=1):
        result.add_(images[..., shift : shift + height, :], alpha=weight)
    return result


def filter_valid(images: Tensor, weights: Sequence[float]) -> Tensor:
    """(…, H, W) images under a separable window of n weights: (…, H−n+1, W−n+1), no padding."""
    return _filter_rows(_filter_rows(images, weights).mT, weights).mT


@dataclass(frozen=True)
class Moments:
    """Moments under a window at its (h, w) positions: two sources (2, 1, h, w), B fused images (B, h, w)."""

    source_mean: Tensor
    fused_mean: Tensor
    source_variance: Tensor
    fused_variance: Tensor
    covariance: Tensor
    """(2, B, h, w)"""


def local_moments(sources: Tensor, fused: Tensor, weights: Sequence[float]) -> Moments:
    """Moments of two sources (2, H, W) and of B fused images (B, H, W) under a separable window."""
    count = len(fused)
    products = (sources[:, None] * fused).flatten(0, 1)
    local = filter_valid(torch.cat([sources, fused, sources.square(), fused.square(), products]), weights)
    mx, mf, xx, ff, xf = local.split([2, count, 2, count, 2 * count])
    covariance = xf.unflatten(0, (2, count)) - mx[:, None] * mf
    return Moments(mx[:, None], mf, (xx - mx.square())[:, None], ff - mf.square(), covariance)


def centres(mask: Tensor | None, size: int) -> Tensor | None:
    """Of an (H, W) mask, the (H−size+1, W−size+1) part at the centres of windows that fit the image."""
    if mask is None:
        return None
    margin = size // 2
    return mask[margin : mask.shape[0] - margin, margin : mask.shape[1] - margin]


def pick(values: Tensor, mask: Tensor | None) -> Tensor:
    """(…, n): the (…, h, w) values where the (h, w) mask is True, everywhere without a mask."""
    return values.flatten(-2) if mask is None else values[..., mask]
