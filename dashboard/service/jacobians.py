"""JacobianService: everything the pages and the HTTP routes ask for, from a cache or computed.

Owns which computation answers a question, on which device, and that it runs once. Jacobians are
cached by the digests of sources and weights and computed in batches; guidance images come from the
precompute store, or are computed in the background, where they make way for the pointer. What it
returns is numpy and plain dataclasses; it knows nothing of Dash.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

import models
from dashboard.service.background import Background, Job, Progress, Task
from dashboard.service.batching import Batcher
from dashboard.service.cases import MisfitError, UnknownCaseError
from dashboard.service.linearisations import Slopes
from dashboard.service.memory import Keeper, memory_of
from dashboard.service.shelf import Shelf
from dashboard.service.wire import pack_jacobian, unpack_jacobian
from models import Jacobian, Linearised, MethodSpec
from models.plugins import PluginReport
from models.saliency.engine.windows import Pixel, check_pixel
from precompute.build.compute import compute_entry
from precompute.build.prepared import method_digest, prepared_model
from precompute.build.stages import next_stage, stage_after
from precompute.cases.case_study import CaseStudy
from precompute.store.entry import Entry, Estimated
from precompute.store.store import Store

_log = logging.getLogger(__name__)
_KEPT_VIEWS = 24
_PAUSE_SECONDS = 0.5
_QUIET_SECONDS = 10.0

Pair = tuple[str, str]
"""A case study's and a method's id."""

_Key = tuple[Pair, str, str]


class JacobianService:
    """See the module's docstring. Safe to call from several threads.

    Args:
        cases: case studies by id.
        store: where precomputed entries are read and written.
        device: "auto", "cpu" or "cuda"; CUDA is first touched by the first request.
        cache: an object with `get(key)` and `set(key, value)`, such as flask-caching's; None: no cache.
        fill: compute the missing entries of all cases and methods while nobody asks for anything.
        plugins: what became of the networks of one's own.
        exact_minutes: how long exact guidance may take of a method that sees the whole image.

    Attributes:
        summed: the summed gradients of `dashboard.service.summed`, here so that `memory` tells of them.
    """

    def __init__(
        self,
        cases: Mapping[str, CaseStudy],
        store: Store,
        device: str = "auto",
        cache: Any | None = None,
        fill: bool = False,
        plugins: Sequence[PluginReport] = (),
        exact_minutes: float = 60.0,
    ) -> None:
        self._exact_minutes = exact_minutes
        self.plugins = tuple(plugins)
        self._cases, self._store, self.device, self._cache = dict(cases), store, device, cache
        self._jacobians: Batcher[Pair, Pixel, Jacobian] = Batcher(
            self._compute_jacobians, self._load_jacobian, self._keep_jacobian
        )
        self._background: Background[Pair] = Background(self._compute_entry, self._make_way, self._is_quiet)
        self._entries: Shelf[_Key, Entry | None] = Shelf(_KEPT_VIEWS)
        self._fused: Shelf[_Key, NDArray[np.float32]] = Shelf(_KEPT_VIEWS)
        self._slopes: Slopes[_Key] = Slopes(self._background.request)
        self.summed: Shelf[tuple[str, str, str], NDArray[np.float32]] = Shelf(_KEPT_VIEWS)
        self._lock = threading.Lock()
        self._to_fill = fill
        self._last_request = 0.0

    @property
    def store_path(self) -> Path:
        """The folder of the store."""
        return self._store.path

    def list_cases(self) -> list[CaseStudy]:
        """All case studies, bundled ones first."""
        return list(self._cases.values())

    def case(self, case_id: str) -> CaseStudy:
        """One case study; raises `UnknownCaseError`."""
        try:
            return self._cases[case_id]
        except KeyError:
            raise UnknownCaseError(case_id, tuple(self._cases)) from None

    def list_methods(self) -> tuple[MethodSpec, ...]:
        """All methods, in display order."""
        return models.list_models()

    def methods_for(self, case_id: str) -> tuple[MethodSpec, ...]:
        """The methods that fuse as many sources as a case study has; raises `UnknownCaseError`."""
        count = len(self.case(case_id).sources)
        return tuple(spec for spec in self.list_methods() if spec.sources == count)

    def check_fit(self, case_id: str, method_id: str) -> None:
        """Raise UnknownCaseError, UnknownMethodError, or `MisfitError` where the two do not go together."""
        case, method = self.case(case_id), models.get_method(method_id)
        if method.sources != len(case.sources):
            raise MisfitError(case, method, tuple(spec.id for spec in self.methods_for(case_id)))

    def window(self, method_id: str) -> tuple[int, int] | None:
        """Height and width of a method's window in pixels; None for a method without one.

        Raises:
            UnknownMethodError, WeightsError.
        """
        count = models.get_method(method_id).sources
        radius = models.receptive_field(prepared_model(method_id, self.device), count).radius
        return None if radius is None else (2 * radius + 1, 2 * radius + 1)

    def fused(self, case_id: str, method_id: str) -> NDArray[np.float32]:
        """The fused image (H, W); raises as `guidance` does."""
        self.check_fit(case_id, method_id)
        case = self.case(case_id)
        entry = self._entry(case, method_id)
        if entry is not None:
            return entry.fused
        return self._fused.once(self._key(case, method_id), lambda: self._fuse(case, method_id))

    @overload
    def guidance(self, case_id: str, method_id: str, wait: Literal[True]) -> NDArray[np.float32]: ...
    @overload
    def guidance(
        self, case_id: str, method_id: str, wait: bool = False
    ) -> NDArray[np.float32] | Progress: ...
    def guidance(self, case_id: str, method_id: str, wait: bool = False) -> NDArray[np.float32] | Progress:
        """The guidance images (K, H, W), the best there are (see `stage`), or how far their computation is.

        Args:
            case_id, method_id: what is looked at; it is computed before anything else.
            wait: block until the images are there.

        Raises:
            UnknownCaseError, UnknownMethodError, MisfitError, WeightsError: as the names say.
            RuntimeError: `wait` was asked for and the computation failed.
        """
        self._last_request = time.monotonic()
        self.check_fit(case_id, method_id)
        case = self.case(case_id)
        entry = self._entry(case, method_id)
        if entry is None:
            job = self._background.request((case_id, method_id))
            self._fill_once()
            if wait:
                job.finished.wait()
            entry = self._entry(case, method_id) if job.finished.is_set() and not job.error else None
            if entry is None and not wait:
                return job.progress()
            if entry is None:
                raise RuntimeError(f"The guidance of {case_id} with {method_id} failed: {job.error}")
        self._improve_later((case_id, method_id), entry)
        return entry.guidance

    def computed_guidance(self, case_id: str) -> tuple[list[NDArray[np.float32]], int]:
        """The guidance images (K, H, W) of all methods that are computed, and how many methods can be.

        Raises:
            UnknownCaseError.
        """
        case, found, total = self.case(case_id), [], 0
        for method in self.methods_for(case_id):
            try:
                entry = self._entry(case, method.id)
            except models.WeightsError:
                continue
            total += 1
            if entry is not None:
                found.append(entry.guidance)
        return found, total

    def jacobian(self, case_id: str, method_id: str, pixel: Pixel) -> Jacobian:
        """The Jacobian of the fused pixel (y, x), values float32 (K, h, w).

        Raises:
            UnknownCaseError, UnknownMethodError, MisfitError, WeightsError, PixelError: as the names say.
        """
        shape = self.case(case_id).shape
        self.check_fit(case_id, method_id)
        check_pixel(pixel, shape)
        self._last_request = time.monotonic()
        return self._jacobians.get((case_id, method_id), pixel)

    def jacobians_of_methods(
        self, case_id: str, method_ids: Sequence[str], pixel: Pixel
    ) -> dict[str, Jacobian]:
        """The Jacobians of one fused pixel (y, x) by several methods, by their ids, in their order.

        Raises:
            UnknownCaseError, UnknownMethodError, MisfitError, WeightsError, PixelError: as the names say.
        """
        shape = self.case(case_id).shape
        for method_id in method_ids:
            self.check_fit(case_id, method_id)
        check_pixel(pixel, shape)
        self._last_request = time.monotonic()
        found = self._jacobians.get_each([(case_id, method_id) for method_id in method_ids], pixel)
        return dict(zip(method_ids, found, strict=True))

    def linearised(self, case_id: str, method_id: str) -> Linearised | None:
        """The network linearised on a case study, where it is there; else that begins in the background."""
        case = self.case(case_id)
        return self._slopes.get(self._key(case, method_id), lambda: self._linearise(case, method_id))

    def entry(self, case_id: str, method_id: str) -> Entry | None:
        """What is stored of a case study and a method; None when nothing is. Raises as `guidance` does."""
        self.check_fit(case_id, method_id)
        return self._entry(self.case(case_id), method_id)

    def in_background(self, task: Task) -> Job:
        """Do other work before anything else in the background; it makes way for the pointer too."""
        self._last_request = time.monotonic()
        return self._background.request(task)

    def memory(self) -> dict[str, dict[str, int | None]]:
        """What everything that is kept in memory takes, by name; see `Shelf.memory`."""
        shelves: dict[str, Keeper] = {"entries": self._entries, "fused": self._fused, "summed": self.summed}
        return memory_of({**shelves, "slopes": self._slopes}, self._cache)

    def refused(self, method_id: str) -> models.GuardReport:
        """What the guard of a method's windows saw so far; raises UnknownMethodError, WeightsError."""
        return models.guard_report(prepared_model(method_id, self.device))

    def _key(self, case: CaseStudy, method_id: str) -> _Key:
        return (case.id, method_id), case.digest, method_digest(method_id)

    def _entry(self, case: CaseStudy, method_id: str) -> Entry | None:
        """The stored entry, kept in memory for a while; None when it must be computed."""
        key = self._key(case, method_id)
        return self._entries.once(key, lambda: self._store.read(case.id, method_id, key[1], key[2]))

    def _fuse(self, case: CaseStudy, method_id: str) -> NDArray[np.float32]:
        return np.asarray(models.fuse(prepared_model(method_id, self.device), case.sources), np.float32)

    def stage(self, case_id: str, method_id: str) -> tuple[Estimated | None, bool]:
        """How the guidance there is was estimated (None: exact, or none yet), and whether better follows."""
        entry = self.entry(case_id, method_id)
        better = entry is not None and next_stage(entry, self._exact_minutes) is not None
        return entry.estimated if entry else None, better

    def _compute_entry(self, pair: Pair, progress: Callable[[float], None]) -> None:
        """The first stage of an entry, or the next; what follows waits until nobody asks for anything."""
        models.limit_threads()
        case = self.case(pair[0])
        with self._store.claim(*pair, wait=True):
            _, sources, weights = self._key(case, pair[1])
            entry = self._store.read(*pair, sources, weights)  # which another process may have improved
            stage = stage_after(entry, pair[1], case.sources, self.device, self._exact_minutes)
            if stage is not None:
                entry = compute_entry(case, pair[1], self.device, progress, stride=stage)
                if entry.weights_digest != method_digest(pair[1]):  # exchanged meanwhile
                    self._compute_entry(pair, progress)
                    return
                self._store.write(entry)
        if entry is not None:
            self._entries.put((pair, entry.source_digest, entry.weights_digest), entry)
            self._improve_later(pair, entry)

    def _improve_later(self, pair: Pair, entry: Entry) -> None:
        """Let better guidance follow, where there is any, while nobody asks for anything."""
        if next_stage(entry, self._exact_minutes) is not None:
            better = f"better guidance of {pair[0]} by {pair[1]} than {entry.estimated}"
            self._background.fill([Task(better, lambda step: self._compute_entry(pair, step))])

    def _make_way(self) -> None:
        """Let Jacobians under the pointer go first."""
        if self._jacobians.busy:
            self._jacobians.wait_until_idle(_PAUSE_SECONDS)

    def _is_quiet(self) -> bool:
        """Whether nobody has asked for anything for a while."""
        return time.monotonic() - self._last_request > _QUIET_SECONDS

    def _fill_once(self) -> None:
        with self._lock:
            wanted, self._to_fill = self._to_fill, False
        if wanted:
            pairs = [(case, method.id) for case in self._cases for method in self.methods_for(case)]
            self._background.fill(pair for pair in pairs if self._computable(*pair))

    def _computable(self, case_id: str, method_id: str) -> bool:
        try:
            return self._entry(self.case(case_id), method_id) is None
        except models.WeightsError as error:
            _log.warning("%s is left out: %s", method_id, error)
            return False

    def _compute_jacobians(self, pair: Pair, pixels: Iterable[Pixel]) -> list[Jacobian]:
        case = self.case(pair[0])
        linearised = self.linearised(*pair)
        models.limit_threads(1)
        if linearised is not None:
            return linearised.jacobians(list(pixels))
        return models.jacobians(prepared_model(pair[1], self.device), case.sources, list(pixels))

    def _linearise(self, case: CaseStudy, method_id: str) -> Linearised | None:
        models.limit_threads()
        return models.linearise(prepared_model(method_id, self.device), case.sources)

    def _cache_key(self, pair: Pair, pixel: Pixel) -> str:
        _, sources, weights = self._key(self.case(pair[0]), pair[1])
        return f"jacobian/{pair[1]}/{sources[:16]}/{weights[:16]}/{pixel[0]}/{pixel[1]}"

    def _load_jacobian(self, pair: Pair, pixel: Pixel) -> Jacobian | None:
        data = None if self._cache is None else self._cache.get(self._cache_key(pair, pixel))
        return None if data is None else unpack_jacobian(data)

    def _keep_jacobian(self, pair: Pair, pixel: Pixel, jacobian: Jacobian) -> None:
        if self._cache is not None:
            self._cache.set(self._cache_key(pair, pixel), pack_jacobian(jacobian))
