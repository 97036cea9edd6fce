"""Small PNG pictures of images, gradients and scatters, for pages and reports without a plot library.

Images are enlarged by whole factors, pixel by pixel, so that what is seen is what was computed. Gradients are
drawn signed: blue negative, amber positive, near-black zero, as on the Explore page.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.floating]
Mask = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""(y0, x0, y1, x1), the last row and column included."""

NEGATIVE = ("#0b0c0e", "#12304f", "#16609f", "#4aa3e6", "#d6efff")
POSITIVE = ("#0b0c0e", "#45260a", "#94530b", "#e89127", "#fff0cc")
"""From zero to the largest magnitude; the same colours as `dashboard/shared/scales.py`."""
_DENSITY = ("#56606e", "#8b8f98", "#c79a4b", "#f2b632")
_GREEN, _RED, _CASING = "#3ddc84", "#ff4d3d", "#0b0c0e"
SCATTER_BINS = 160


@dataclass(frozen=True, eq=False)
class Marks:
    """What is drawn over an image: the border of a region (H, W), a window, the principal pixel (y, x)."""

    region: Mask | None = None
    window: Box | None = None
    pixel: tuple[int, int] | None = None


def grey(image: Floats) -> Bytes:
    """An image (H, W) on the display range 0 to 1 as RGB bytes (H, W, 3)."""
    levels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=-1)


def signed(gradient: Floats, magnitude: float, gamma: float = 1.0) -> Bytes:
    """Signed gradients (H, W) as RGB bytes (H, W, 3): colour of sign(g) |g / magnitude|^γ, clipped at ±1."""
    strength = np.clip(np.abs(gradient) / (magnitude if magnitude > 0 else 1), 0, 1) ** gamma
    return np.where((gradient < 0)[..., None], _ramp(NEGATIVE, strength), _ramp(POSITIVE, strength))


def crop_box(mask: Mask, margin: int) -> Box:
    """The box around a region (H, W), `margin` pixels wider, inside the image; square where it fits."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    side = max(np.ptp(rows), np.ptp(columns)) + 1 + 2 * margin
    bounds = []
    for places, size in zip((rows, columns), mask.shape, strict=True):
        start = int(places[0] + places[-1] + 1 - side) // 2
        start = max(0, min(start, size - int(side)))
        bounds.append((start, min(size, start + int(side)) - 1))
    return bounds[0][0], bounds[1][0], bounds[0][1], bounds[1][1]


def picture(
    colours: Bytes, marks: Marks | None = None, crop: Box | None = None, least: int = 256, thick: int = 2
) -> bytes:
    """PNG of RGB bytes (H, W, 3), enlarged by the least whole factor that gives `least` pixels across.

    Args:
        colours: the whole image, whose pixels `marks` and `crop` count.
        marks: drawn `thick` pixels wide, the region green, window and pixel red, on a dark casing.
        crop: the part that is shown; all of it for None.
    """
    height, width = colours.shape[:2]
    y0, x0, y1, x1 = crop or (0, 0, height - 1, width - 1)
    factor = max(1, -(-least // (x1 - x0 + 1)))

    def enlarged(values: NDArray) -> NDArray:
        return values[y0 : y1 + 1, x0 : x1 + 1].repeat(factor, axis=0).repeat(factor, axis=1)

    shown = enlarged(colours).copy()
    for mask, colour in _masks(marks or Marks(), (height, width)):
        _outline(shown, enlarged(mask), colour, thick)
    return _png(shown)


def density(points: Floats, marked: Mask, ranges: Sequence[tuple[float, float]]) -> bytes:
    """PNG of points (2, n) in the plane of `ranges`, transparent where there is none, marked ones green.

    Colours go with the logarithm of the count; the first value runs to the right, the second upwards.
    """
    edges = [np.linspace(low, high, SCATTER_BINS + 1) for low, high in ranges]

    def counted(which: Floats) -> Floats:
        return np.histogram2d(which[0], which[1], bins=edges)[0].T[::-1]

    count, green = counted(points), counted(points[:, marked]) > 0
    level = np.log1p(count) / max(np.log1p(count.max()), 1e-9)
    rgba = np.dstack([_ramp(_DENSITY, level), np.where(count > 0, 255, 0).astype(np.uint8)])
    rgba[green] = (*_rgb(_GREEN), 255)
    factor = 2
    return _png(rgba.repeat(factor, axis=0).repeat(factor, axis=1))


def data_uri(png: bytes) -> str:
    """A picture as the text that an <img> takes as its source."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _masks(marks: Marks, shape: tuple[int, int]) -> list[tuple[Mask, str]]:
    found: list[tuple[Mask, str]] = []
    if marks.region is not None:
        found.append((marks.region, _GREEN))
    if marks.window is not None:
        y0, x0, y1, x1 = marks.window
        box = np.zeros(shape, bool)
        box[y0 : y1 + 1, x0 : x1 + 1] = True
        found.append((box, _RED))
    if marks.pixel is not None:
        point = np.zeros(shape, bool)
        point[marks.pixel] = True
        found.append((point, _RED))
    return found


def _outline(shown: Bytes, mask: Mask, colour: str, thick: int) -> None:
    """Draw the border of a mask around it in place: colour next to the mask, a dark casing outside."""
    inner = _grown(mask, thick)
    shown[_grown(inner, 1) & ~inner] = _rgb(_CASING)
    shown[inner & ~mask] = _rgb(colour)


def _grown(mask: Mask, steps: int) -> Mask:
    for _ in range(steps):
        padded = np.pad(mask, 1)
        mask = (
            padded[1:-1, 1:-1] | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
        )
    return mask


def _ramp(colours: Sequence[str], level: Floats) -> Bytes:
    """Colours at levels 0 to 1, linear between the given ones, as (…, 3) bytes."""
    stops = np.array([_rgb(colour) for colour in colours], float)
    places = np.linspace(0, 1, len(stops))
    channels = [np.interp(level, places, stops[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


def _png(colours: Bytes) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(colours).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
