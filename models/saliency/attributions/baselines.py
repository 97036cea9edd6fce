"""Images without content, which an attribution compares with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.saliency.attributions.spec import Floats


def _black(sources: Floats) -> Floats:
    return np.zeros_like(sources)


def _mean(sources: Floats) -> Floats:
    """Every source's own mean."""
    return np.broadcast_to(sources.mean((1, 2), keepdims=True), sources.shape).astype(sources.dtype)


BASELINES: dict[str, Callable[[Floats], Floats]] = {"black": _black, "mean": _mean}
