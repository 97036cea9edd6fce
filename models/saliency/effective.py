"""The effective receptive field: how much of the window a network really uses.

Luo, Li, Urtasun & Zemel, "Understanding the effective receptive field in deep convolutional neural
networks", NIPS 2016: the mean of |∂y(i)/∂x(i + d)| over many pixels i, as an image over the offset d.
It mostly is a bump far narrower than the receptive field that the layers add up to.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import nn

from models.saliency.engine.guard import windows_on
from models.saliency.engine.windows import Pixel, check_pixel, check_sources
from models.saliency.jacobian import full_windows

_ROUNDING = 1e-12


def effective_field(
    model: nn.Module, sources: NDArray[np.floating], pixels: Sequence[Pixel]
) -> NDArray[np.float64]:
    """The mean |Jacobian| over pixels whose whole window lies in the image (Luo et al. 2016).

    Args:
        model: a local method in evaluation mode; its device and float type are used.
        sources: (K, H, W), floating, in [0, 1].
        pixels: (y, x) each, at least one; see `inner_pixels`.

    Returns:
        (K, 2R+1, 2R+1), not negative, fused intensity per source intensity; the middle is offset (0, 0).

    Raises:
        PixelError: a pixel is outside the image.
        ValueError: no pixel, a window that leaves the image, a method without a window, wrong sources.
    """
    check_sources(sources)
    windows = windows_on(model, sources)
    if windows is None:
        raise ValueError("The method has no window; expected one with a local receptive field.")
    radius = windows.radius
    if not pixels:
        raise ValueError("There is no pixel to average over; expected at least one.")
    height, width = sources.shape[1:]
    for pixel in pixels:
        check_pixel(pixel, sources.shape)
        y, x = pixel
        if min(y, x, height - 1 - y, width - 1 - x) < radius:
            raise ValueError(
                f"The window of pixel (y={y}, x={x}) leaves the image; expected {radius} pixels around it."
            )
    return np.abs(full_windows(model, sources, pixels)).mean(axis=0, dtype=np.float64)


def inner_pixels(shape: tuple[int, int], radius: int, count: int, seed: int = 0) -> list[Pixel]:
    """`count` random pixels (y, x) of an image (H, W) whose windows lie inside; drawn with replacement.

    Raises:
        ValueError: no window of 2·radius + 1 pixels fits into the image.
    """
    height, width = (size - 2 * radius for size in shape)
    if height < 1 or width < 1:
        raise ValueError(
            f"An image of {shape[0]}×{shape[1]} pixels is too small; expected at least {2 * radius + 1}."
        )
    rng = np.random.default_rng(seed)
    rows, columns = rng.integers(height, size=count), rng.integers(width, size=count)
    return [(int(y) + radius, int(x) + radius) for y, x in zip(rows, columns, strict=True)]


def mass_radius(field: NDArray[np.floating], share: float) -> float:
    """Radius of the smallest disc about the middle that holds a share of the mass, in pixels.

    Distances go from pixel centre to pixel centre, so a mass in the middle pixel alone has radius 0.

    Args:
        field: (…, 2R+1, 2R+1), not negative; leading axes are added up.
        share: above 0, at most 1.

    Returns:
        NaN for a field without any mass.

    Raises:
        ValueError: a share or a shape that makes no sense.
    """
    if not 0 < share <= 1:
        raise ValueError(f"The share is {share}; expected a number above 0 and at most 1.")
    size = field.shape[-1]
    if field.ndim < 2 or field.shape[-2] != size or size % 2 == 0:
        raise ValueError(f"The field has shape {field.shape}; expected (…, 2R+1, 2R+1).")
    mass = field.reshape(-1, size, size).sum(axis=0, dtype=np.float64)
    offset = np.arange(size) - size // 2
    squared = offset[:, None] ** 2 + offset**2
    rings = np.bincount(squared.ravel(), mass.ravel())
    held = np.cumsum(rings)
    if not held[-1] > 0:
        return float("nan")
    # a share that is reached but for rounding is reached
    return float(np.sqrt(np.searchsorted(held, held[-1] * (share - _ROUNDING))))
