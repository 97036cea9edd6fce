"""A shelf keeps what was used last, and makes a value once while nobody else waits for it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from dashboard.service.shelf import Shelf

SECONDS = 30  # far more than any of this takes; a test that would hang fails instead


def test_the_one_longest_unused_makes_room_for_the_newest() -> None:
    shelf: Shelf[str, int] = Shelf(items=2, size=lambda value: value)
    shelf.put("a", 1)
    shelf.put("b", 2)
    assert shelf.get("a") == 1
    shelf.put("c", 3)
    assert [key in shelf for key in "abc"] == [True, False, True]
    shelf.put("a", 4)
    shelf.put("d", 5)
    assert [key in shelf for key in "acd"] == [True, False, True]
    assert shelf.memory() == {"bytes": 9, "limit": None, "kept": 2}


def test_bytes_are_limited_but_for_the_newest() -> None:
    shelf: Shelf[str, Any] = Shelf(limit=100)
    for name in "abc":
        shelf.put(name, np.zeros(10, np.float32))
    assert shelf.memory() == {"bytes": 80, "limit": 100, "kept": 2}
    shelf.put("none", None)
    assert shelf.memory() == {"bytes": 80, "limit": 100, "kept": 3}
    shelf.put("large", np.zeros(1000, np.float32))
    assert shelf.memory() == {"bytes": 4000, "limit": 100, "kept": 1}


def test_a_value_is_made_once_for_many_threads() -> None:
    shelf: Shelf[str, object] = Shelf(items=2)
    made: list[object] = []
    everyone = threading.Barrier(8)

    def ask(_: int) -> object:
        everyone.wait(SECONDS)
        return shelf.once("a", make)

    def make() -> object:
        threading.Event().wait(0.05)
        made.append(object())
        return made[-1]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert len(made) == 1
    assert all(value is made[0] for value in found)


def test_who_wants_another_value_does_not_wait() -> None:
    shelf: Shelf[str, str] = Shelf(items=2, size=len)
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        return "slow" if go_on.wait(SECONDS) else "nobody else was answered meanwhile"

    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(shelf.once, "a", slow)
        assert begun.wait(SECONDS)
        other = pool.submit(shelf.once, "b", lambda: "fast").result(SECONDS / 3)
        go_on.set()
        assert (other, waiting.result(SECONDS)) == ("fast", "slow")
    assert not shelf._turns


def test_neither_an_error_nor_none_is_kept() -> None:
    shelf: Shelf[str, int | None] = Shelf(items=2, size=lambda _: 0)
    with pytest.raises(ZeroDivisionError):
        shelf.once("a", lambda: 1 // 0)
    assert shelf.once("a", lambda: None) is None
    assert "a" not in shelf
    assert shelf.once("a", lambda: 7) == 7
    assert shelf.once("a", lambda: 8) == 7
    assert not shelf._turns
