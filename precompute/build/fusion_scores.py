"""The fusion metrics of one fused image, each on its own where some are undefined."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

import models
from precompute.cases.case_study import CaseStudy

SOURCES = 2
"""How many sources the metrics are defined for."""
_NOTHING_TO_MEASURE = "The area leaves this metric nothing to measure."


@dataclass(frozen=True)
class Scores:
    """The metrics of one fused image in one area.

    Attributes:
        values: by metric id, those that are defined.
        missing: for each of the others, one sentence why.
        problem: one sentence where there is no fused image; both others are then empty.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def fusion_scores(
    case: CaseStudy,
    fused: NDArray[np.float32],
    mask: NDArray[np.bool_] | None = None,
    device: str = "cpu",
) -> Scores:
    """All fusion metrics of a fused image (H, W), in a mask (H, W) or (None) in the whole image.

    Those that refuse the images or the mask are missing. Of a case study without exactly two sources, nothing
    is measured.
    """
    if len(case.sources) != SOURCES:
        return Scores(problem=f"Fusion metrics need two sources; {case.id!r} has {len(case.sources)}.")
    try:
        found = models.fusion_metrics(case.sources, fused, mask, device)
    except ValueError:
        return _one_by_one(case, fused, mask, device)
    return _scores(found, {})


def _one_by_one(
    case: CaseStudy, fused: NDArray[np.float32], mask: NDArray[np.bool_] | None, device: str
) -> Scores:
    values, missing = {}, {}
    for spec in models.list_metrics():
        try:
            values.update(models.fusion_metrics(case.sources, fused, mask, device, [spec.id]))
        except ValueError as error:
            missing[spec.id] = str(error)
    return _scores(values, missing)


def _scores(values: Mapping[str, float], missing: Mapping[str, str]) -> Scores:
    kept = {name: value for name, value in values.items() if math.isfinite(value)}
    unmeasured = {name: _NOTHING_TO_MEASURE for name in values if name not in kept}
    return Scores(kept, {**missing, **unmeasured})
