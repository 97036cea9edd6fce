"""What was measured of the methods on a machine, kept in the store's folder.

    <store>/measurements/<method>.json

Owns the form on disk: one JSON file a method, whole or not at all. It belongs to the weights that were
measured and to the device; a file of other weights, of another device or that cannot be read counts as
missing. Knows nothing of how anything is measured.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from precompute.cases.case_study import ID_PATTERN

log = logging.getLogger(__name__)
_VERSION = 1
_DIGITS = 5


@dataclass(frozen=True, eq=False)
class Measurement:
    """One method on one case study.

    Attributes:
        case: the case study's id; "" where none fits.
        digest: identifies the method's weights, see `models.method_digest`.
        device: in words, as `models.device_name` says it.
        created: UTC, ISO 8601, to the second.
        jacobian_ms: median duration of single Jacobians at random pixels, the network linearised.
        first_ms: what the linearisation of the case study took before; None where there is none.
        field: (K, 2R+1, 2R+1) mean |Jacobian|; None without a window.
        radii: per source, the radii in pixels that hold a half and nine tenths of its field.
        frames_per_s: Jacobian images per second in a browser; None until one has counted.
        problem: one sentence where the method could not be measured.
    """

    case: str
    digest: str
    device: str
    created: str
    jacobian_ms: float | None = None
    first_ms: float | None = None
    field: NDArray[np.float64] | None = None
    radii: tuple[tuple[float, ...], ...] = ()
    frames_per_s: float | None = None
    problem: str = ""


def now() -> str:
    """The time as `Measurement.created` has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class MeasurementFiles:
    """The measurements in a folder, which need not exist yet; without one they are kept in memory only.

    A folder that cannot be written is logged, and memory serves. Safe to call from several threads.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._kept: dict[str, Measurement] = {}
        self._read: dict[str, int] = {}
        self._lock = threading.Lock()

    def find(self, method_id: str, digest: str, device: str) -> Measurement | None:
        """The measurement of a method with these weights on this device; None where there is none."""
        with self._lock:
            self._refresh(method_id)
            found = self._kept.get(method_id)
        return found if found and (found.digest, found.device) == (digest, device) else None

    def keep(self, method_id: str, measurement: Measurement) -> None:
        """Keep a measurement instead of an older one."""
        with self._lock:
            self._kept[method_id] = measurement
            path = self._path(method_id)
            if path is None:
                return
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                scratch = path.with_suffix(f".{os.getpid()}.part")
                scratch.write_text(_text(measurement), encoding="utf-8")
                os.replace(scratch, path)
                self._read[method_id] = path.stat().st_mtime_ns
            except OSError as error:
                log.warning("The measurement of %s is not kept on disk: %s.", method_id, error)

    def _refresh(self, method_id: str) -> None:
        """Read a file that another process has written since."""
        path = self._path(method_id)
        try:
            changed = 0 if path is None else path.stat().st_mtime_ns
        except OSError:
            return
        if path is None or self._read.get(method_id) == changed:
            return
        self._read[method_id] = changed
        try:
            self._kept[method_id] = _measurement(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError) as error:
            log.warning("%s is passed over: it is no measurement (%s).", path.name, error)

    def _path(self, method_id: str) -> Path | None:
        if self._folder is None or not ID_PATTERN.fullmatch(method_id):
            return None
        return self._folder / f"{method_id}.json"


def _text(measurement: Measurement) -> str:
    values = asdict(measurement)
    if measurement.field is not None:
        field = measurement.field
        values["field"] = [[[float(f"{x:.{_DIGITS}g}") for x in row] for row in image] for image in field]
    return json.dumps({"version": _VERSION, **values})


def _measurement(values: dict[str, Any]) -> Measurement:
    """Reads `_text`; raises ValueError, TypeError or KeyError for anything else."""
    if not isinstance(values, dict) or values.pop("version", None) != _VERSION:
        raise ValueError(f"expected version {_VERSION}")
    if values["field"] is not None:
        values["field"] = np.asarray(values["field"], np.float64)
        if values["field"].ndim != 3:
            raise ValueError(f"its field has shape {values['field'].shape}; expected (K, 2R+1, 2R+1)")
    values["radii"] = tuple(tuple(float(radius) for radius in radii) for radii in values["radii"])
    return Measurement(**values)
