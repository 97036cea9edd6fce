"""What if a source were different here: the fused image before and after, beside what the Jacobian predicts.

A gradient speaks of infinitely small changes (Kumar & Gumhold 2020, eq. 1). Here a pixel or a region of one
source is really changed, the fused image computed anew where it can differ, and the first-order prediction
J · change set beside it; their difference is what the gradient does not tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from models.saliency.engine.guard import windows_on
from models.saliency.engine.windows import check_sources
from models.saliency.influence import Box, bounds, response
from models.saliency.jacobian import fuse
from models.saliency.linearised import Linearised

Floats = NDArray[np.floating]
Mask = NDArray[np.bool_]

GREY_LEVELS = 255
"""A change of one grey level is 1/255 of the range of a source."""

RING = 3
"""The surroundings of a region: the pixels up to this far from it, its own left out."""


@dataclass(frozen=True)
class WhatIf:
    """A change of one source and what becomes of the fused image, all on the box that it can reach.

    Attributes:
        origin: (y0, x0) of the box.
        source: (h, w), the changed source.
        change: (h, w), what was added to it.
        before, after: (h, w), the fused image without and with the change, in the model's float type.
        predicted: (h, w), the change of the fused image that the Jacobian predicts.
    """

    origin: tuple[int, int]
    source: Floats
    change: Floats
    before: Floats
    after: Floats
    predicted: Floats

    @property
    def actual(self) -> Floats:
        """(h, w), how the fused image changed."""
        return self.after - self.before


def shifted(source: Floats, mask: Mask, levels: float) -> Floats:
    """A source (H, W) whose masked pixels are brighter by so many grey levels of 255, kept in [0, 1].

    Raises:
        ValueError: a shift that is not from −255 to 255, or see `check_mask`.
    """
    check_mask(mask, source.shape)
    if not -GREY_LEVELS <= levels <= GREY_LEVELS:
        raise ValueError(f"The shift is {levels!r} grey levels; expected a number from −255 to 255.")
    changed = source.copy()
    changed[mask] = np.clip(source[mask] + np.asarray(levels / GREY_LEVELS, source.dtype), 0, 1)
    return changed


def painted(source: Floats, mask: Mask) -> Floats:
    """A source (H, W) whose masked pixels have the mean of their surroundings, the ring of `RING` pixels.

    Raises:
        ValueError: the mask has no surroundings because it is the whole image, or see `check_mask`.
    """
    check_mask(mask, source.shape)
    around = _grown(mask, RING) & ~mask
    if not around.any():
        raise ValueError("The region is the whole image; expected one with surroundings.")
    changed = source.copy()
    changed[mask] = source[around].mean(dtype=np.float64)
    return changed


def what_if(
    model: nn.Module,
    sources: Floats,
    k: int,
    mask: Mask,
    changed: Floats,
    linearised: Linearised | None = None,
) -> WhatIf:
    """What becomes of the fused image when source k is another image inside a mask.

    Args:
        model: a method in evaluation mode; its device and float type are used.
        sources: (K, H, W), floating, in [0, 1].
        k: the number of the source, from 0.
        mask: (H, W), true where the source may differ.
        changed: (H, W), the changed source.
        linearised: `linearise(model, sources)` where it was made already.

    Raises:
        ValueError: as `jacobian`; no such source, another shape, a change outside the mask, or see
            `check_mask`.
    """
    check_sources(sources)
    changes = _changes(sources, k, mask, changed)
    windows = windows_on(model, sources, everywhere=True)
    radius, period = (windows.radius, windows.period) if windows else (None, 1)
    reached = bounds(mask).grown(radius, sources.shape, period)
    here = reached.slices()
    other = sources.copy()
    other[k] = changed
    before = _fused(model, sources, reached, radius, period)
    predicted = np.zeros(sources.shape[1:], before.dtype)
    if changes.any():
        found = response(model, sources, changes, linearised)
        (y, x), (height, width) = found.origin, found.values.shape
        predicted[y : y + height, x : x + width] = found.values
    return WhatIf(
        origin=(reached.top, reached.left),
        source=np.ascontiguousarray(other[k][here]),
        change=np.ascontiguousarray(changes[k][here]),
        before=before,
        after=_fused(model, other, reached, radius, period),
        predicted=np.ascontiguousarray(predicted[here]),
    )


def _changes(sources: Floats, k: int, mask: Mask, changed: Floats) -> Floats:
    """What is added to the sources, (K, H, W); raises as `what_if`."""
    if not 0 <= k < len(sources):
        raise ValueError(f"There is no source {k}; expected a number from 0 to {len(sources) - 1}.")
    check_mask(mask, sources.shape[1:])
    if changed.shape != sources.shape[1:] or not np.isfinite(changed).all():
        raise ValueError(
            f"The changed source has shape {changed.shape}; expected {sources.shape[1:]} of finite values."
        )
    changes = np.zeros_like(sources)
    changes[k] = changed - sources[k]
    if changes[k][~mask].any():
        raise ValueError("The source was changed outside the region; expected changes inside only.")
    return changes


def check_mask(mask: Mask, shape: tuple[int, ...]) -> None:
    """Raise ValueError unless a mask is boolean, of this shape, and marks a pixel."""
    if mask.dtype != np.bool_ or mask.shape != shape or not mask.any():
        raise ValueError(
            f"The region is a {mask.dtype} mask {mask.shape} with {int(np.count_nonzero(mask))} pixels; "
            f"expected a non-empty boolean mask {shape}."
        )


def _fused(model: nn.Module, sources: Floats, wanted: Box, radius: int | None, period: int) -> Floats:
    """The fused image on a box, from the part of the sources that matters to it."""
    context = wanted.grown(radius, sources.shape, period)
    part = np.ascontiguousarray(sources[(slice(None), *context.slices())])
    return np.ascontiguousarray(fuse(model, part)[wanted.slices(context)])


def _grown(mask: Mask, radius: int) -> Mask:
    """The pixels within a radius of a mask, in the larger of both distances."""
    grown = mask.copy()
    for axis in (0, 1):
        wide = grown.copy()
        for step in range(1, radius + 1):
            ahead, behind = [slice(None)] * 2, [slice(None)] * 2
            ahead[axis], behind[axis] = slice(step, None), slice(None, -step)
            wide[tuple(ahead)] |= grown[tuple(behind)]
            wide[tuple(behind)] |= grown[tuple(ahead)]
        grown = wide
    return grown
