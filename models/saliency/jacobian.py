"""The Jacobian image of a fused pixel: ∂y(i)/∂x_k over all pixels of every source, exactly.

Kumar & Gumhold 2020, eq. (1). Only the window of the receptive field is computed and returned; all
other entries of that row of the Jacobian are zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.devices import one_thread
from models.saliency.engine.analysis import analyse, check_model, cone_rows
from models.saliency.engine.cones import ConeNetwork
from models.saliency.engine.guard import (
    Windows,
    count,
    count_untrusted,
    differing,
    fused_image,
    windows_on,
)
from models.saliency.engine.rows import crop_row, placement
from models.saliency.engine.whole_image import rows_of
from models.saliency.engine.windows import Pixel, check_pixel, check_sources, clip

_BATCH_VALUES = 16_000_000
"""How many numbers the largest layer of one batch of windows may hold (64 MB in float32)."""

WORTH_THREADS = 4
"""From how many windows on a second CPU thread pays."""


@dataclass(frozen=True)
class Jacobian:
    """One row of the Jacobian, on its window.

    Attributes:
        values: (K, h, w), signed, fused intensity per source intensity, in the model's float type.
        origin: (y0, x0), the image position of values[:, 0, 0].
        pixel: (y, x), the principal pixel.
        fused: the fused value y(i) there.
    """

    values: NDArray[np.floating]
    origin: tuple[int, int]
    pixel: Pixel
    fused: float


def jacobian(model: nn.Module, sources: NDArray[np.floating], pixel: Pixel) -> Jacobian:
    """The Jacobian image of one fused pixel (Kumar & Gumhold 2020, eq. 1).

    Args:
        model: a method in evaluation mode; its device and float type are used.
        sources: (K, H, W), floating, in [0, 1].
        pixel: principal pixel (y, x), row first.

    Raises:
        PixelError: the pixel is outside the image.
        ValueError: wrong sources, a model in training mode or without a gradient.
    """
    return jacobians(model, sources, [pixel])[0]


def jacobians(model: nn.Module, sources: NDArray[np.floating], pixels: Sequence[Pixel]) -> list[Jacobian]:
    """The Jacobian images of several fused pixels, computed together; see `jacobian`."""
    check_sources(sources)
    for pixel in pixels:
        check_pixel(pixel, sources.shape)
    windows, cones = windows_on(model, sources), analyse(model, len(sources)).cones
    if windows is None:
        count_untrusted(model, sources, len(pixels))
        return _by_whole_image(model, sources, pixels)
    if cones is None:
        return _by_crops(model, sources, pixels, windows)
    radius, found = windows.radius, list[Jacobian]()
    for part, values, rows_of_part in _batches(model, cones, sources, pixels, radius):
        found += [
            clipped(row, pixel, sources.shape[1:], radius, float(value))
            for pixel, value, row in zip(part, values, rows_of_part, strict=True)
        ]
    return found


def _by_whole_image(
    model: nn.Module, sources: NDArray[np.floating], pixels: Sequence[Pixel]
) -> list[Jacobian]:
    rows = rows_of(model, sources, pixels)
    return [
        Jacobian(values, (0, 0), pixel, fused) for pixel, (fused, values) in zip(pixels, rows, strict=True)
    ]


def _by_crops(
    model: nn.Module, sources: NDArray[np.floating], pixels: Sequence[Pixel], windows: Windows
) -> list[Jacobian]:
    """From windows, and from the whole image where a window's fused value is not the image's."""
    values, rows, wrong = _crops(model, sources, pixels, windows)
    found = [
        clipped(row, pixel, sources.shape[1:], windows.radius, float(value))
        for pixel, value, row in zip(pixels, values, rows, strict=True)
    ]
    for number in map(int, np.flatnonzero(wrong)):
        (found[number],) = _by_whole_image(model, sources, [pixels[number]])
    return found


def _crops(
    model: nn.Module, sources: NDArray[np.floating], pixels: Sequence[Pixel], windows: Windows
) -> tuple[NDArray[np.floating], list[NDArray[np.floating]], NDArray[np.bool_]]:
    """Fused values, full windows, and which of them are not to be trusted; these are counted."""
    found = [crop_row(model, sources, pixel, windows.radius, windows.period) for pixel in pixels]
    values, fused = np.array([value for value, _ in found]), fused_image(model, sources)
    wrong = differing(values, np.array([fused[pixel] for pixel in pixels]))
    if windows.untrusted is not None:
        wrong |= np.array([windows.untrusted[pixel] for pixel in pixels])
    count(model, wrong)
    return values, [row for _, row in found], wrong


def full_windows(
    model: nn.Module, sources: NDArray[np.floating], pixels: Sequence[Pixel]
) -> NDArray[np.floating]:
    """Jacobians (B, K, 2R+1, 2R+1) on unclipped windows, zero outside the image; for local methods.

    Raises:
        ValueError: the method has no window, or depends on more than it holds at one of the pixels.
    """
    windows, cones = windows_on(model, sources), analyse(model, len(sources)).cones
    if windows is None:
        raise ValueError("The method has no window; expected one with a local receptive field.")
    if cones is None:
        _, rows, wrong = _crops(model, sources, pixels, windows)
        if wrong.any():
            pixel = pixels[int(np.flatnonzero(wrong)[0])]
            raise ValueError(
                f"At {pixel} the method depends on more than its window; expected nothing beyond."
            )
        return np.stack(rows)
    return np.concatenate([rows for _, _, rows in _batches(model, cones, sources, pixels, windows.radius)])


def _batches(
    model: nn.Module, cones: ConeNetwork, sources: NDArray[np.floating], pixels: Sequence[Pixel], radius: int
) -> Iterator[tuple[list[Pixel], NDArray[np.floating], NDArray[np.floating]]]:
    """Pixels, fused values and full windows, in batches of bounded memory."""
    device, dtype = placement(model, sources)
    batch = batch_size(cones)
    for start in range(0, len(pixels), batch):
        part = list(pixels[start : start + batch])
        with one_thread() if len(part) < WORTH_THREADS else nullcontext():
            values, rows = cone_rows(cones, sources, part, radius, device, dtype)
        yield part, values, rows


def batch_size(cones: ConeNetwork) -> int:
    """How many windows are computed at once."""
    return max(1, _BATCH_VALUES // cones.largest_patch(cones.backward_reach))


def clipped(
    window: NDArray[np.floating], pixel: Pixel, shape: tuple[int, ...], radius: int, fused: float
) -> Jacobian:
    """A Jacobian from its full window (K, 2R+1, 2R+1), cut at the border of an image (H, W)."""
    rows, columns, origin = clip(pixel, shape, radius)
    return Jacobian(np.ascontiguousarray(window[:, rows, columns]), origin, pixel, fused)


def fuse(model: nn.Module, sources: NDArray[np.floating]) -> NDArray[np.floating]:
    """The fused image (H, W) of sources (K, H, W), in the model's float type."""
    check_sources(sources)
    device, dtype = placement(model, sources)
    check_model(model, len(sources))
    with torch.no_grad():
        return (
            model(*(torch.tensor(image, device=device, dtype=dtype)[None, None] for image in sources))[0, 0]
            .cpu()
            .numpy()
        )
