"""What the store keeps for one case study and one method.

Owns the `Entry` and what makes one valid. Knows nothing of files.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from precompute.cases.case_study import ID_PATTERN

CODE_VERSION = 2
"""Raise it whenever the same sources and weights would give other numbers (a change of a network's
forward pass, of the saliency, of a stored metric) or when the layout of an entry changes. Every
entry of another version is then stale and rebuilt. A mere speed-up that leaves the numbers the same
up to float32 rounding does not count."""

Float32 = NDArray[np.float32]


class StoreError(ValueError):
    """The store cannot do what was asked; the message is one sentence."""


class Key(NamedTuple):
    """Which entry: the ids of its case study and of its method."""

    case: str
    method: str

    def __str__(self) -> str:
        return f"{self.case}/{self.method}"


def entry_key(case_id: str, method_id: str) -> Key:
    """The checked key; raises `StoreError` for anything that could name a path outside the store."""
    for what, value in (("case", case_id), ("method", method_id)):
        if not isinstance(value, str) or not ID_PATTERN.fullmatch(value):
            raise StoreError(
                f"{value!r} is not a {what} id; expected 1 to 64 of the characters a-z, 0-9, '_' and '-', "
                "beginning with a letter or a digit."
            )
    return Key(case_id, method_id)


@dataclass(frozen=True)
class Estimated:
    """That guidance images are estimated (`models.estimate_guidance`), and how well.

    Attributes:
        stride: of the lattice; a larger one is better.
        rms, largest: the errors that were measured, relative to the root mean square and to the maximum.
    """

    stride: int
    rms: float
    largest: float

    @property
    def accuracy(self) -> str:
        """The root mean square error in words, as in "±0.6 %"."""
        return f"±{100 * self.rms:.2g} %"

    def __str__(self) -> str:
        return f"estimated, {self.accuracy}"


@dataclass(frozen=True, eq=False)
class Entry:
    """Everything precomputed of one case study with one method.

    Attributes:
        case, method: their ids.
        source_digest, weights_digest: what the numbers were computed from, SHA-256 in hex (a method
            without weights has a constant instead).
        fused: (H, W) float32.
        guidance: (K, H, W) float32, signed: ∂y(i)/∂x_k(i).
        summed_gradient: (K, H, W) float32, signed: Σ_i ∂y(i)/∂x_k.
        metrics: name -> one number per source.
        fusion_metrics: id of `models.list_metrics()` -> value, of the whole image; without those that
            these images leave undefined, and empty unless there are two sources.
        seconds: part -> wall-clock seconds.
        device: "cpu" or "cuda".
        created: UTC, ISO 8601.
        code_version: see `CODE_VERSION`.
        whole_jacobian: (H, W, K, 2R+1, 2R+1) float16 or None, every pixel's window, zero outside
            the image. An entry that was read from the store leaves it there (`Store.entry_jacobian`).
        jacobian_radius: R, also of a whole Jacobian that stayed in the store; None without one.
        estimated: how the guidance was estimated; None where it is exact.
    """

    case: str
    method: str
    source_digest: str
    weights_digest: str
    fused: Float32
    guidance: Float32
    summed_gradient: Float32
    metrics: Mapping[str, tuple[float, ...]]
    seconds: Mapping[str, float]
    device: str
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    code_version: int = CODE_VERSION
    fusion_metrics: Mapping[str, float] = field(default_factory=dict)
    whole_jacobian: NDArray[np.float16] | None = None
    jacobian_radius: int | None = None
    estimated: Estimated | None = None

    @property
    def key(self) -> Key:
        return entry_key(self.case, self.method)

    @property
    def nbytes(self) -> int:
        """Memory that its images take; a whole Jacobian is left in its file."""
        return self.fused.nbytes + self.guidance.nbytes + self.summed_gradient.nbytes


def check_entry(entry: Entry) -> None:
    """Raise `StoreError` when an entry contradicts itself or holds a number that is not finite."""
    name = str(entry.key)
    if entry.guidance.ndim != 3:
        raise StoreError(f"{name}: guidance has shape {entry.guidance.shape}; expected (K, H, W).")
    count, height, width = entry.guidance.shape
    arrays = {"fused": (height, width), "guidance": (count, height, width)}
    arrays["summed_gradient"] = (count, height, width)
    for array_name, shape in arrays.items():
        values = getattr(entry, array_name)
        if values.shape != shape or values.dtype != np.float32:
            raise StoreError(
                f"{name}: {array_name} is {values.dtype} {values.shape}; expected float32 {shape}."
            )
        bad = int(np.count_nonzero(~np.isfinite(values)))
        if bad:
            raise StoreError(f"{name}: {array_name} holds {bad} values that are not finite numbers.")
    for metric, numbers in entry.metrics.items():
        if len(numbers) != count or not all(math.isfinite(number) for number in numbers):
            raise StoreError(f"{name}: metric {metric!r} is {numbers}; expected {count} finite numbers.")
    for metric, number in entry.fusion_metrics.items():
        if not math.isfinite(number):
            raise StoreError(f"{name}: fusion metric {metric!r} is {number}; expected a finite number.")
    if entry.whole_jacobian is not None:
        _check_jacobian(entry, (height, width, count))


def _check_jacobian(entry: Entry, size: tuple[int, int, int]) -> None:
    values, radius = entry.whole_jacobian, entry.jacobian_radius
    if values is None:
        return
    if radius is None or radius < 0:
        raise StoreError(f"{entry.key}: a whole Jacobian needs its radius, not {radius}.")
    shape = (*size, 2 * radius + 1, 2 * radius + 1)
    if values.shape != shape or values.dtype != np.float16:
        raise StoreError(
            f"{entry.key}: the whole Jacobian is {values.dtype} {values.shape}; expected float16 {shape}."
        )


@dataclass(frozen=True)
class StoredJacobian:
    """One pixel's Jacobian, read back from a whole one.

    Attributes:
        values: (K, h, w) float32 (stored as float16), signed, on the window clipped at the border.
        origin: (y0, x0) of the window in the image.
        pixel: (y, x), row first.
    """

    values: Float32
    origin: tuple[int, int]
    pixel: tuple[int, int]


State = Literal["ready", "missing", "stale", "damaged"]


class Status(NamedTuple):
    """The state of an entry, and a sentence that says why."""

    state: State
    reason: str


@dataclass(frozen=True)
class EntryInfo:
    """What is known of an entry on disk from its attributes alone.

    What is None could not be told: the attributes are damaged or of another code version.
    """

    key: Key
    size: int
    """Bytes on disk."""
    device: str | None = None
    created: str | None = None
    seconds: Mapping[str, float] | None = None
    pixels: int | None = None
    """H·W."""
    jacobian: bool = False
    """Whether the whole Jacobian is stored."""
    estimated: Estimated | None = None
