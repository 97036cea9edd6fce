"""Whole or not at all: scratch folders, locks and the one step in which a folder appears.

Owns the hidden `.work` folder of a store. A folder is filled in a scratch folder, brought to disk
and renamed into place. Every scratch folder holds a locked file; the kernel drops that lock when its
process dies, however it dies, so what is left of a killed process is recognised and cleared away,
and what a live one is still filling is left alone. Knows nothing of what the folders hold.

Locks are `flock`s: they work between processes and between threads, on Linux and macOS.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

log = logging.getLogger(__name__)


@contextmanager
def locked(path: Path, *, shared: bool = False, wait: bool = True) -> Iterator[bool]:
    """Hold the lock file at `path`, created if need be; yields whether the lock is held.

    With `shared`, any number may hold it together, and where the file does not exist or cannot be
    opened (a store on a read-only disk) there is nobody to be kept out: nothing is created.
    """
    try:
        if not shared:
            path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDONLY if shared else os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        if not shared:
            raise
        yield True
        return
    try:
        mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(handle, mode if wait else mode | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)  # gives the lock back


class Workplace:
    """The scratch folders and locks of the store at `root`; entries live under `home`."""

    def __init__(self, root: Path, home: Path) -> None:
        self.home = home
        self._work = root / ".work"

    def lock_path(self, name: str) -> Path:
        """The lock file called `name`."""
        return self._work / "locks" / name

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty folder on the store's file system, gone afterwards; its content goes in `new`."""
        folder = self._work / f"scratch-{os.getpid()}-{uuid.uuid4().hex[:12]}"
        with locked(self._work / "janitor"):  # so that `recover` never sees it without its lock
            folder.mkdir()
            handle = os.open(folder / "alive", os.O_RDWR | os.O_CREAT, 0o666)
            fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(handle)

    def publish(self, scratch: Path, place: str) -> None:
        """Rename `scratch/new` to `home/place` in one step, replacing what is there.

        From the moment the older folder is aside until the new one is in place (two renames) `place`
        is missing: readers wait (`reading`), and `recover` finishes the step if this process
        dies exactly then.
        """
        target = self.home / place
        (scratch / "place").write_text(place, encoding="utf-8")
        sync_tree(scratch)
        target.parent.mkdir(parents=True, exist_ok=True)
        with self.exchanging(place):
            if target.exists():
                os.rename(target, scratch / "old")
            os.rename(scratch / "new", target)
            sync_folder(target.parent)

    def withdraw(self, place: str) -> bool:
        """Take `home/place` away, whole; says whether it was there."""
        target = self.home / place
        with self.scratch() as scratch, self.exchanging(place):
            if not target.exists():
                return False
            os.rename(target, scratch / "old")
            sync_folder(target.parent)
            return True

    @contextmanager
    def exchanging(self, place: str) -> Iterator[None]:
        """Keep everybody from `home/place`, until those who are reading it have finished."""
        with locked(self._place_lock(place, "gate")), locked(self._place_lock(place, "swap")):
            yield

    @contextmanager
    def reading(self, place: str) -> Iterator[None]:
        """Keep `home/place` from being exchanged meanwhile; any number may read together."""
        with ExitStack() as stack:
            # Through the gate, which a waiting writer closes: unbroken reading would starve it.
            with locked(self._place_lock(place, "gate"), shared=True):
                stack.enter_context(locked(self._place_lock(place, "swap"), shared=True))
            yield

    def _place_lock(self, place: str, what: str) -> Path:
        return self.lock_path(f"{place.replace('/', '.')}.{what}")  # ids hold no dot

    def recover(self) -> None:
        """Clear away what dead processes left behind; finish an exchange that one was killed in."""
        if not self._work.is_dir():
            return
        try:
            with locked(self._work / "janitor"):
                for folder in sorted(self._work.glob("scratch-*")):
                    with locked(folder / "alive", wait=False) as dead:
                        if dead:
                            self._finish(folder)
                            shutil.rmtree(folder)
        except OSError as error:
            # A store that may only be read stays readable; the next writer cleans up.
            log.debug("The scratch folders of %s stay as they are: %s", self.home, error)

    def _finish(self, scratch: Path) -> None:
        if not ((scratch / "old").is_dir() and (scratch / "new").is_dir()):
            return
        with suppress(OSError):
            place = (scratch / "place").read_text(encoding="utf-8")
            with self.exchanging(place):
                if not (self.home / place).exists():
                    os.rename(scratch / "new", self.home / place)
                    log.info("Finished the exchange of %s that was interrupted.", place)


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to disk, so that a rename survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Bring every file and folder below (and including) `folder` to disk."""
    for parent, _, files in os.walk(folder, topdown=False):
        for name in files:
            handle = os.open(Path(parent) / name, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_folder(Path(parent))
