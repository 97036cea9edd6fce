"""Networks linearised on case studies: the last few of them, made in the background.

The slopes of an image take a second to compute. Whoever asks before they are there computes without them,
so that no pointer waits for them. Knows nothing of case studies and methods.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from dashboard.service.background import Task
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
        self._begin, self._limit = begin, limit
        self._shelf: OrderedDict[Key, Linearised | None] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, make: Callable[[], Linearised | None]) -> Linearised | None:
        """What `make` gave, or None: it has not been asked for before, is under way, or there is none."""
        with self._lock:
            if key in self._shelf:
                self._shelf.move_to_end(key)
                return self._shelf[key]
        self._begin(Task(f"slopes {key!r}", lambda _progress: self._keep(key, make())))
        return None

    def _keep(self, key: Key, made: Linearised | None) -> None:
        with self._lock:
            self._shelf[key] = made
            while len(self._shelf) > 1 and self._bytes() > self._limit:
                self._shelf.popitem(last=False)

    def _bytes(self) -> int:
        return sum(each.nbytes for each in self._shelf.values() if each)
