"""All numbers of a report in one list, as its CSV, its NPZ and its HTML have them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

import models
from precompute.regions.numbers import Mask, RegionNumbers, mass_radius, ring_mass
from precompute.regions.verdicts import REQUIREMENTS
from precompute.report.contents import MethodReport, Report

_SLOPE = "fused intensity per source intensity"
_SHARE = "share, 0 to 1"


@dataclass(frozen=True)
class Measure:
    """A kind of number; `part` is "region", "requirement", "pixel" or "metric", `note` how it is made."""

    id: str
    part: str
    title: str
    unit: str
    note: str = ""


REGION: tuple[Measure, ...] = (
    Measure("mass_inside", "region", "gradient mass inside", _SLOPE, "Σ|G| in the region ÷ its pixels"),
    Measure("mass_outside", "region", "gradient mass outside", _SLOPE, "Σ|G| elsewhere ÷ the same"),
    Measure("leakage", "region", "leakage", _SHARE, "mass outside ÷ all, all sources"),
    Measure("leakage_of", "region", "leakage of the source", _SHARE, "mass outside ÷ all, of this source"),
    Measure("negative", "region", "negative gradient", _SHARE, "share of Σ|G| that is negative"),
    Measure("r50", "region", "radius of half, r50", "pixels", "disc about a fused pixel with 50 % of Σ|∂|"),
    Measure("r90", "region", "radius of 90 %, r90", "pixels", "disc about a fused pixel with 90 % of Σ|∂|"),
    Measure("mean_guidance", "region", "mean guidance", _SLOPE, "mean of ∂y(i)/∂x(i) in the region"),
    Measure("mean_guidance_low", "region", "mean guidance, lower end", _SLOPE, "95 % bootstrap interval"),
    Measure("mean_guidance_high", "region", "mean guidance, upper end", _SLOPE, "95 % bootstrap interval"),
    Measure(
        "pearson",
        "region",
        "correlation of guidance, Pearson",
        "−1 to 1",
        "both guidance images in the region",
    ),
    Measure("spearman", "region", "correlation of guidance, Spearman", "−1 to 1", "the same of their ranks"),
)
PIXEL: tuple[Measure, ...] = (
    Measure("pixel_fused", "pixel", "fused value y", "intensity, 0 to 1"),
    Measure("pixel_gradient", "pixel", "gradient at the pixel", _SLOPE, "∂y(i)/∂x(i)"),
    Measure("pixel_share", "pixel", "share of the source", _SHARE, "of Σ|∂| in the window"),
    Measure("pixel_negative", "pixel", "negative gradient", _SHARE, "share of Σ|∂| that is negative"),
    Measure("pixel_r50", "pixel", "half within", "pixels", "disc about the pixel with 50 % of Σ|∂|"),
    Measure("pixel_outside", "pixel", "from outside the region", _SHARE, "of Σ|∂| of all sources"),
)


@dataclass(frozen=True)
class Row:
    """One number: of a method, for a source (its name), a pair of sources ("a / b"), or all of them ("")."""

    method: str
    part: str
    measure: str
    source: str
    value: float
    unit: str


def rows(report: Report) -> list[Row]:
    """All numbers of a report, method by method."""
    return [row for part in report.methods for row in _of_method(report, part)]


def _of_method(report: Report, part: MethodReport) -> Iterator[Row]:
    names, mask = report.subject.case.modalities, report.subject.mask
    units = {measure.id: measure.unit for measure in (*REGION, *PIXEL)}
    for measure, source, value in region_values(part.analysis.numbers, names):
        yield Row(part.method, "region", measure, source, value, units[measure])
    for requirement, verdict in zip(REQUIREMENTS, part.verdicts, strict=True):
        yield Row(part.method, "requirement", requirement.id, "", verdict.value, "ratio")
    for measure, source, value in pixel_values(part.jacobian, mask, names):
        yield Row(part.method, "pixel", measure, source, value, units[measure])
    for metric, value in part.metrics.items():
        yield Row(part.method, "metric", metric, "", value, "see the metric")


def region_values(numbers: RegionNumbers, names: tuple[str, ...]) -> Iterator[tuple[str, str, float]]:
    """(measure, source, value) of a region's numbers; the correlation of every pair of sources."""
    per_source = {
        "mass_inside": numbers.mass_inside,
        "mass_outside": numbers.mass_outside,
        "leakage_of": numbers.leakage_of,
        "negative": numbers.negative,
        "r50": numbers.radii[:, 0],
        "r90": numbers.radii[:, 1],
        "mean_guidance": numbers.mean_guidance,
        "mean_guidance_low": numbers.interval[:, 0],
        "mean_guidance_high": numbers.interval[:, 1],
    }
    pairs = [(a, b) for a in range(len(names)) for b in range(a + 1, len(names))]
    for measure in REGION:
        if measure.id == "leakage":
            yield "leakage", "", numbers.leakage
        elif measure.id in per_source:
            for name, value in zip(names, per_source[measure.id], strict=True):
                yield measure.id, name, float(value)
        else:
            correlation = getattr(numbers, measure.id)
            for a, b in pairs:
                yield measure.id, f"{names[a]} / {names[b]}", float(correlation[a, b])


def pixel_values(
    jacobian: models.Jacobian, mask: Mask, names: tuple[str, ...]
) -> Iterator[tuple[str, str, float]]:
    """(measure, source, value) of one pixel's Jacobian; NaN where there is no gradient to share."""
    size = np.abs(jacobian.values.astype(np.float64))
    (y0, x0), (y, x) = jacobian.origin, jacobian.pixel
    window = mask[y0 : y0 + size.shape[1], x0 : x0 + size.shape[2]]
    rings, total = ring_mass(jacobian), float(size.sum())
    yield "pixel_fused", "", float(jacobian.fused)
    for k, name in enumerate(names):
        own = float(size[k].sum())
        negative = float(np.maximum(-jacobian.values[k], 0).sum(dtype=np.float64))
        yield "pixel_gradient", name, float(jacobian.values[k, y - y0, x - x0])
        yield "pixel_share", name, _ratio(own, total)
        yield "pixel_negative", name, _ratio(negative, own)
        yield "pixel_r50", name, mass_radius(rings[k], 0.5)
    yield "pixel_outside", "", _ratio(float(size[:, ~window].sum()), total)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")
