"""The pixels of a region that is told as text: a region of interest by its id, or a drawn area. Pure.

The forms are those of the Explore page's brush (`dashboard/shared/brush_text.py`); a bare id is short for
`region:<id>`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

FORMS = "a region's id, rect:Y,X,Y,X, poly:Y,X;…, scatter:X,Y,X,Y or lasso:X,Y;…"
_SHOWN = 60


class RegionTextError(ValueError):
    """A text names no region of this case study, or holds no pixel; one sentence."""


def region_mask(
    text: str,
    shape: tuple[int, int],
    regions: Mapping[str, Mask],
    guidance: Callable[[], NDArray[np.floating]] | None = None,
) -> Mask:
    """The pixels that a text marks, (H, W) bool, at least one.

    Args:
        text: one of `FORMS`; corners of areas are counted by the even-odd rule at pixel centres.
        shape: (H, W).
        regions: masks (H, W) of the case study's regions by id.
        guidance: gives the two guidance images (2, H, W) in whose plane `scatter` and `lasso` are drawn.

    Raises:
        RegionTextError: see there.
    """
    kind, colon, rest = text.partition(":")
    if not colon or kind == "region":
        return _named(rest if colon else text, regions)
    numbers = _numbers(kind, rest, text)
    down, across = np.mgrid[0 : shape[0], 0 : shape[1]].astype(float)
    if kind in ("scatter", "lasso"):
        if guidance is None:
            raise RegionTextError(
                f"The region {_quoted(text)} is drawn in the scatter of a method; "
                "expected an area of the image (a region's id, rect: or poly:)."
            )
        down, across = np.asarray(guidance(), float)[:2]
    if kind in ("rect", "scatter"):
        a0, b0, a1, b1 = numbers
        mask = (down >= a0) & (down <= a1) & (across >= b0) & (across <= b1)
    else:
        mask = _inside(down, across, numbers)
    if not mask.any():
        raise RegionTextError(f"The region {_quoted(text)} holds no pixel; expected at least one.")
    return mask


def mask_digest(mask: Mask) -> str:
    """SHA-256 (hex) of a mask's shape and bits."""
    head = ",".join(map(str, mask.shape)).encode()
    return hashlib.sha256(head + b";" + np.packbits(mask.ravel()).tobytes()).hexdigest()


def _named(region_id: str, regions: Mapping[str, Mask]) -> Mask:
    if region_id not in regions:
        known = ", ".join(regions) or "(none)"
        raise RegionTextError(f"Unknown region {_quoted(region_id)}; expected {FORMS}; ids: {known}.")
    return np.asarray(regions[region_id], bool)


def _numbers(kind: str, rest: str, text: str) -> list[float]:
    parts = re.split("[,;]", rest)
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    count = len(numbers)
    fits = count == 4 if kind in ("rect", "scatter") else count >= 6 and count % 2 == 0
    if kind not in ("rect", "scatter", "poly", "lasso") or not fits or not np.isfinite(numbers).all():
        raise RegionTextError(f"The region {_quoted(text)} makes no sense; expected {FORMS}.")
    return numbers


def _inside(a: NDArray[np.floating], b: NDArray[np.floating], polygon: list[float]) -> Mask:
    """Which points lie in a polygon [a, b, a, b, …], by the even-odd rule; points on an edge either way."""
    odd = np.zeros(a.shape, bool)
    corners = np.reshape(polygon, (-1, 2))
    for (a0, b0), (a1, b1) in zip(corners, np.roll(corners, 1, axis=0), strict=True):
        if b0 == b1:
            continue  # a level edge is crossed by none of the level rays
        odd ^= ((b0 > b) != (b1 > b)) & (a < a0 + (b - b0) / (b1 - b0) * (a1 - a0))
    return odd


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
