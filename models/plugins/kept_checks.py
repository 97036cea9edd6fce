"""Checks that passed before, so that a start with many networks is fast.

A check is kept under the digest of what was checked, and of the code that checks it: another weight, another
file or another engine is checked anew. A network that was refused is always checked again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import torch

from models.plugins.check import MethodCheck

_log = logging.getLogger(__name__)


def kept_check(
    folder: Path | None, digest: str, sources: int, check: Callable[[], MethodCheck]
) -> MethodCheck:
    """The check that is kept in a folder, or a new one, which is kept if the network is accepted.

    Args:
        folder: made where it is missing; None: nothing is kept.
        digest: of all that the network's numbers depend on.
        sources: number of sources K.
        check: makes a new one.
    """
    if folder is None:
        return check()
    key = hashlib.sha256(f"{digest} {sources} {torch.__version__} {_engine()}".encode()).hexdigest()
    path = folder / f"{key}.json"
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return MethodCheck(**{**known, "radii": known["radii"] and tuple(known["radii"])})
    except FileNotFoundError:
        pass
    except (OSError, ValueError, TypeError, KeyError) as error:  # damaged, or of another layout
        _log.warning("The kept check %s cannot be read and is made anew: %s", path.name, error)
    found = check()
    if found.accepted:
        _keep(path, found)
    return found


def _keep(path: Path, found: MethodCheck) -> None:
    """Write a check whole or not at all; without a place to write it is made again next time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", delete=False) as file:
            json.dump(asdict(found), file)
        os.replace(file.name, path)
    except OSError as error:
        _log.warning("A check could not be kept: %s", error)


@lru_cache(maxsize=1)
def _engine() -> str:
    """What changes with the code that decides how a network is differentiated and checked."""
    digest = hashlib.sha256()
    package = Path(__file__).resolve().parent.parent
    for part in ("plugins", "saliency"):
        for path in sorted((package / part).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
