"""Long computations in the background, what was asked for last first.

One worker thread, started by the first request. A newer request is computed inside the progress
callback of the one under way, which then goes on: nothing that was begun is lost. Knows nothing of
what is computed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 30.0
_IDLE_POLL_SECONDS = 1.0

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Progress:
    """How far a computation is.

    Attributes:
        share: finished share of the work, 0 to 1.
        eta_s: estimated seconds left, None as long as nothing can be said.
        error: one sentence when it failed.
    """

    share: float
    eta_s: float | None = None
    error: str | None = None


@dataclass
class Job(Generic[Key]):
    """One computation; only the worker changes it."""

    key: Key
    asked: int = 0
    share: float = 0.0
    active_s: float = 0.0
    error: str | None = None
    failed_at: float = 0.0
    finished: threading.Event = field(default_factory=threading.Event)

    def progress(self) -> Progress:
        """A snapshot for the page."""
        known = self.share > 0.02 and self.error is None
        left = self.active_s * (1 - self.share) / self.share if known else None
        return Progress(self.share, left, self.error)


@dataclass(frozen=True)
class Task:
    """Work that is its own key: two with the same name are one.

    `run` is called with what notes the finished share, 0 to 1.
    """

    name: str
    run: Callable[[Callable[[float], None]], None] = field(compare=False)


class Background(Generic[Key]):
    """Computes keys one after the other, each at most once at a time.

    Args:
        compute: does the work of a key; calls its second argument with the finished share.
        pause: called between two steps; may block while something more urgent runs.
        idle: whether a filler may begin; asked once a second while there are any.
    """

    def __init__(
        self,
        compute: Callable[[Key, Callable[[float], None]], None],
        pause: Callable[[], None],
        idle: Callable[[], bool] = lambda: True,
    ) -> None:
        self._compute, self._pause, self._idle = compute, pause, idle
        self._jobs: dict[Key | Task, Job[Key | Task]] = {}
        self._asked: list[Key | Task] = []
        self._fillers: list[Key | Task] = []
        self._requests = 0
        self._change = threading.Condition()
        self._worker: threading.Thread | None = None

    def request(self, key: Key | Task) -> Job[Key | Task]:
        """Put a key, or a task, first in line; the job that computes it."""
        with self._change:
            job = self._jobs.get(key)
            if job is None or (job.error and time.monotonic() - job.failed_at > _RETRY_SECONDS):
                job = self._jobs[key] = Job(key)
                self._asked.append(key)
            for line in (self._asked, self._fillers):
                if key in line:
                    line.remove(key)
                    self._asked.append(key)
            self._requests += 1
            job.asked = self._requests
            self._wake()
            return job

    def fill(self, keys: Iterable[Key | Task]) -> None:
        """Compute keys, or do tasks, when nothing is asked for, in their order."""
        with self._change:
            new = [key for key in keys if key not in self._jobs]
            self._jobs.update({key: Job(key) for key in new})
            self._fillers += new
            self._wake()

    def _wake(self) -> None:
        if self._worker is None or not self._worker.is_alive():
            self._worker = threading.Thread(target=self._work, name="background", daemon=True)
            self._worker.start()
        self._change.notify_all()

    def _work(self) -> None:
        while True:
            with self._change:
                while not self._asked and not (self._fillers and self._idle()):
                    self._change.wait(_IDLE_POLL_SECONDS if self._fillers else None)
                job = self._jobs[self._asked.pop() if self._asked else self._fillers.pop(0)]
            self._run(job)

    def _run(self, job: Job[Key | Task]) -> None:
        resumed = time.monotonic()

        def step(share: float) -> None:
            nonlocal resumed
            job.active_s += time.monotonic() - resumed
            job.share = share
            self._pause()
            self._run_newer(job)
            resumed = time.monotonic()

        try:
            if isinstance(job.key, Task):
                job.key.run(step)
            else:
                self._compute(job.key, step)
        except Exception as error:  # shown on the page; the worker lives on
            _log.exception("background computation of %s failed", job.key)
            job.error, job.failed_at = str(error) or type(error).__name__, time.monotonic()
        job.finished.set()
        with self._change:
            if job.error is None:
                self._jobs.pop(job.key, None)

    def _run_newer(self, current: Job[Key | Task]) -> None:
        """Run what was asked for after the current job; older requests and fillers wait."""
        while True:
            with self._change:
                newest = self._jobs[self._asked[-1]] if self._asked else None
                if newest is None or newest.asked < current.asked:
                    return
                self._asked.pop()
            self._run(newest)
