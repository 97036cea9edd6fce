"""One computation per key, however many ask; those that wait together are computed together.

Knows nothing of what is computed. One worker thread, started by the first request, so that a
process may fork before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Group = TypeVar("Group", bound=Hashable)
Item = TypeVar("Item", bound=Hashable)
Result = TypeVar("Result")


class Batcher(Generic[Group, Item, Result]):
    """Serves results from a cache, and computes the missing ones in batches of one group.

    Args:
        compute: results of several items of a group, in their order.
        load: the kept result of an item, or None.
        keep: stores a result where `load` finds it.
        limit: largest batch.
    """

    def __init__(
        self,
        compute: Callable[[Group, list[Item]], Sequence[Result]],
        load: Callable[[Group, Item], Result | None],
        keep: Callable[[Group, Item, Result], None],
        limit: int = 32,
    ) -> None:
        self._compute, self._load, self._keep, self._limit = compute, load, keep, limit
        self._pending: dict[tuple[Group, Item], Future[Result]] = {}
        self._running: dict[tuple[Group, Item], Future[Result]] = {}
        self._change = threading.Condition()
        self._worker: threading.Thread | None = None

    def get(self, group: Group, item: Item) -> Result:
        """The result of an item: kept, under way, or computed now. Raises what `compute` raises."""
        return self._submit(group, item).result()

    def get_each(self, groups: Sequence[Group], item: Item) -> list[Result]:
        """The results of one item in several groups, in their order; all are asked for before any is awaited.

        Raises what `compute` raises for the first group that fails.
        """
        futures = [self._submit(group, item) for group in groups]
        return [future.result() for future in futures]

    def _submit(self, group: Group, item: Item) -> Future[Result]:
        key = (group, item)
        kept = self._load(group, item)
        if kept is not None:
            return _finished(kept)
        with self._change:
            future = self._running.get(key) or self._pending.get(key)
            if future is None:
                # It may have been finished since the first look; `keep` comes before it leaves `_running`.
                kept = self._load(group, item)
                if kept is not None:
                    return _finished(kept)
                future = self._pending[key] = Future()
                self._start()
                self._change.notify_all()
        return future

    @property
    def busy(self) -> bool:
        """Whether anything waits or is computed."""
        return bool(self._pending or self._running)

    def wait_until_idle(self, timeout: float) -> None:
        """Return when nothing waits or is computed, at the latest after `timeout` seconds."""
        with self._change:
            self._change.wait_for(lambda: not self.busy, timeout)

    def _start(self) -> None:
        if self._worker is None or not self._worker.is_alive():
            self._worker = threading.Thread(target=self._work, name="jacobians", daemon=True)
            self._worker.start()

    def _work(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: bool(self._pending))
                group = next(iter(self._pending))[0]
                keys = [key for key in self._pending if key[0] == group][: self._limit]
                batch = {key: self._pending.pop(key) for key in keys}
                self._running.update(batch)
            try:
                results = self._compute(group, [item for _, item in keys])
                for (_, item), result in zip(keys, results, strict=True):
                    self._keep(group, item, result)
            except Exception as error:  # handed to those who asked; the worker lives on
                for future in batch.values():
                    future.set_exception(error)
            else:
                for future, result in zip(batch.values(), results, strict=True):
                    future.set_result(result)
            with self._change:
                for key in batch:
                    del self._running[key]
                self._change.notify_all()


def _finished(result: Result) -> Future[Result]:
    future: Future[Result] = Future()
    future.set_result(result)
    return future
