"""Regions of interest as places: which pixel stands for one. Pure; numpy only."""

from __future__ import annotations

from typing import Any

import numpy as np


def centre(mask: np.ndarray) -> tuple[int, int] | None:
    """The pixel (row, column) of a bool mask (H, W) that is nearest to its centre of mass.

    It lies inside also where the mask is a ring or a crescent. None for an empty mask.
    """
    rows, columns = mask.nonzero()
    if not len(rows):
        return None
    nearest = ((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2).argmin()
    return int(rows[nearest]), int(columns[nearest])


def places(case: Any) -> list[dict[str, Any]]:
    """Id, title and centre (`y`, `x`) of every region of a case study, in its order, for JSON."""
    found = [(region, centre(region.mask)) for region in case.regions]
    return [
        {"id": region.id, "title": region.title, "y": pixel[0], "x": pixel[1]}
        for region, pixel in found
        if pixel is not None
    ]
