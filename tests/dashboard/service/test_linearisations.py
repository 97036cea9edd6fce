"""Linearised networks are made in the background, once, and the oldest make room."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from dashboard.service.background import Task
from dashboard.service.linearisations import Slopes


def made(size: int) -> Any:
    return SimpleNamespace(nbytes=size)


def run(task: Task) -> None:
    task.run(lambda _share: None)


def test_nobody_waits_for_the_slopes() -> None:
    begun: list[Task] = []
    slopes: Slopes[str] = Slopes(begun.append)
    network = made(10)
    assert slopes.get("a", lambda: network) is None
    assert slopes.get("a", lambda: network) is None
    assert len(set(begun)) == 1  # the background takes tasks of one name as one
    run(begun[0])
    assert slopes.get("a", lambda: made(0)) is network
    assert len(begun) == 2


def test_a_network_without_slopes_is_asked_once() -> None:
    begun: list[Task] = []
    slopes: Slopes[str] = Slopes(begun.append)
    slopes.get("a", lambda: None)
    run(begun[0])
    assert slopes.get("a", lambda: None) is None
    assert len(begun) == 1


def test_the_one_longest_unused_makes_room() -> None:
    begun: list[Task] = []
    slopes: Slopes[str] = Slopes(begun.append, limit=25)
    for name in "ab":
        slopes.get(name, lambda: made(10))
        run(begun[-1])
    first = slopes.get("a", lambda: made(0))
    slopes.get("c", lambda: made(10))
    run(begun[-1])
    assert slopes.get("a", lambda: made(0)) is first
    assert slopes.get("b", lambda: made(0)) is None
