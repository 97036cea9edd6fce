"""One computation per key, batches, and errors, with threads that really wait for each other."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.service.batching import Batcher


class Recorder:
    """A computation that can be held at a gate and remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, list[int]]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.kept: dict[tuple[str, int], int] = {}
        self.batcher: Batcher[str, int, int] = Batcher(
            self.compute, lambda group, item: self.kept.get((group, item)), self.keep, limit=8
        )

    def compute(self, group: str, items: list[int]) -> list[int]:
        self.batches.append((group, list(items)))
        self.entered.set()
        assert self.gate.wait(10)
        if group == "bad":
            raise ValueError("no such thing")
        return [10 * item for item in items]

    def keep(self, group: str, item: int, result: int) -> None:
        self.kept[group, item] = result


def waiting(recorder: Recorder, count: int) -> None:
    """Return when `count` keys wait behind the batch under way."""
    for _ in range(1000):
        if len(recorder.batcher._pending) == count:
            return
        threading.Event().wait(0.005)
    pytest.fail(f"{len(recorder.batcher._pending)} keys wait, expected {count}")


def test_many_askers_of_one_key_share_one_computation() -> None:
    recorder = Recorder()
    recorder.gate.clear()
    with ThreadPoolExecutor(20) as pool:
        first = pool.submit(recorder.batcher.get, "a", 1)
        assert recorder.entered.wait(10)
        others = [pool.submit(recorder.batcher.get, "a", 1) for _ in range(19)]
        recorder.gate.set()
        assert [future.result(10) for future in [first, *others]] == [10] * 20
    assert recorder.batches == [("a", [1])]
    assert recorder.batcher.get("a", 1) == 10
    assert len(recorder.batches) == 1


def test_requests_that_wait_together_are_one_batch_per_group() -> None:
    recorder = Recorder()
    recorder.gate.clear()
    with ThreadPoolExecutor(20) as pool:
        first = pool.submit(recorder.batcher.get, "a", 0)
        assert recorder.entered.wait(10)
        together = [pool.submit(recorder.batcher.get, group, i) for group in "ab" for i in range(1, 6)]
        waiting(recorder, 10)
        assert recorder.batcher.busy
        recorder.gate.set()
        assert first.result(10) == 0
        assert sorted(future.result(10) for future in together) == sorted([10, 20, 30, 40, 50] * 2)
    assert [(group, sorted(items)) for group, items in recorder.batches[1:]] in (
        [("a", [1, 2, 3, 4, 5]), ("b", [1, 2, 3, 4, 5])],
        [("b", [1, 2, 3, 4, 5]), ("a", [1, 2, 3, 4, 5])],
    )
    recorder.batcher.wait_until_idle(10)
    assert not recorder.batcher.busy


def test_a_batch_has_a_limit() -> None:
    recorder = Recorder()
    recorder.gate.clear()
    with ThreadPoolExecutor(30) as pool:
        futures = [pool.submit(recorder.batcher.get, "a", 0)]
        assert recorder.entered.wait(10)
        futures += [pool.submit(recorder.batcher.get, "a", i) for i in range(1, 21)]
        waiting(recorder, 20)
        recorder.gate.set()
        for future in futures:
            future.result(10)
    assert [len(items) for _, items in recorder.batches] == [1, 8, 8, 4]


def test_an_error_reaches_everybody_and_the_worker_lives_on() -> None:
    recorder = Recorder()
    for _ in range(2):
        with pytest.raises(ValueError, match="no such thing"):
            recorder.batcher.get("bad", 1)
    assert recorder.batcher.get("a", 4) == 40
