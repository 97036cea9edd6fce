"""Who computes an entry: a lock on the entry's name, for threads and processes alike."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from precompute.store.atomic import locked


class Claims(threading.local):
    """The claims of the running thread; every thread sees its own."""

    def __init__(self) -> None:
        self._held: set[Path] = set()

    @contextmanager
    def take(self, lock: Path, *, wait: bool) -> Iterator[bool]:
        """Claim `lock`; yields whether it was given.

        A thread that has it is given it again: one computation may be interrupted by another of the
        same entry. Without `wait` it is refused while somebody else has it.
        """
        if lock in self._held:
            yield True
            return
        with locked(lock, wait=wait) as given:
            if given:
                self._held.add(lock)
            try:
                yield given
            finally:
                self._held.discard(lock)
