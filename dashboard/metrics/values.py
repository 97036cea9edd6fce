"""The fusion metrics of the case studies: computed in the background, kept by digest, shown as they come.

Owns which areas of an image are measured and what is known of them, for as long as the process lives and
sources, weights and areas stay. Works in the service's background line, one fused image after the other, so
that the pointer always goes first. Knows nothing of Dash.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

import models
from dashboard.service.background import Progress, Task
from dashboard.service.errors import EXPECTED
from dashboard.service.jacobians import JacobianService
from dashboard.service.shelf import Shelf
from precompute.build.fusion_scores import SOURCES, Scores, fusion_scores
from precompute.build.prepared import method_digest
from precompute.cases.case_study import CaseStudy

_log = logging.getLogger(__name__)
WHOLE, FOREGROUND, REGION = "whole", "foreground", "region:"
BACKGROUND = 0.02
"""A pixel is background where no source is above this value."""
_KEPT_IMAGES, _KEPT_MAPS = 48, 24

_Place = tuple[str, str, str]
_Method = tuple[str, str]
_Key = tuple[_Place, _Method]


def areas(case: CaseStudy) -> list[tuple[str, str]]:
    """(id, title) of what can be measured of a case study: everything, its foreground, its regions."""
    regions = [(REGION + region.id, region.title) for region in case.regions]
    return [(WHOLE, "whole image"), (FOREGROUND, "without background"), *regions]


def area_mask(case: CaseStudy, area: str) -> NDArray[np.bool_] | None:
    """The pixels (H, W) of an area; None for the whole image.

    Raises:
        ValueError: the case study has no such area.
    """
    if area == WHOLE:
        return None
    if area == FOREGROUND:
        return np.asarray((case.sources > BACKGROUND).any(axis=0))
    for region in case.regions:
        if area == REGION + region.id:
            return region.mask.copy()  # its own is read-only, which torch warns of
    valid = ", ".join(name for name, _ in areas(case))
    raise ValueError(f"Case study {case.id!r} has no area {area!r}; expected one of {valid}.")


def has_area(case: CaseStudy, area: str) -> bool:
    """Whether a case study has an area of this id."""
    return area in [name for name, _ in areas(case)]


class MetricValues:
    """What is known of the metrics; safe to call from several threads. `service` is a JacobianService."""

    def __init__(self, service: JacobianService) -> None:
        self._service = service
        self._scores: dict[_Key, Scores] = {}
        self._images: Shelf[tuple[str, _Method], NDArray[np.float32]] = Shelf(_KEPT_IMAGES)
        self._maps: Shelf[tuple[str, _Method, str], NDArray[np.float64]] = Shelf(_KEPT_MAPS)
        self._first = ""
        self._lock = threading.Lock()

    def cases(self) -> list[CaseStudy]:
        """The case studies that the metrics are defined for."""
        return [case for case in self._service.list_cases() if len(case.sources) == SOURCES]

    def of(self, case: CaseStudy, method_id: str, area: str) -> Scores | None:
        """The metrics of a case study with a method's present weights; None where they are not known yet."""
        return self._of(_place(case, area), method_id)

    def known(self, cases: Sequence[CaseStudy], area: str) -> dict[tuple[str, str], Scores | None]:
        """By case study and method, the metrics of all that have the area and go together."""
        found = {}
        for case in cases:
            if has_area(case, area):
                place = _place(case, area)
                for method in self._service.methods_for(case.id):
                    found[case.id, method.id] = self._of(place, method.id)
        return found

    def ask(self, case_id: str, area: str) -> Progress | None:
        """Compute what is missing of an area in the background, a case study first; None when nothing is."""
        self._first = case_id
        if not self._missing(area):
            return None
        job = self._service.in_background(Task(f"metrics {area}", lambda step: self._fill(area, step)))
        return Progress(job.share, None, job.error)

    def fused(self, case: CaseStudy, method_id: str) -> NDArray[np.float32]:
        """The fused image (H, W), from the store or computed; raises as `JacobianService.fused`."""
        key = (case.digest, _method(method_id))
        return self._images.once(key, lambda: self._service.fused(case.id, method_id))

    def local_map(self, case: CaseStudy, method_id: str, metric: str) -> NDArray[np.float64]:
        """(H, W) values of a local metric at the window around every pixel, NaN at the rim.

        Raises:
            WeightsError, UnknownMethodError, ValueError: as `fused` and `models.local_metric_map`.
        """
        key = (case.digest, _method(method_id), metric)

        def make() -> NDArray[np.float64]:
            fused = self.fused(case, method_id)
            return models.local_metric_map(metric, case.sources, fused, self._service.device)

        return self._maps.once(key, make)

    def _of(self, place: _Place, method_id: str) -> Scores | None:
        try:
            key = (place, _method(method_id))
        except EXPECTED as error:
            return Scores(problem=str(error))
        with self._lock:
            return self._scores.get(key)

    def _missing(self, area: str) -> list[tuple[CaseStudy, str]]:
        """What is not known yet; the case study that was asked for last comes first."""
        cases = sorted(self.cases(), key=lambda case: case.id != self._first)
        known = self.known(cases, area)
        by_id = {case.id: case for case in cases}
        return [(by_id[case_id], method) for (case_id, method), found in known.items() if found is None]

    def _fill(self, area: str, progress: Callable[[float], None]) -> None:
        models.limit_threads()
        done = 0
        while missing := self._missing(area):
            progress(done / (done + len(missing)))
            self._measure(*missing[0], area)
            done += 1

    def _measure(self, case: CaseStudy, method_id: str, area: str) -> None:
        try:
            key = (_place(case, area), _method(method_id))
        except EXPECTED:
            return  # its weights went in this moment; `of` tells why
        try:
            found = self._stored(case, method_id, area) or fusion_scores(
                case, self.fused(case, method_id), area_mask(case, area), self._service.device
            )
        except EXPECTED as error:
            found = Scores(problem=str(error))
        except Exception as error:  # a plug-in's own code; the other methods are still measured
            _log.exception("the metrics of %s with %s failed", case.id, method_id)
            found = Scores(problem=str(error) or type(error).__name__)
        with self._lock:
            self._scores[key] = found

    def _stored(self, case: CaseStudy, method_id: str, area: str) -> Scores | None:
        """What the store has of the whole image; None where it has not all, and so not why it lacks any."""
        entry = self._service.entry(case.id, method_id) if area == WHOLE else None
        complete = entry is not None and entry.fusion_metrics.keys() == {m.id for m in models.list_metrics()}
        return Scores(entry.fusion_metrics) if entry is not None and complete else None


def _method(method_id: str) -> _Method:
    """What identifies a method: all those without weights have the same digest."""
    return method_id, method_digest(method_id)


def _place(case: CaseStudy, area: str) -> _Place:
    """What identifies an area of a case study: its sources, its name, and the mask of a region."""
    mask = area_mask(case, area)
    drawn = "" if mask is None else hashlib.sha256(np.packbits(mask).tobytes()).hexdigest()
    return case.digest, area, drawn
