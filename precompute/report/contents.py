"""What a report on a region holds, and how its parts are computed. Knows nothing of files or of HTML.

A report compares methods on one case study, one region and one pixel; `report_numbers` lists its numbers,
`report_files` writes them, `report_html` shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

import models
from precompute.cases.case_study import CaseStudy
from precompute.regions.numbers import Mask, RegionAnalysis, analyse_region
from precompute.regions.verdicts import Verdict, judge

DISCLAIMER = "Research software, not a medical device"
HOME = "http://127.0.0.1:8050"
"""Where the links of a report lead that was made on the command line: the dashboard's usual address."""

Pixel = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Subject:
    """What a report is about.

    Attributes:
        case: the case study.
        region: the region as text, as the address of the dashboard has it (`precompute.regions.masks`).
        title: its name.
        mask: (H, W) bool.
        pixel: the principal pixel (y, x).
        relevant: the index of the source that matters in the region, see `precompute.regions.verdicts`.
        plane: the id of the method in whose scatter the region was drawn; "" for an area of the image.
    """

    case: CaseStudy
    region: str
    title: str
    mask: Mask
    pixel: Pixel
    relevant: int
    plane: str = ""


@dataclass(frozen=True, eq=False)
class MethodReport:
    """One method on the subject of a report.

    Attributes:
        method, title: its id and name.
        weights: `models.method_digest`.
        window: height and width of its window; None for a method without one.
        fused: (H, W). guidance: (K, H, W).
        analysis: gradients and numbers of the region.
        jacobian: of the principal pixel.
        metrics: fusion metrics of the whole image by id; empty where they are not defined.
        verdicts: on the four requirements, in their order.
        estimated: how good the guidance is where it is estimated, "" where it is exact.
    """

    method: str
    title: str
    weights: str
    window: tuple[int, int] | None
    fused: NDArray[np.float32]
    guidance: NDArray[np.float32]
    analysis: RegionAnalysis
    jacobian: models.Jacobian
    metrics: Mapping[str, float]
    verdicts: tuple[Verdict, ...]
    estimated: str = ""


@dataclass(frozen=True, eq=False)
class Report:
    """A report. `problems` are (title, sentence) of methods that could not be computed; `home` is the
    dashboard's address, without a slash at its end; `created` is UTC, ISO 8601."""

    subject: Subject
    methods: tuple[MethodReport, ...]
    problems: tuple[tuple[str, str], ...] = ()
    home: str = HOME
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))


def report_on(
    subject: Subject,
    method_id: str,
    model: Any,
    fused: NDArray[np.float32],
    guidance: NDArray[np.float32],
    progress: Callable[[float], None] | None = None,
    analysis: RegionAnalysis | None = None,
    estimated: str = "",
) -> MethodReport:
    """The part of a report on one method; `progress` is called with the finished share, 0 to 1.

    Args:
        subject: what it is about.
        method_id, model: the method, and its module in evaluation mode.
        fused, guidance: (H, W) and (K, H, W), computed before.
        analysis: of the same region and method, where it is known already.
        estimated: see `MethodReport`.

    Raises:
        ValueError, WeightsError: as `analyse_region` and `models.method_digest`.
    """
    case, report = subject.case, progress or (lambda _: None)
    if analysis is None:
        analysis = analyse_region(
            model, case.sources, subject.mask, guidance, lambda share: report(0.7 * share)
        )
    jacobian = models.jacobian(model, case.sources, subject.pixel)
    report(0.8)
    metrics = metrics_of(case, fused)
    report(1.0)
    return method_report(subject, method_id, model, fused, guidance, analysis, jacobian, metrics, estimated)


def method_report(
    subject: Subject,
    method_id: str,
    model: Any,
    fused: NDArray[np.float32],
    guidance: NDArray[np.float32],
    analysis: RegionAnalysis,
    jacobian: models.Jacobian,
    metrics: Mapping[str, float],
    estimated: str = "",
) -> MethodReport:
    """Put the parts together, and judge the requirements; see `report_on`."""
    case = subject.case
    radius = models.receptive_field(model, len(case.sources)).radius
    return MethodReport(
        method=method_id,
        title=models.get_method(method_id).title,
        weights=models.method_digest(method_id),
        window=None if radius is None else (2 * radius + 1, 2 * radius + 1),
        fused=fused,
        guidance=guidance,
        analysis=analysis,
        jacobian=jacobian,
        metrics=metrics,
        verdicts=judge(
            case.sources, case.modalities, subject.mask, subject.relevant, fused, guidance, analysis
        ),
        estimated=estimated,
    )


def metrics_of(case: CaseStudy, fused: NDArray[np.float32]) -> dict[str, float]:
    """The fusion metrics of a fused image (H, W); none of three sources or of an image that is too small."""
    smallest = max(spec.smallest for spec in models.list_metrics())
    if len(case.sources) != 2 or min(case.shape) < smallest:
        return {}
    return models.fusion_metrics(case.sources, np.clip(fused, 0, 1))


def usual_source(case: CaseStudy) -> int:
    """The index of the source that matters unless a reader says otherwise: the functional one."""
    return models.functional_source(case.modalities)[0]


def middle(mask: Mask) -> Pixel:
    """The pixel (y, x) of a region that is nearest to its centre of mass; inside it, also of a ring."""
    pixels = np.argwhere(mask)
    y, x = pixels[((pixels - pixels.mean(axis=0)) ** 2).sum(axis=1).argmin()]
    return int(y), int(x)
