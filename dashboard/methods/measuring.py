"""How fast the methods are on this machine, and how much of their window they use; measured when asked.

Owns the measuring; what was found lies in the store's folder (`precompute.store.measurement_files`), so that
all processes show it. Works in the service's background line, one method after the other: nothing else is
computed there at the same time, and the pointer always goes first. Knows nothing of Dash.
"""

from __future__ import annotations

import logging
import math
import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import models
from dashboard.service.background import Job, Progress, Task
from dashboard.service.errors import EXPECTED
from dashboard.service.jacobians import JacobianService
from precompute.build.prepared import prepared_model
from precompute.cases.case_study import CaseStudy
from precompute.store.measurement_files import Measurement, MeasurementFiles, now

_log = logging.getLogger(__name__)
JACOBIANS = 30
"""How many single Jacobians are timed; the paper took 100."""
FIELD_PIXELS, _FIELD_BATCH = 192, 24
SHARES = (0.5, 0.9)
_SILENCE = timedelta(minutes=5)
_FASTEST = 1000.0  # frames per second that a browser may claim


class Measurements:
    """What was measured by method; safe to call from several threads. `service` is a JacobianService.

    Args:
        service: whose methods, case studies, device and background line are used.
        folder: where measurements are kept; None: in memory.
    """

    def __init__(self, service: JacobianService, folder: Path | None = None) -> None:
        self._service = service
        self._files = MeasurementFiles(folder)
        self._job: Job | None = None
        self._since = ""
        self._lock = threading.Lock()

    def of(self, method_id: str) -> Measurement | None:
        """The measurement of a method with its present weights on this device; None where there is none."""
        try:
            digest, device = models.method_digest(method_id), models.device_name(self._service.device)
        except EXPECTED:
            return None  # without weights there is nothing to measure
        return self._files.find(method_id, digest, device)

    def start(self) -> str:
        """Measure all methods, again where they were measured; the time from which results are new."""
        with self._lock:
            if self._job is None or self._job.finished.is_set():
                self._since = now()
                self._job = self._service.in_background(Task("measure", self._measure_all))
            return self._since

    def under_way(self) -> str:
        """The start of the run that this process has not finished; "" where there is none."""
        with self._lock:
            return self._since if self._job and not self._job.finished.is_set() else ""

    def done(self, since: str) -> list[str]:
        """The methods that were measured since then."""
        found = [(spec.id, self.of(spec.id)) for spec in self._service.list_methods()]
        return [method for method, each in found if each is not None and each.created >= since]

    def progress(self, since: str) -> Progress | None:
        """How far a run is, which may be another process's; None when it is through."""
        with self._lock:
            job = self._job if self._since == since else None
        if job is not None:
            if not job.finished.is_set():
                return Progress(job.share)
            return Progress(job.share, error=f"The measuring failed: {job.error}") if job.error else None
        wanted, done = self._digests(), self.done(since)
        if len(done) >= len(wanted):
            return None
        last = max([since, *(each.created for each in map(self.of, done) if each)])
        silent = datetime.fromisoformat(now()) - datetime.fromisoformat(last)
        stopped = "The measuring has stopped; press the button again."
        return Progress(len(done) / len(wanted), error=stopped if silent > _SILENCE else None)

    def note_frames(self, rates: Mapping[str, Any]) -> list[str]:
        """Keep how many Jacobian images a second a browser has counted; the methods it was kept for."""
        noted = []
        for method, rate in rates.items():
            found = self.of(method)
            if found and isinstance(rate, int | float) and math.isfinite(rate) and 0 < rate < _FASTEST:
                self._files.keep(method, replace(found, frames_per_s=float(rate)))
                noted.append(method)
        return noted

    def _digests(self) -> dict[str, str]:
        """What identifies the weights of each method that has them."""
        found = {}
        for spec in self._service.list_methods():
            try:
                found[spec.id] = models.method_digest(spec.id)
            except EXPECTED:
                continue
        return found

    def _measure_all(self, progress: Callable[[float], None]) -> None:
        digests = self._digests()
        specs = [spec for spec in self._service.list_methods() if spec.id in digests]
        for number, spec in enumerate(specs):

            def step(share: float, number: int = number) -> None:
                progress((number + share) / len(specs))

            self._files.keep(spec.id, self._measure(spec, digests[spec.id], step))

    def _measure(self, spec: Any, digest: str, progress: Callable[[float], None]) -> Measurement:
        case = usual_case(self._service.list_cases(), spec.sources)
        device = models.device_name(self._service.device)
        blank = Measurement(case.id if case else "", digest, device, now())
        if case is None:
            return replace(blank, problem=f"No case study has {spec.sources} sources.")
        try:
            found = measure(prepared_model(spec.id, self._service.device), case, progress)
        except EXPECTED as error:
            return replace(blank, problem=str(error))
        except Exception as error:  # a plug-in's own code; the other methods are still measured
            _log.exception("measuring %s failed", spec.id)
            return replace(blank, problem=f"{type(error).__name__}: {error}")
        return replace(blank, created=now(), **found)


