"""What a kind of attribution is, and what every kind returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

Floats = NDArray[np.floating]
Pixel = tuple[int, int]


@dataclass(frozen=True)
class Attribution:
    """What one fused pixel owes to the source pixels in its window.

    Attributes:
        values: (K, h, w), signed, in the model's float type; what they measure is the kind's to say.
        origin: (y0, x0), the image position of values[:, 0, 0].
        value: the fused value y(i).
        baseline_value: the fused value there of the baseline; None for a kind without one.
        error: how far the sum of `values` is from value − baseline_value, in fused intensity, for a kind
            whose values should add up to it; None for one without a baseline.
    """

    values: Floats
    origin: Pixel
    value: float
    baseline_value: float | None = None
    error: float | None = None


@dataclass(frozen=True)
class AttributionKind:
    """A kind of attribution.

    `baselines` are the names that it takes (see `baselines.py`), none where it compares with nothing;
    `compute` takes a model in evaluation mode, sources (K, H, W) in [0, 1], a pixel (y, x) and a baseline
    (K, H, W), None for a kind without.
    """

    id: str
    title: str
    paper: str
    description: str
    compute: Callable[[nn.Module, Floats, Pixel, Floats | None], Attribution]
    baselines: tuple[str, ...] = ()
