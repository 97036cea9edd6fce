"""A shelf: the values that were used last, within a limit; each is made once, however many ask for it.

Owns what is kept, how many bytes that takes, and who makes what is not there. A value is made outside the
lock of the shelf: a slow one keeps nobody waiting but those who want that very value. Knows nothing of what
is kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


def size_of(value: Any) -> int:
    """Bytes of an array, or of whatever else has `nbytes`; None takes none."""
    return 0 if value is None else int(value.nbytes)


class Shelf(Generic[Key, Value]):
    """See the module's docstring. Safe to call from several threads.

    Args:
        items: how many values are kept; None: as many as there are.
        limit: bytes that all values may take, the newest excepted; None: no limit.
        size: bytes of a value.
    """

    def __init__(
        self, items: int | None = None, limit: int | None = None, size: Callable[[Value], int] = size_of
    ) -> None:
        self._items, self._limit, self._size = items, limit, size
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._turns: dict[Key, tuple[threading.Lock, int]] = {}
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: Key) -> bool:
        return key in self._kept

    @property
    def nbytes(self) -> int:
        """Bytes of all values."""
        with self._lock:
            return sum(self._size(value) for value in self._kept.values())

    def memory(self) -> dict[str, int | None]:
        """The `bytes` of all values, their `limit` (None: their number is limited), how many are `kept`."""
        with self._lock:
            return {"bytes": self.nbytes, "limit": self._limit, "kept": len(self)}

    def get(self, key: Key) -> Value | None:
        """A value, which is thereby the last used; None where it is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Key, value: Value) -> None:
        """Keep a value; what was not used for longest makes room."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and self._too_much():
                self._kept.popitem(last=False)

    def once(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of a key; where it is not kept, one thread makes it and others that want it wait.

        None is not kept: the next one who asks makes it again. Nor is an error, which is raised.
        """
        found = self.get(key)
        if found is not None:
            return found
        with self._turn(key):
            found = self.get(key)
            if found is None:
                found = make()
                if found is not None:
                    self.put(key, found)
            return found

    def _too_much(self) -> bool:
        many = self._items is not None and len(self._kept) > self._items
        return many or (self._limit is not None and self.nbytes > self._limit)

    @contextmanager
    def _turn(self, key: Key) -> Iterator[None]:
        """Be the only one for a key; its lock goes with the last who waits."""
        with self._lock:
            lock, waiting = self._turns.get(key, (threading.Lock(), 0))
            self._turns[key] = lock, waiting + 1
        try:
            with lock:
                yield
        finally:
            with self._lock:
                lock, waiting = self._turns.pop(key)
                if waiting > 1:
                    self._turns[key] = lock, waiting - 1