def usual_case(cases: Sequence[CaseStudy], sources: int) -> CaseStudy | None:
    """The first case study with so many sources."""
    return next((case for case in cases if len(case.sources) == sources), None)


def measure(model: Any, case: CaseStudy, progress: Callable[[float], None]) -> dict[str, Any]:
    """Time a method's Jacobians on a case study and average them; raises what the method raises.

    Returns:
        `jacobian_ms`, `first_ms`, `field` and `radii` of a `Measurement`.
    """
    sources, count = case.sources, len(case.sources)
    models.limit_threads()
    radius = models.receptive_field(model, count).radius
    progress(0.2)
    start = time.perf_counter()
    linear = models.linearise(model, sources)
    first = None if linear is None else 1e3 * (time.perf_counter() - start)
    progress(0.4)
    seconds = _time_jacobians(linear, model, case, progress)
    field = None if radius is None else _field(model, sources, radius, progress)
    radii = () if field is None else tuple(tuple(models.mass_radius(k, s) for s in SHARES) for k in field)
    return {
        "jacobian_ms": 1e3 * statistics.median(seconds),
        "first_ms": first,
        "field": field,
        "radii": radii,
    }


def _time_jacobians(
    linear: Any, model: Any, case: CaseStudy, progress: Callable[[float], None]
) -> list[float]:
    """Seconds of single Jacobians at random pixels, one after the other, the way the page asks for them."""
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(case.shape[0], size=JACOBIANS), rng.integers(case.shape[1], size=JACOBIANS)
    pixels = [(int(y), int(x)) for y, x in zip(rows, columns, strict=True)]

    def jacobian(pixel: tuple[int, int]) -> None:
        if linear is None:
            models.jacobians(model, case.sources, [pixel])
        else:
            linear.jacobians([pixel])

    try:
        seconds = []
        for pixel in [pixels[0], *pixels]:
            models.limit_threads(1)  # as the service does; what came between may have changed it
            start = time.perf_counter()
            jacobian(pixel)
            seconds.append(time.perf_counter() - start)
            progress(0.4)  # makes way for the pointer between two Jacobians
        return seconds[1:]
    finally:
        models.limit_threads()


def _field(
    model: Any, sources: NDArray[np.float32], radius: int, progress: Callable[[float], None]
) -> NDArray[np.float64]:
    height, width = sources.shape[1:]
    pixels = models.inner_pixels((height, width), radius, FIELD_PIXELS)
    parts = []
    for start in range(0, FIELD_PIXELS, _FIELD_BATCH):
        parts.append(models.effective_field(model, sources, pixels[start : start + _FIELD_BATCH]))
        progress(0.4 + 0.6 * (start + _FIELD_BATCH) / FIELD_PIXELS)
    return np.mean(parts, axis=0)
