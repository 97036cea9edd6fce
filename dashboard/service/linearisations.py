"""Networks linearised on case studies: the last few of them, made in the background.

The slopes of an image take a second to compute. Whoever asks before they are there computes without them,
so that no pointer waits for them. Knows nothing of case studies and methods.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from dashboard.service.background import Task
from dashboard.service.shelf import Shelf
from models import Linearised

_BYTES = 600_000_000

Key = TypeVar("Key", bound=Hashable)


class Slopes(Generic[Key]):
    """The shelf of linearised networks. Safe to call from several threads.

    Args:
        begin: gets work done in the background; two tasks of one name are one.
        limit: bytes that the slopes of all networks may take, the newest network excepted.
    """

    def __init__(self, begin: Callable[[Task], object], limit: int = _BYTES) -> None:
        self._begin = begin
        self._shelf: Shelf[Key, Linearised | None] = Shelf(limit=limit)

    def get(self, key: Key, make: Callable[[], Linearised | None]) -> Linearised | None:
        """What `make` gave, or None: it has not been asked for before, is under way, or there is none."""
        if key in self._shelf:  # as None, too: a network that has no slopes
            return self._shelf.get(key)
        self._begin(Task(f"slopes {key!r}", lambda _progress: self._shelf.put(key, make())))
        return None

    def memory(self) -> dict[str, int | None]:
        """See `Shelf.memory`."""
        return self._shelf.memory()
