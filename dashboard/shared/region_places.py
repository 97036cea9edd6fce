"""Regions of interest as places: which pixel stands for one, how the sources look there. Pure; numpy only."""

from __future__ import annotations

from typing import Any

import numpy as np

_BACKGROUND = 0.02
_TONES = ("dark", "medium", "bright")


def centre(mask: np.ndarray) -> tuple[int, int] | None:
    """The pixel (row, column) of a bool mask (H, W) that is nearest to its centre of mass.

    It lies inside also where the mask is a ring or a crescent. None for an empty mask.
    """
    rows, columns = mask.nonzero()
    if not len(rows):
        return None
    nearest = ((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2).argmin()
    return int(rows[nearest]), int(columns[nearest])


def starting_pixel(case: Any) -> tuple[int, int]:
    """Where to look first: the middle of the first region of interest, else of the image (row, column)."""
    height, width = case.sources.shape[1:]
    centres = (centre(region.mask) for region in case.regions)
    return next((found for found in centres if found), (height // 2, width // 2))


def tones(case: Any, mask: np.ndarray) -> tuple[str, ...]:
    """How bright a region (H, W) is in every source: "dark", "medium" or "bright".

    The mean of the region lies in the lowest, middle or highest third of what is not background, which is all
    above 0.02 in any source.
    """
    inside = (case.sources > _BACKGROUND).any(axis=0)
    found = []
    for source in case.sources:
        below = (source[inside] < source[mask].mean()).mean() if inside.any() else 0.0
        found.append(_TONES[min(2, int(3 * below))])
    return tuple(found)


def contrast(case: Any, mask: np.ndarray) -> str:
    """The tones of a region as the paper names its presets: "bright T2-MRI / dark FDG-PET"."""
    return " / ".join(f"{tone} {name}" for tone, name in zip(tones(case, mask), case.modalities, strict=True))


def places(case: Any) -> list[dict[str, Any]]:
    """Id, title and centre (`y`, `x`) of every region of a case study, in its order, for JSON."""
    found = [(region, centre(region.mask)) for region in case.regions]
    return [
        {"id": region.id, "title": region.title, "y": pixel[0], "x": pixel[1]}
        for region, pixel in found
        if pixel is not None
    ]
