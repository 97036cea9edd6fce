"""The guard at run time: a window must give the fused value that the whole image gives.

No probe on small canvases can rule out that a module behaves differently on a large image, or decides by
something that it computes from all of it. Where the two values differ beyond float noise, the window lacks
what the pixel depends on, and the pixel is answered by the whole image. Such events are counted.
"""

from __future__ import annotations

import logging
import threading
import weakref
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.saliency.engine.analysis import analyse
from models.saliency.engine.rows import Floats, digest_of, mark_of, placement, span

_log = logging.getLogger(__name__)
_NOISE = 500
"""How many units in the last place of the largest fused value are float noise."""
MOST_REFUSED = 0.01
"""From this share of an image's pixels on, the whole image is differentiated."""


@dataclass(frozen=True)
class GuardReport:
    """What the guard saw of a module: pixels compared, and those of them that the whole image answered."""

    checked: int = 0
    refused: int = 0


_SMALLEST_BLOCK = 8
"""Side of the blocks, in pixels, that `windowed_values` computes at least."""

_SHAPES = 4
"""For how many shapes, and how many images, of a module something is kept."""

_positions: weakref.WeakKeyDictionary[nn.Module, dict[object, NDArray[np.bool_]]] = (
    weakref.WeakKeyDictionary()
)
_images: weakref.WeakKeyDictionary[nn.Module, dict[object, Floats]] = weakref.WeakKeyDictionary()
_seen: weakref.WeakKeyDictionary[nn.Module, GuardReport] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def guard_report(model: nn.Module) -> GuardReport:
    """What the guard saw of a module so far."""
    with _lock:
        return _seen.get(model, GuardReport())


def differing(values: Floats, expected: Floats) -> NDArray[np.bool_]:
    """Where fused values from windows are not those of the whole image (same shape), beyond float noise."""
    noise = _NOISE * np.finfo(expected.dtype).eps * max(1.0, float(np.abs(expected).max(initial=0)))
    wrong: NDArray[np.bool_] = ~(np.abs(np.asarray(values, np.float64) - expected) <= noise)
    return wrong


def count(model: nn.Module, wrong: NDArray[np.bool_]) -> None:
    """Count, and log, where the whole image answers among pixels that were asked for."""
    refused = int(wrong.sum())
    with _lock:
        before = _seen.get(model, GuardReport())
        _seen[model] = GuardReport(before.checked + wrong.size, before.refused + refused)
    if refused:
        _log.warning(
            "%s: at %d of %d pixels a window of the image gives another fused value than the whole image, "
            "which answers there.",
            type(model).__name__,
            refused,
            wrong.size,
        )


@dataclass(frozen=True)
class Windows:
    """How windows are cut, of a module whose windows can be trusted on images of a shape.

    Attributes:
        radius, period: see `ReceptiveField`.
        untrusted: (H, W), where they cannot; None where they can everywhere.
    """

    radius: int
    period: int = 1
    untrusted: NDArray[np.bool_] | None = None


def windows_on(model: nn.Module, sources: Floats, everywhere: bool = False) -> Windows | None:
    """The windows of a module on images as large as these (K, H, W); None: the whole image must be taken.

    A traced structure of convolutions and rules at a pixel is the same everywhere. Of any other module every
    position is tried on noise, once for a shape: on a flat or black part a wrong window can give the right
    value, as 0 does times any weight.

    Args:
        everywhere: None, too, where some pixels cannot be trusted; else beyond `MOST_REFUSED` of them.
    """
    analysis = analyse(model, len(sources))
    radius, period = analysis.radius_on(sources.shape), analysis.field.period
    if radius is None or analysis.cones is not None:
        return None if radius is None else Windows(radius)
    untrusted = _by_position(model, sources, radius, period)
    if not untrusted.any():
        return Windows(radius, period)
    return None if everywhere or untrusted.mean() > MOST_REFUSED else Windows(radius, period, untrusted)


def count_untrusted(model: nn.Module, sources: Floats, pixels: int) -> None:
    """Count pixels that the whole image answers because `windows_on` trusts none of a module's windows."""
    if analyse(model, len(sources)).radius_on(sources.shape) is not None:
        count(model, np.ones(pixels, bool))


def windowed_values(model: nn.Module, sources: Floats, radius: int, period: int) -> Floats:
    """The fused image (H, W) from windows: block by block, each with a margin of the radius around it."""
    height, width = sources.shape[1:]
    side = -(-max(radius, _SMALLEST_BLOCK) // period) * period
    result: Floats | None = None
    for top in range(0, height, side):
        y0, y1 = span(top, min(top + side, height), radius, period, height)
        for left in range(0, width, side):
            x0, x1 = span(left, min(left + side, width), radius, period, width)
            crop = forward(model, sources[:, y0:y1, x0:x1])
            if result is None:
                result = np.empty((height, width), crop.dtype)
            block = crop[top - y0 :, left - x0 :][:side, :side]
            into = result[top : top + side, left : left + side]
            into[:] = block[: into.shape[0], : into.shape[1]]
    if result is None:
        raise ValueError("The image holds no pixel; expected at least one.")
    return result


def _by_position(model: nn.Module, sources: Floats, radius: int, period: int) -> NDArray[np.bool_]:
    """Where windows of images of this shape give wrong values of noise, (H, W)."""
    key = (sources.shape, sources.dtype, mark_of(model))
    with _lock:
        known = _positions.setdefault(model, {})
        found = known.get(key)
    if found is None:
        noise = np.random.default_rng(0).random(sources.shape).astype(sources.dtype)
        found = differing(windowed_values(model, noise, radius, period), forward(model, noise))
        with _lock:
            while len(known) >= _SHAPES:
                known.pop(next(iter(known)))
            known[key] = found
    return found


def fused_image(model: nn.Module, sources: Floats) -> Floats:
    """The fused image (H, W) of the whole image, kept for the last few images of a module."""
    key = (digest_of(sources), mark_of(model))
    with _lock:
        known = _images.setdefault(model, {})
        found = known.get(key)
    if found is None:
        found = forward(model, sources)
        with _lock:
            while len(known) >= _SHAPES:
                known.pop(next(iter(known)))
            known[key] = found
    return found


def forward(model: nn.Module, sources: Floats) -> Floats:
    """The fused image (H, W) of sources (K, H, W), in the model's float type."""
    device, dtype = placement(model, sources)
    images = torch.from_numpy(np.ascontiguousarray(sources)).to(device, dtype)[:, None, None]
    with torch.no_grad():
        found: Floats = model(*images)[0, 0].cpu().numpy()
    return found
