"""How fast the methods are on this machine, and how much of their window they use; measured when asked.

Owns the measuring and what is known of it, for as long as the process lives and the weights stay. Works in
the service's background line, one method after the other, so that nothing else is computed there at the
same time and the pointer always goes first. Knows nothing of Dash.
"""

from __future__ import annotations

import logging
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import models
from dashboard.background import Progress, Task
from precompute.case_study import CaseStudy
from precompute.compute import prepared_model

_log = logging.getLogger(__name__)
# Unknown or changed methods, sources that do not fit, missing or altered weights.
_EXPECTED = (ValueError, OSError, models.WeightsError)
JACOBIANS = 30
"""How many single Jacobians are timed; the paper took 100."""
FIELD_PIXELS, _FIELD_BATCH = 192, 24
SHARES = (0.5, 0.9)


@dataclass(frozen=True, eq=False)
class Measurement:
    """One method on one case study.

    Attributes:
        case: the case study's id.
        device: "cpu" or "cuda".
        jacobian_ms: mean of `JACOBIANS` single Jacobians at random pixels, the network linearised.
        first_ms: what the linearisation of the case study took before; None where there is none.
        field: (K, 2R+1, 2R+1) mean |Jacobian| over `FIELD_PIXELS` pixels; None without a window.
        radii: per source, the radii that hold the `SHARES` of its field.
        problem: one sentence where the method could not be measured.
    """

    case: str
    device: str = ""
    jacobian_ms: float | None = None
    first_ms: float | None = None
    field: NDArray[np.float64] | None = None
    radii: tuple[tuple[float, ...], ...] = ()
    problem: str = ""


class Measurements:
    """What was measured by method; safe to call from several threads. `service` is a JacobianService."""

    def __init__(self, service: Any) -> None:
        self._service = service
        self._found: dict[tuple[str, str], Measurement] = {}
        self._lock = threading.Lock()

    def of(self, method_id: str) -> Measurement | None:
        """The measurement of a method with its present weights; None where there is none yet."""
        key = self._key(method_id)
        with self._lock:
            return None if key is None else self._found.get(key)

    def ask(self) -> Progress | None:
        """Measure the methods that were not measured yet, in the background; None when all are."""
        wanted = [spec for spec in self._service.list_methods() if self.of(spec.id) is None]
        wanted = [spec for spec in wanted if self._key(spec.id) is not None]
        if not wanted:
            return None
        job = self._service.in_background(Task("measure", self._measure_missing))
        return Progress(job.share, None, job.error)

    def _key(self, method_id: str) -> tuple[str, str] | None:
        try:
            return method_id, models.method_digest(method_id)
        except _EXPECTED:
            return None  # without weights there is nothing to measure

    def _measure_missing(self, progress: Callable[[float], None]) -> None:
        wanted = [spec for spec in self._service.list_methods() if self.of(spec.id) is None]
        keys = [(spec, self._key(spec.id)) for spec in wanted]
        todo = [(spec, key) for spec, key in keys if key is not None]
        for number, (spec, key) in enumerate(todo):

            def step(share: float, number: int = number) -> None:
                progress((number + share) / len(todo))

            found = self._measure(spec, step)
            with self._lock:
                self._found[key] = found

    def _measure(self, spec: Any, progress: Callable[[float], None]) -> Measurement:
        case = usual_case(self._service.list_cases(), spec.sources)
        if case is None:
            return Measurement("", problem=f"No case study has {spec.sources} sources.")
        try:
            models.limit_threads()
            return measure(prepared_model(spec.id, self._service.device), case, progress)
        except _EXPECTED as error:
            return Measurement(case.id, problem=str(error))
        except Exception as error:  # a plug-in's own code; the other methods are still measured
            _log.exception("measuring %s failed", spec.id)
            return Measurement(case.id, problem=str(error) or type(error).__name__)


def usual_case(cases: Sequence[CaseStudy], sources: int) -> CaseStudy | None:
    """The first case study with so many sources."""
    return next((case for case in cases if len(case.sources) == sources), None)


def measure(model: Any, case: CaseStudy, progress: Callable[[float], None]) -> Measurement:
    """Time a method's Jacobians on a case study and average them; raises what the method raises."""
    sources, count = case.sources, len(case.sources)
    radius = models.receptive_field(model, count).radius
    progress(0.2)
    start = time.perf_counter()
    linear = models.linearise(model, sources)
    first = None if linear is None else 1e3 * (time.perf_counter() - start)
    progress(0.4)
    rng = np.random.default_rng(0)
    pixels = [(int(rng.integers(case.shape[0])), int(rng.integers(case.shape[1]))) for _ in range(JACOBIANS)]
    _jacobian(linear, model, sources, pixels[0])
    seconds = []
    for pixel in pixels:
        start = time.perf_counter()
        _jacobian(linear, model, sources, pixel)
        seconds.append(time.perf_counter() - start)
        progress(0.4)  # makes way for the pointer between two Jacobians
    device = str(models.select_device("auto").type) if _on_gpu(model) else "cpu"
    field = None if radius is None else _field(model, sources, radius, progress)
    radii = () if field is None else tuple(tuple(models.mass_radius(k, s) for s in SHARES) for k in field)
    return Measurement(case.id, device, 1e3 * statistics.mean(seconds), first, field, radii)


def _jacobian(linear: Any, model: Any, sources: NDArray[np.float32], pixel: tuple[int, int]) -> Any:
    """One Jacobian the way the page asks for it."""
    return models.jacobians(model, sources, [pixel]) if linear is None else linear.jacobians([pixel])


def _on_gpu(model: Any) -> bool:
    tensor = next(model.parameters(), None)
    return tensor is not None and tensor.device.type != "cpu"


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
