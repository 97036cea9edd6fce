"""Windows of an image around pixels, cut at or padded beyond the true border; numpy only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Pixel = tuple[int, int]


class PixelError(ValueError):
    """The pixel (y, x) is not in an image of this (H, W). `valid` says which are."""

    def __init__(self, pixel: Pixel, shape: tuple[int, ...]) -> None:
        (y, x), (height, width) = pixel, shape[-2:]
        self.valid = [f"y: 0…{height - 1}", f"x: 0…{width - 1}"]
        super().__init__(f"Pixel (y={y}, x={x}) is outside the image; expected {', '.join(self.valid)}.")


def check_sources(sources: NDArray[np.floating]) -> None:
    """Raise ValueError unless `sources` is a finite floating array (K, H, W)."""
    if not isinstance(sources, np.ndarray) or sources.ndim != 3 or sources.dtype.kind != "f":
        shape = getattr(sources, "shape", None)
        raise ValueError(f"Sources have shape {shape}; expected a floating numpy array (K, H, W).")
    if sources.size == 0 or not np.isfinite(sources).all():
        raise ValueError("Sources hold NaN, infinity or no pixel; expected finite values in [0, 1].")


def check_pixel(pixel: Pixel, shape: tuple[int, ...]) -> None:
    """Raise `PixelError` unless `pixel` = (y, x) lies in an image of this (H, W)."""
    height, width = shape[-2:]
    y, x = pixel
    if not (0 <= y < height and 0 <= x < width):
        raise PixelError(pixel, shape)


def crops(sources: NDArray[np.floating], pixels: Sequence[Pixel], radius: int) -> NDArray[np.floating]:
    """(B, K, 2R+1, 2R+1) windows around the pixels, 0 outside the image."""
    count, size = len(sources), 2 * radius + 1
    result = np.zeros((len(pixels), count, size, size), sources.dtype)
    for window, (y, x) in zip(result, pixels, strict=True):
        top, left = max(y - radius, 0), max(x - radius, 0)
        part = sources[:, top : y + radius + 1, left : x + radius + 1]
        oy, ox = top - y + radius, left - x + radius
        window[:, oy : oy + part.shape[1], ox : ox + part.shape[2]] = part
    return result


def inside_mask(shape: tuple[int, ...], pixels: Sequence[Pixel], radius: int) -> NDArray[np.bool_] | None:
    """(B, 1, 2R+1, 2R+1), true inside the image; None when every window lies inside."""
    height, width = shape
    if all(radius <= y < height - radius and radius <= x < width - radius for y, x in pixels):
        return None
    offsets = np.arange(-radius, radius + 1)
    where = np.asarray(pixels)
    rows, columns = where[:, :1] + offsets, where[:, 1:] + offsets
    in_rows = (rows >= 0) & (rows < height)
    in_columns = (columns >= 0) & (columns < width)
    return (in_rows[:, :, None] & in_columns[:, None, :])[:, None]


def clip(pixel: Pixel, shape: tuple[int, ...], radius: int) -> tuple[slice, slice, Pixel]:
    """The part of a full window that lies in the image: its row and column slices, and its origin."""
    (height, width), (y, x) = shape, pixel
    top, left = max(y - radius, 0), max(x - radius, 0)
    bottom, right = min(y + radius + 1, height), min(x + radius + 1, width)
    rows = slice(top - y + radius, bottom - y + radius)
    columns = slice(left - x + radius, right - x + radius)
    return rows, columns, (top, left)
