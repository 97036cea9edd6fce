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
from numpy.typing import NDArray
from torch import nn

from models.saliency.engine.rows import Floats

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
