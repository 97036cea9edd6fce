"""The guard at run time: a window must give the fused value that the whole image gives.

No probe on small canvases can rule out that a module behaves differently on a large image, or decides by
something that it computes from all of it. Where the two values differ beyond float noise, the window lacks
what the pixel depends on, and the pixel is answered by the whole image. Such events are counted.
"""

from __future__ import annotations

import logging
import threading
import weakref
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.saliency.engine.rows import Floats, mark_of, placement, span

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

_by_position: weakref.WeakKeyDictionary[nn.Module, dict[object, NDArray[np.bool_]]] = (
    weakref.WeakKeyDictionary()
)
_seen: weakref.WeakKeyDictionary[nn.Module, GuardReport] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def guard_report(model: nn.Module) -> GuardReport:
    """What the guard saw of a module so far."""
    with _lock:
        return _seen.get(model, GuardReport())


def differing(model: nn.Module, values: Floats, expected: Floats) -> NDArray[np.bool_]:
    """Where fused values from windows are not those of the whole image (same shape), counted and logged."""
    noise = _NOISE * np.finfo(expected.dtype).eps * max(1.0, float(np.abs(expected).max(initial=0)))
    wrong = ~(np.abs(np.asarray(values, np.float64) - expected) <= noise)
    refused = int(wrong.sum())
    with _lock:
        before = _seen.get(model, GuardReport())
        _seen[model] = replace(before, checked=before.checked + wrong.size, refused=before.refused + refused)
    if refused:
        _log.warning(
            "%s: at %d of %d pixels a window of the image gives another fused value than the whole image, "
            "which answers there.",
            type(model).__name__,
            refused,
            wrong.size,
        )
    return wrong


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


def by_position(model: nn.Module, sources: Floats, radius: int, period: int) -> NDArray[np.bool_]:
    """Where windows of images as large as these (K, H, W) must not be trusted, whatever they show, (H, W).

    On a flat or black part a wrong window can give the right value, as 0 does times any weight; values are
    compared here on noise of the same shape. Found once for a module and a shape.
    """
    key = (sources.shape, sources.dtype, mark_of(model))
    with _lock:
        known = _by_position.setdefault(model, {})
        found = known.get(key)
    if found is None:
        noise = np.random.default_rng(0).random(sources.shape).astype(sources.dtype)
        found = differing(model, windowed_values(model, noise, radius, period), forward(model, noise))
        with _lock:
            known.clear()
            known[key] = found
    return found


def forward(model: nn.Module, sources: Floats) -> Floats:
    """The fused image (H, W) of sources (K, H, W), in the model's float type."""
    device, dtype = placement(model, sources)
    images = torch.from_numpy(np.ascontiguousarray(sources)).to(device, dtype)[:, None, None]
    with torch.no_grad():
        found: Floats = model(*images)[0, 0].cpu().numpy()
    return found
