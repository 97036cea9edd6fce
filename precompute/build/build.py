"""Building the store: which entries have to be computed, in what order, and the doing of it.

Owns the plan and its execution. Ready entries are left alone, so that a build that was stopped or
killed goes on where it was. Several builds may run at once: an entry is computed by whoever claims
it first. Knows nothing of the command line.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import models
from precompute.build.compute import compute_entry
from precompute.build.estimate import Estimate, Work, guess
from precompute.build.prepared import method_digest
from precompute.build.stages import improvable, next_stage, stages
from precompute.cases.case_study import CaseStudy
from precompute.store.store import Key, State, Store

__all__ = ["Failure", "Outcome", "Plan", "Report", "Task", "compute_entry", "fitting", "plan", "run"]

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.2
"""How often an entry that another process is computing is asked for."""


@dataclass(frozen=True)
class Task:
    """One entry that has to be computed, and why."""

    case: CaseStudy
    method: str
    weights_digest: str
    state: State
    reason: str
    jacobian: bool
    work: Work

    @property
    def key(self) -> Key:
        return Key(self.case.id, self.method)


@dataclass(frozen=True)
class Failure:
    """What could not be computed, and a sentence that says why."""

    what: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """What a build will do.

    Attributes:
        tasks: in their order.
        ready: entries that are left as they are.
        failures: methods that cannot be computed at all (no weights).
        force: compute also what another process has finished meanwhile.
        exact_minutes: exact guidance of a method that sees the whole image is computed if it takes no longer.
        known: measured seconds per pixel, from the entries in the store.
    """

    tasks: tuple[Task, ...]
    ready: tuple[Key, ...] = ()
    failures: tuple[Failure, ...] = ()
    force: bool = False
    known: dict[tuple[str, bool], float] = field(default_factory=dict)
    exact_minutes: float = 60.0


@dataclass(frozen=True)
class Report:
    """How far a build is.

    Attributes:
        key: the entry at work.
        finished, total: numbers of entries.
        share: finished share of all the time, 0 to 1, never decreasing.
        seconds_left: estimated.
    """

    key: Key
    finished: int
    total: int
    share: float
    seconds_left: float


@dataclass
class Outcome:
    """What a build did; `cancelled` when it was stopped before its end."""

    computed: list[Key] = field(default_factory=list)
    elsewhere: list[Key] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    cancelled: bool = False


def fitting(case: CaseStudy, method_ids: Iterable[str]) -> list[str]:
    """The methods that fuse as many sources as a case study has, in their order."""
    count = len(case.sources)
    return [method_id for method_id in method_ids if models.get_method(method_id).sources == count]


def plan(
    cases: Sequence[CaseStudy],
    method_ids: Sequence[str],
    store: Store,
    *,
    force: bool = False,
    jacobian: bool = False,
    device: str = "auto",
    exact_minutes: float = 60.0,
) -> Plan:
    """What has to be computed: everything that is missing, stale or damaged, down to the last chunk.

    Case by case in the given order, so that whole cases become ready, and cheap methods first. A method
    that fuses another number of sources than a case study has is passed over.

    Args:
        cases: the case studies.
        method_ids: ids of `models.list_models()`.
        store: where the entries are or will be.
        force: compute everything again.
        jacobian: with whole Jacobians (entries that have one keep it anyway).
        device: where it will run; speeds measured there earlier serve the estimate.
        exact_minutes: see `Plan`.

    Raises:
        UnknownMethodError: no such method.
        ValueError: no such device.
    """
    digests: dict[str, str] = {}
    failures = []
    for method_id in method_ids:
        try:
            digests[method_id] = method_digest(method_id)
        except models.WeightsError as error:
            failures.append(Failure(method_id, str(error)))
    tasks: list[Task] = []
    ready: list[Key] = []
    for case in cases:
        found = [
            _task(case, method, digests[method], store, jacobian, exact_minutes)
            for method in fitting(case, digests)
        ]
        tasks += sorted(
            (task for task in found if force or task.state != "ready"), key=lambda task: guess(task.work)
        )
        ready += [task.key for task in found if not force and task.state == "ready"]
    known = _known_rates(store, str(models.select_device(device)))
    return Plan(tuple(tasks), tuple(ready), tuple(failures), force, known, exact_minutes)


def _task(
    case: CaseStudy, method: str, digest: str, store: Store, jacobian: bool, exact_minutes: float
) -> Task:
    state, reason = store.status(case.id, method, case.digest, digest, thorough=True)
    has_jacobian = store.has_jacobian(case.id, method)
    if state == "ready" and jacobian and not has_jacobian:
        state, reason = "missing", f"{case.id}/{method} has no whole Jacobian yet."
    if state == "ready" and improvable(store, Key(case.id, method), (case.digest, digest), exact_minutes):
        state, reason = "missing", f"{case.id}/{method} is {store.estimated(case.id, method)} so far."
    if state == "damaged":
        log.warning("%s It will be computed again.", reason)
    work = Work(
        method,
        models.get_method(method).parameters,
        case.shape[0] * case.shape[1],
        jacobian or has_jacobian,
    )
    return Task(case, method, digest, state, reason, work.jacobian, work)


def _known_rates(store: Store, device: str) -> dict[tuple[str, bool], float]:
    """Seconds per pixel of what the store holds; entries made elsewhere or small ones do not count."""
    rates = {}
    for info in store.entries():
        if info.device == device and info.seconds and info.pixels:
            rates[info.key.method, info.jacobian] = sum(info.seconds.values()) / info.pixels
    return rates


def run(
    todo: Plan,
    store: Store,
    device: str = "auto",
    progress: Callable[[Report], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Outcome:
    """Compute a plan's entries one after the other and put each into the store.

    A failing one does not stop the rest. What another process is computing is left for the end and
    taken from it, or computed here should it give up.

    Args:
        todo: from `plan`.
        store: where the entries go.
        device: "auto", "cpu" or "cuda".
        progress: called now and then.
        cancelled: asked now and then; when it returns True the build stops cleanly.
    """
    builder = _Builder(todo, store, device, progress, cancelled or (lambda: False))
    outcome = Outcome(failures=list(todo.failures))
    waiting = deque(range(len(todo.tasks)))
    refused = 0
    while waiting and not outcome.cancelled:
        index = waiting.popleft()
        key = todo.tasks[index].key
        result = builder.step(index)
        if result == "computed":
            outcome.computed.append(key)
        elif result == "elsewhere":
            outcome.elsewhere.append(key)
        elif isinstance(result, Failure):
            outcome.failures.append(result)
        elif result == "cancelled":
            outcome.cancelled = True
        else:
            waiting.append(index)
            refused += 1
            if refused >= len(waiting):  # all that is left is being computed by others
                time.sleep(_POLL_SECONDS)
            continue
        refused = 0
    return outcome


class _Builder:
    """Does single steps of a plan and keeps the estimate."""

    def __init__(
        self,
        todo: Plan,
        store: Store,
        device: str,
        progress: Callable[[Report], None] | None,
        cancelled: Callable[[], bool],
    ) -> None:
        self.todo, self.store, self.device = todo, store, device
        self.progress, self.cancelled = progress, cancelled
        self.estimate = Estimate([task.work for task in todo.tasks], todo.known)
        self.finished = 0

    def step(self, index: int) -> Literal["computed", "elsewhere", "cancelled", "busy"] | Failure:
        """Compute one task's entry, unless somebody else does."""
        task = self.todo.tasks[index]
        if self.cancelled():
            return "cancelled"
        try:
            with self.store.claim(*task.key) as mine:
                if not mine:
                    return "busy"
                if not self.todo.force and self._made_elsewhere(task):
                    self._finish(index, None)
                    return "elsewhere"
                self._compute(index, task)
        except models.Cancelled:
            return "cancelled"
        except Exception as error:  # whatever a case or a network does, the other entries go on
            log.debug("%s failed.", task.key, exc_info=True)
            self._finish(index, None)
            return Failure(str(task.key), _sentence(error))
        return "computed"

    @staticmethod
    def _digests(task: Task) -> tuple[str, str]:
        return task.case.digest, task.weights_digest

    def _made_elsewhere(self, task: Task) -> bool:
        status = self.store.status(
            *task.key, task.case.digest, task.weights_digest, thorough=task.state == "damaged"
        )
        return (
            status.state == "ready"
            and not improvable(self.store, task.key, self._digests(task), self.todo.exact_minutes)
            and (not task.jacobian or self.store.has_jacobian(*task.key))
        )

    def _compute(self, index: int, task: Task) -> None:
        start = time.monotonic()

        def report(fraction: float) -> None:
            self._report(task.key, index, time.monotonic() - start, fraction)

        report(0.0)
        spool = self.store.spool() if task.jacobian else None
        before = self.store.read(*task.key, task.case.digest, task.weights_digest)
        stage = None if self.todo.force or before is None else next_stage(before, self.todo.exact_minutes)
        if stage is None:
            stage = stages(task.method, task.case.sources, self.device)[0]
        while stage is not None:
            entry = compute_entry(
                task.case, task.method, self.device, report, self.cancelled, task.jacobian, spool, stage
            )
            self.store.write(entry)
            stage = next_stage(entry, self.todo.exact_minutes)
        self._finish(index, time.monotonic() - start)

    def _finish(self, index: int, seconds: float | None) -> None:
        self.finished += 1
        self.estimate.finish(index, seconds)
        self._report(self.todo.tasks[index].key, None, 0.0, 0.0)

    def _report(self, key: Key, index: int | None, elapsed: float, fraction: float) -> None:
        if self.progress is None:
            return
        left = self.estimate.left(index, elapsed, fraction)
        share = self.estimate.share(left, elapsed)
        self.progress(Report(key, self.finished, len(self.todo.tasks), share, left))


def _sentence(error: Exception) -> str:
    """What an exception says, on one line."""
    text = " ".join(str(error).split()) or "no reason given"
    return text if isinstance(error, ValueError | models.WeightsError) else f"{type(error).__name__}: {text}"
