"""The store of precomputed entries: the only module that knows where they lie on disk.

    <store>/entries.zarr/<case>/<method>/   one Zarr 3 group per entry (see `entry_files`)
    <store>/.work/                          locks and unfinished entries (see `atomic`)

An entry is there whole or not at all. It is *stale* when its sources, its weights or the code
version are others now, *damaged* when it is no longer what was written; both count as missing, and
damage is logged by name. Several processes and threads may share a store. Knows nothing of how an
entry is computed.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import zarr

from precompute.cases.case_study import ID_PATTERN
from precompute.store.atomic import Workplace, sync_tree
from precompute.store.claims import Claims
from precompute.store.entry import (
    CODE_VERSION,
    Entry,
    EntryInfo,
    Estimated,
    Key,
    State,
    Status,
    StoredJacobian,
    StoreError,
    check_entry,
    entry_key,
)
from precompute.store.entry_files import (
    WHOLE_JACOBIAN,
    DamagedError,
    check_jacobian,
    read_attributes,
    read_estimated,
    read_folder,
    read_pixel,
    read_small_arrays,
    write_folder,
)

__all__ = ["Entry", "EntryInfo", "Key", "State", "Status", "Store", "StoreError", "StoredJacobian"]

log = logging.getLogger(__name__)


class Store:
    """The store in the folder `path`, which need not exist yet: the first `write` makes it.

    Opening one clears away what processes that were killed left unfinished.

    Raises:
        StoreError: `path` is a file.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        if self.path.exists() and not self.path.is_dir():
            raise StoreError(f"The store {str(self.path)!r} is a file; expected a folder.")
        self._home = self.path / "entries.zarr"
        self._workplace = Workplace(self.path, self._home)
        self._workplace.recover()
        self._claims = Claims()

    def status(
        self,
        case_id: str,
        method_id: str,
        source_digest: str,
        weights_digest: str,
        *,
        thorough: bool = False,
    ) -> Status:
        """Whether an entry can be used as it is, and why not.

        Decodes and checks the small arrays; with `thorough` every chunk of a whole Jacobian too.
        """
        key = entry_key(case_id, method_id)
        with self._open(key) as folder:
            if folder is None:
                return Status("missing", f"{key} has not been computed.")
            try:
                attributes = self._attributes(key, folder)
                reason = _why_stale(attributes, source_digest, weights_digest)
                if reason:
                    return Status("stale", f"{key} is stale: {reason}.")
                read_small_arrays(folder, attributes)
                if thorough:
                    check_jacobian(folder, attributes)
            except DamagedError as error:
                return Status("damaged", f"{key} is damaged: {error}.")
        return Status("ready", f"{key} is ready.")

    def problem(self, case_id: str, method_id: str) -> str | None:
        """A sentence naming the damage of an entry, every chunk checked; None when it is sound."""
        key = entry_key(case_id, method_id)
        with self._open(key) as folder:
            if folder is None:
                return None
            try:
                attributes = self._attributes(key, folder)
                read_small_arrays(folder, attributes)
                check_jacobian(folder, attributes)
            except DamagedError as error:
                return f"{key} is damaged: {error}."
        return None

    def read(self, case_id: str, method_id: str, source_digest: str, weights_digest: str) -> Entry | None:
        """The entry, or None when it is missing, stale or damaged (which is logged).

        A whole Jacobian is not read; `entry_jacobian` reads from it pixel by pixel.
        """
        key = entry_key(case_id, method_id)
        with self._open_fresh(key, source_digest, weights_digest) as found:
            if found is None:
                return None
            try:
                return read_folder(*found)
            except DamagedError as error:
                log.warning("%s is damaged and will be computed again: %s.", key, error)
                return None

    def entry_jacobian(
        self,
        case_id: str,
        method_id: str,
        pixel: tuple[int, int],
        source_digest: str,
        weights_digest: str,
    ) -> StoredJacobian | None:
        """One pixel's Jacobian from the stored whole one, or None where there is no sound one.

        Raises:
            StoreError: the pixel lies outside the image.
        """
        key = entry_key(case_id, method_id)
        with self._open_fresh(key, source_digest, weights_digest) as found:
            if found is None or WHOLE_JACOBIAN not in found[1]:
                return None
            height, width = found[1][WHOLE_JACOBIAN]["shape"][:2]
            if not (0 <= pixel[0] < height and 0 <= pixel[1] < width):
                raise StoreError(
                    f"Pixel {pixel} lies outside the image of {key}; expected y, x below {height}, {width}."
                )
            try:
                return read_pixel(*found, pixel)
            except DamagedError as error:
                log.warning("The whole Jacobian of %s is damaged: %s.", key, error)
                return None

    def has_jacobian(self, case_id: str, method_id: str) -> bool:
        """Whether the entry, sound or not, was stored with its whole Jacobian."""
        return (self._folder(entry_key(case_id, method_id)) / WHOLE_JACOBIAN).is_dir()

    def estimated(self, case_id: str, method_id: str) -> Estimated | None:
        """How the guidance of an entry was estimated; None where it is exact, or there is no sound entry."""
        key = entry_key(case_id, method_id)
        with self._open(key) as folder:
            try:
                return None if folder is None else read_estimated(self._attributes(key, folder))
            except DamagedError:
                return None

    def write(self, entry: Entry) -> None:
        """Put an entry in its place, whole or not at all, instead of an older one.

        Estimated guidance does not take the place of better guidance of the same sources and weights.

        Raises:
            StoreError: the entry contradicts itself, or the disk refuses it; the older one remains.
        """
        check_entry(entry)
        if entry.estimated is not None and self._has_better(entry, entry.estimated):
            log.info("%s is there already, better than %s.", entry.key, entry.estimated)
            return
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with self._workplace.scratch() as scratch:
                for group in (self._home, self._home / entry.case):
                    _make_group(group, scratch)
                write_folder(entry, scratch / "new")
                self._workplace.publish(scratch, "/".join(entry.key))
        except OSError as error:
            raise StoreError(f"The store {str(self.path)!r} cannot be written ({error}).") from error

    def _has_better(self, entry: Entry, estimated: Estimated) -> bool:
        digests = entry.source_digest, entry.weights_digest
        if self.status(entry.case, entry.method, *digests).state != "ready":
            return False
        there = self.estimated(entry.case, entry.method)
        return there is None or there.stride > estimated.stride

    def remove(self, case_id: str, method_id: str) -> bool:
        """Take an entry away; says whether there was one."""
        key = entry_key(case_id, method_id)
        return self._folder(key).exists() and self._workplace.withdraw("/".join(key))

    def entries(self) -> tuple[EntryInfo, ...]:
        """What lies in the store, sound or not, in alphabetical order."""
        keys = (
            Key(folder.parent.name, folder.name)
            for folder in sorted(self._home.glob("*/*"))
            if folder.is_dir()
            and ID_PATTERN.fullmatch(folder.parent.name)
            and ID_PATTERN.fullmatch(folder.name)
        )
        infos = (self._info(key) for key in keys)
        return tuple(info for info in infos if info is not None)

    def claim(self, case_id: str, method_id: str, *, wait: bool = False) -> AbstractContextManager[bool]:
        """The right to compute an entry, so that two processes do not compute the same one.

        Entering tells whether it was given; without `wait` it is refused while somebody else has it.
        A thread that has it is given it again.
        """
        name = ".".join(entry_key(case_id, method_id))
        return self._claims.take(self._workplace.lock_path(f"{name}.claim"), wait=wait)

    def spool(self) -> Path:
        """A folder on the store's disk for unnamed temporary files."""
        self.path.mkdir(parents=True, exist_ok=True)
        return self.path

    def _folder(self, key: Key) -> Path:
        return self._home / key.case / key.method

    @contextmanager
    def _open(self, key: Key) -> Iterator[Path | None]:
        """The entry's folder, kept from being exchanged meanwhile; None when there is none."""
        with self._workplace.reading("/".join(key)):
            folder = self._folder(key)
            yield folder if folder.is_dir() else None

    @contextmanager
    def _open_fresh(
        self, key: Key, source_digest: str, weights_digest: str
    ) -> Iterator[tuple[Path, dict[str, Any]] | None]:
        """Folder and attributes of an entry that is neither missing nor stale."""
        with self._open(key) as folder:
            found = None
            if folder is not None:
                try:
                    attributes = self._attributes(key, folder)
                except DamagedError as error:
                    log.warning("%s is damaged and will be computed again: %s.", key, error)
                else:
                    reason = _why_stale(attributes, source_digest, weights_digest)
                    if reason:
                        log.info("%s is stale: %s.", key, reason)
                    else:
                        found = folder, attributes
            yield found

    def _attributes(self, key: Key, folder: Path) -> dict[str, Any]:
        attributes = read_attributes(folder)
        label = attributes.get("case"), attributes.get("method")
        if label != key:
            raise DamagedError(f"its attributes say it is {'/'.join(map(str, label))}")
        return attributes

    def _info(self, key: Key) -> EntryInfo | None:
        with self._open(key) as folder:
            if folder is None:
                return None
            size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            try:
                attributes = self._attributes(key, folder)
            except DamagedError:
                return EntryInfo(key, size)
        if attributes.get("code_version") != CODE_VERSION:
            return EntryInfo(key, size)  # another version may have another layout
        height, width = attributes["arrays"]["fused"]["shape"]
        return EntryInfo(
            key,
            size,
            attributes["device"],
            attributes["created"],
            attributes["seconds"],
            height * width,
            WHOLE_JACOBIAN in attributes,
            read_estimated(attributes),
        )


def _why_stale(attributes: Mapping[str, Any], source_digest: str, weights_digest: str) -> str | None:
    version = attributes.get("code_version")
    if version != CODE_VERSION:
        return f"it was made by code version {version}, now it is {CODE_VERSION}"
    for name, now in (("source", source_digest), ("weights", weights_digest)):
        then = attributes[f"{name}_digest"]
        if then != now:
            return f"its {name} digest is {then[:12]}, now it is {now[:12]}"
    return None


def _make_group(folder: Path, scratch: Path) -> None:
    """Make `folder` a Zarr group, so that other tools can walk down to the entries."""
    if (folder / "zarr.json").exists():
        return
    folder.mkdir(exist_ok=True)
    zarr.create_group(str(scratch / "group"), zarr_format=3, overwrite=True)
    sync_tree(scratch / "group")
    os.replace(scratch / "group" / "zarr.json", folder / "zarr.json")
