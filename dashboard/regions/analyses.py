"""Region numbers for the Regions page and the report: computed in the background, kept for a while.

The guidance images come first, from the service; then one task a method, which gives way to the pointer.
Knows nothing of Dash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import models
from dashboard.service.background import Job, Progress, Task
from dashboard.service.jacobians import JacobianService
from dashboard.service.shelf import Shelf
from dashboard.shared.brush_text import is_brush
from precompute.build.prepared import prepared_model
from precompute.cases.case_study import CaseStudy
from precompute.regions.masks import FORMS, Mask, RegionTextError, mask_digest, region_mask
from precompute.regions.numbers import RegionAnalysis, analyse_region
from precompute.report.contents import MethodReport, Subject, method_report, metrics_of

_KEPT = 96

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Stage(Progress):
    """How far a method is in its `stage`: "guidance" images first, then its "region"."""

    stage: str = ""


@dataclass(frozen=True, eq=False)
class Found:
    """What was computed of a region with a method: its analysis, and the metrics of the whole image."""

    analysis: RegionAnalysis
    metrics: Mapping[str, float]

    @property
    def nbytes(self) -> int:
        """Memory that the arrays take."""
        analysis = self.analysis
        return analysis.gradient.nbytes + analysis.rings.nbytes + analysis.sampled.nbytes


class RegionAnalyses:
    """See the module's docstring; safe to call from several threads. `service` is a JacobianService."""

    def __init__(self, service: JacobianService) -> None:
        self._service = service
        self._found: Shelf[Key, Found] = Shelf(_KEPT)

    def mask(self, case: CaseStudy, region: str, plane: str = "", wait: bool = False) -> Mask | Progress:
        """The pixels of a region told as text, or the progress of the guidance that it is drawn over.

        Raises:
            RegionTextError: the text makes no sense, or marks no pixel.
            Further as `JacobianService.guidance` does for the method `plane`.
        """
        regions = {each.id: each.mask for each in case.regions}
        text = region if ":" in region else f"region:{region}"
        if not is_brush(text, case.shape, list(regions)):
            raise RegionTextError(f"The region {region[:60]!r} makes no sense here; expected {FORMS}.")
        if text.partition(":")[0] not in ("scatter", "lasso"):
            return region_mask(text, case.shape, regions)
        guidance = self._service.guidance(case.id, plane, wait=wait)
        if isinstance(guidance, Progress):
            return guidance
        return region_mask(text, case.shape, regions, lambda: guidance)

    def look(self, case: CaseStudy, mask: Mask, method_id: str, wait: bool = False) -> Found | Stage:
        """What is known of a region with a method; where nothing is, it is computed, and this is how far.

        Raises:
            As `JacobianService.guidance`; RuntimeError where `wait` was asked for and it failed.
        """
        guidance = self._service.guidance(case.id, method_id, wait=wait)
        if isinstance(guidance, Progress):
            return Stage(guidance.share, guidance.eta_s, guidance.error, "guidance")
        # better guidance gives other numbers
        numbers = f"{models.method_digest(method_id)} {self._estimated(case, method_id)}"
        key = (case.digest, mask_digest(mask), numbers)
        found = self._kept(key, method_id)
        if found is None:
            job = self._ask(case, mask, method_id, key)
            if not wait:
                return Stage(job.share, None, job.error, "region")
            job.finished.wait()
            found = self._kept(key, method_id)
            if found is None:
                raise RuntimeError(f"The region of {case.id} with {method_id} failed: {job.error}")
        return found

    def report(self, subject: Subject, method_id: str) -> MethodReport:
        """The part of a report on one method; waits until it is computed. Raises as `look`."""
        case = subject.case
        found = self.look(case, subject.mask, method_id, wait=True)
        if isinstance(found, Progress):
            raise RuntimeError("waiting for a region gave progress")
        return method_report(
            subject,
            method_id,
            prepared_model(method_id, self._service.device),
            self._service.fused(case.id, method_id),
            self._service.guidance(case.id, method_id, wait=True),
            found.analysis,
            self._service.jacobian(case.id, method_id, subject.pixel),
            found.metrics,
            self._estimated(case, method_id),
        )

    def _estimated(self, case: CaseStudy, method_id: str) -> str:
        """How good the guidance is where it is estimated, "" where it is exact."""
        return str(self._service.stage(case.id, method_id)[0] or "")

    def _ask(self, case: CaseStudy, mask: Mask, method_id: str, key: Key) -> Job[Any]:
        def run(progress: Callable[[float], None]) -> None:
            if self._kept(key, method_id) is None:
                self._keep(key, method_id, self._compute(case, mask, method_id, progress))

        return self._service.in_background(Task(f"region/{case.id}/{key[1]}/{method_id}/{key[2]}", run))

    def _compute(
        self, case: CaseStudy, mask: Mask, method_id: str, progress: Callable[[float], None]
    ) -> Found:
        models.limit_threads()
        model = prepared_model(method_id, self._service.device)
        guidance = np.asarray(self._service.guidance(case.id, method_id))
        analysis = analyse_region(model, case.sources, mask, guidance, lambda share: progress(0.8 * share))
        return Found(analysis, metrics_of(case, self._service.fused(case.id, method_id)))

    def _kept(self, key: Key, method_id: str) -> Found | None:
        # methods without weights share a digest, so that the id belongs to the key
        return self._found.get((*key[:2], f"{method_id}/{key[2]}"))

    def _keep(self, key: Key, method_id: str, found: Found) -> None:
        self._found.put((*key[:2], f"{method_id}/{key[2]}"), found)
