"""What the Regions page shows of a selection, asked from the service. Knows nothing of Dash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import flask

from dashboard.regions.analyses import Found, RegionAnalyses, Stage
from dashboard.service.background import Progress
from dashboard.service.errors import EXPECTED
from dashboard.service.jacobians import JacobianService
from precompute.cases.case_study import CaseStudy
from precompute.regions.verdicts import Verdict, judge
from precompute.report.command import region_title
from precompute.report.contents import Pixel, Subject, middle

_EXTENSION = "fusevis-regions"


def analyses_of(service: JacobianService) -> RegionAnalyses:
    """The analyses of the running app, one for its pages and routes."""
    return flask.current_app.extensions.setdefault(_EXTENSION, RegionAnalyses(service))


@dataclass(frozen=True, eq=False)
class Line:
    """What is known of one method: its numbers and verdicts, or how far they are, or what is wrong."""

    method: str
    title: str
    found: Found | None = None
    verdicts: tuple[Verdict, ...] = ()
    progress: Stage | None = None
    problem: str = ""


@dataclass(frozen=True, eq=False)
class RegionView:
    """A selection with the state of every method. `waiting` is set while the region itself is unknown:
    it is drawn in a scatter whose guidance is computed."""

    case: CaseStudy
    subject: Subject | None = None
    lines: tuple[Line, ...] = ()
    waiting: Progress | None = None

    @property
    def pending(self) -> list[Progress]:
        """How far those are that are still computed."""
        lines: list[Progress] = [line.progress for line in self.lines if line.progress]
        return lines + ([self.waiting] if self.waiting else [])


@dataclass(frozen=True)
class Wanted:
    """What a page or a request asks for; see `dashboard.regions.state.RegionState`."""

    case: str
    region: str
    relevant: int
    pixel: Pixel | None = None
    plane: str = ""


def subject_of(
    service: JacobianService, analyses: RegionAnalyses, wanted: Wanted, wait: bool = False
) -> Subject | Progress:
    """The case study, region and pixel that are asked for; raises as `RegionAnalyses.mask`."""
    case = service.case(wanted.case)
    mask = analyses.mask(case, wanted.region, wanted.plane, wait)
    if isinstance(mask, Progress):
        return mask
    return Subject(
        case=case,
        region=wanted.region.removeprefix("region:"),
        title=region_title(case, wanted.region),
        mask=mask,
        pixel=wanted.pixel or middle(mask),
        relevant=wanted.relevant,
        plane=wanted.plane,
    )


def look(service: JacobianService, analyses: RegionAnalyses, wanted: Wanted) -> RegionView:
    """The state of all methods that fit; raises as `RegionAnalyses.mask`, never for a method."""
    case = service.case(wanted.case)
    subject = subject_of(service, analyses, wanted)
    if isinstance(subject, Progress):
        return RegionView(case, waiting=subject)
    # what is asked for last is computed first, so the methods are asked for from the last to the first
    methods = reversed(service.methods_for(case.id))
    lines = [_line(service, analyses, subject, method) for method in methods]
    return RegionView(case, subject, tuple(lines[::-1]))


def _line(service: JacobianService, analyses: RegionAnalyses, subject: Subject, method: Any) -> Line:
    case = subject.case
    try:
        found = analyses.look(case, subject.mask, method.id)
        if isinstance(found, Stage):
            if found.error:
                return Line(method.id, method.title, problem=found.error)
            return Line(method.id, method.title, progress=found)
        verdicts = judge(
            case.sources,
            case.modalities,
            subject.mask,
            subject.relevant,
            service.fused(case.id, method.id),
            service.guidance(case.id, method.id, wait=True),
            found.analysis,
        )
    except EXPECTED as error:
        return Line(method.id, method.title, problem=str(error))
    return Line(method.id, method.title, found, verdicts)
