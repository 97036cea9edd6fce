"""The order of background work, with a computation that stops wherever the test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable

from dashboard.service.background import Background


class Script:
    """Computes keys in three steps; `at` may run something at a step of a key."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.at: dict[str, Callable[[], object]] = {}
        self.background: Background[str] = Background(self.compute, lambda: None)

    def compute(self, key: str, step: Callable[[float], None]) -> None:
        for number in (1, 2, 3):
            self.log.append(f"{key}{number}")
            self.at.get(f"{key}{number}", lambda: None)()
            step(number / 3)


def test_what_was_asked_for_last_runs_first_and_nothing_begun_is_lost() -> None:
    script = Script()
    jobs = []
    script.at["a1"] = lambda: jobs.extend([script.background.request("b"), script.background.request("c")])
    script.background.request("a").finished.wait(10)
    for job in jobs:
        assert job.finished.wait(10)
    assert script.log == ["a1", "c1", "c2", "c3", "b1", "b2", "b3", "a2", "a3"]


def test_a_key_under_way_is_not_begun_again() -> None:
    script = Script()
    script.at["a2"] = lambda: script.background.request("a")
    assert script.background.request("a").finished.wait(10)
    assert script.log == ["a1", "a2", "a3"]


def test_fillers_wait_until_nothing_is_asked_for() -> None:
    script = Script()
    done = threading.Event()
    script.at["y3"] = done.set
    script.at["a1"] = lambda: script.background.fill(["x", "y", "a"])
    script.at["x1"] = lambda: script.background.request("b")
    script.background.request("a")
    assert done.wait(10)
    assert script.log[:9] == ["a1", "a2", "a3", "x1", "b1", "b2", "b3", "x2", "x3"]


def test_a_filler_that_is_asked_for_moves_up() -> None:
    script = Script()
    jobs = []
    script.at["a1"] = lambda: script.background.fill(["x", "y", "z"])
    script.at["x1"] = lambda: jobs.append(script.background.request("z"))
    script.background.request("a").finished.wait(10)
    for _ in range(1000):
        if jobs:
            break
        threading.Event().wait(0.005)
    assert jobs[0].finished.wait(10)
    assert script.log[3:7] == ["x1", "z1", "z2", "z3"]


def test_progress_is_the_share_and_an_estimate() -> None:
    script = Script()
    seen = []
    job = None

    def look() -> None:
        seen.append(job.progress() if job else None)

    gate = threading.Event()
    script.at["a1"] = lambda: gate.wait(10)
    script.at["a2"] = script.at["a3"] = look
    job = script.background.request("a")
    assert job.progress().share == 0
    assert job.progress().eta_s is None
    gate.set()
    assert job.finished.wait(10)
    assert [round(progress.share, 2) for progress in seen if progress] == [0.33, 0.67]
    assert all(progress.eta_s is not None and progress.eta_s >= 0 for progress in seen if progress)


def test_a_failure_is_told_and_the_worker_lives_on() -> None:
    script = Script()

    def fail() -> None:
        raise RuntimeError("out of memory")

    script.at["a2"] = fail
    job = script.background.request("a")
    assert job.finished.wait(10)
    assert job.progress().error == "out of memory"
    assert script.background.request("a") is job
    assert script.background.request("b").finished.wait(10)
