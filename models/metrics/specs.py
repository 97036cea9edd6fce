"""What a fusion metric is: what is known of it without computing it, and the family that computes it.

Metrics that share their work are a family, a file each; `models.metrics.families` lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

Form = Literal["released", "clean", "standard"]


@dataclass(frozen=True)
class MetricSpec:
    """A fusion metric.

    `form` tells whose definition it is: "released", the authors' published code with its quirks;
    "clean", the paper's or a quirk-free form beside it; "standard", one that is not in dispute.
    `range` holds the least and the greatest value (greatest infinite: no bound). `smallest` is the least
    height and width of an image. `local` metrics have a map, `local_metric_map`.
    """

    id: str
    symbol: str
    title: str
    paper: str
    form: Form
    range: tuple[float, float]
    convention: str
    smallest: int
    local: bool = False
    higher_is_better: bool = True


@dataclass(frozen=True)
class Family:
    """Metrics that share their work, in the order in which they are shown.

    `measure` takes sources (2, H, W), fused images (B, H, W), grey levels 0…255 in float64, and a region
    (H, W) bool or None, and returns (B,) values by metric id. `local_map` takes the id of a metric that is
    `local`, sources and one fused image (1, H, W), and returns its map without the rim. `stretched`: the
    images are scaled by their own extremes, so that a constant one has no value.
    """

    specs: tuple[MetricSpec, ...]
    measure: Callable[[Tensor, Tensor, Tensor | None], dict[str, Tensor]]
    local_map: Callable[[str, Tensor, Tensor], Tensor] | None = None
    stretched: bool = False
