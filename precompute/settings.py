"""Where cases and the store lie and what computes, as the command line or the environment says.

Owns the defaults and the names of the environment variables FUSEVIS_CASES (folders of case studies,
separated as in PATH), FUSEVIS_STORE, FUSEVIS_DEVICE, FUSEVIS_EXACT_MINUTES and FUSEVIS_PLUGINS (a folder of
networks of one's own), which count where the caller says nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from models.plugins import PluginReport, load_plugins
from precompute.cases.case_study import BUNDLED

PROJECT = Path(__file__).resolve().parent.parent


def default_store() -> Path:
    """FUSEVIS_STORE, else the folder `store` of the project."""
    return Path(os.environ.get("FUSEVIS_STORE") or PROJECT / "store")


def default_device() -> str:
    """FUSEVIS_DEVICE, else "auto"; not checked here (`models.select_device` does)."""
    return os.environ.get("FUSEVIS_DEVICE") or "auto"


def case_roots(extra: Sequence[Path] | None = None) -> tuple[Path, ...]:
    """The folders that hold case studies: the bundled ones, then `extra` (None: FUSEVIS_CASES)."""
    if extra is None:
        extra = [Path(part) for part in os.environ.get("FUSEVIS_CASES", "").split(os.pathsep) if part]
    return tuple(dict.fromkeys(folder.resolve() for folder in (BUNDLED, *extra)))


def minutes(text: str) -> float:
    """A number of minutes that is not negative; raises ValueError."""
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError(f"The minutes are {text!r}; expected a number from 0 on.")
    return value


def exact_minutes() -> float:
    """FUSEVIS_EXACT_MINUTES, else 60: how long exact guidance may take of a method that sees the whole image.

    Raises:
        ValueError: it is no such number.
    """
    return minutes(os.environ.get("FUSEVIS_EXACT_MINUTES") or "60")


def plugins(folder: Path | str | None = None, store: Path | str | None = None) -> tuple[PluginReport, ...]:
    """Load the networks of a folder (None: FUSEVIS_PLUGINS, where that is set) and say what became of them.

    Checks that passed are kept beside the entries of the store.

    Raises:
        ValueError: there is no such folder.
    """
    chosen = folder or os.environ.get("FUSEVIS_PLUGINS")
    checks = Path(store or default_store()) / "checks"
    return load_plugins(Path(chosen), checks) if chosen else ()
