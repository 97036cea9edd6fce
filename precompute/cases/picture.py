"""What a file format is, what every reader returns and raises, and how a slice is chosen.

Owns no file format.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from precompute.cases.case_files import MAX_PIXELS, CaseError, one_line

LUMA = (0.2989, 0.5870, 0.1140)
"""Weights of R, G, B when colour becomes grey (ITU-R BT.601, rounded as in MATLAB's rgb2gray)."""


class ReadError(CaseError):
    """A file cannot be read as an image; one sentence names the file and what was expected."""


class NotThisFormatError(Exception):
    """The file's content is not of the format that its name says."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One image of a file.

    `values` is (H, W), float32, in the file's own units. `index` of `count` slices or frames was
    read; both are None where the file holds one image only. `chosen` says that nobody asked for
    this slice: it is the middle one.
    """

    values: NDArray[np.float32]
    index: int | None = None
    count: int | None = None
    chosen: bool = False

    @property
    def note(self) -> str:
        """Which slice was read, as part of a sentence; empty where there is only one image."""
        if self.index is None:
            return ""
        why = ", the middle one" if self.chosen else ""
        return f"slice {self.index} of 0 to {(self.count or 1) - 1}{why}"


@dataclass(frozen=True)
class Format:
    """A file format: its name in sentences, its suffixes in small letters, and its reader.

    `read` takes a path and the number of a slice or None; it raises ReadError, or NotThisFormatError.
    `signature` tells from the first 132 bytes of a file, whatever its name, that it is of this format.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[Path, int | None], Picture]
    signature: Callable[[bytes], bool] = lambda head: False


def pick(path: Path, count: int, index: int | None) -> tuple[int, bool]:
    """The slice to read of `count`, and whether it was chosen here: the middle one for None.

    Raises:
        ReadError: there is no slice `index`.
    """
    if index is None:
        return count // 2, True
    if not 0 <= index < count:
        raise ReadError(f"{path}: there is no slice {index}; expected 0 to {count - 1}.")
    return index, False


def check_size(path: Path, width: int, height: int) -> None:
    """Raises `ReadError` for an image that is larger than a case study may be, before it is decoded."""
    if width * height > MAX_PIXELS:
        raise ReadError(f"{path}: the image is {width}×{height}; expected at most {MAX_PIXELS} pixels.")


def unreadable(path: Path, kind: str, error: BaseException) -> ReadError:
    """The error for a file that its library could not decode."""
    reason = one_line(error).split(". ")[0][:160] or type(error).__name__
    return ReadError(f"{path}: not a readable {kind} ({reason}); expected an undamaged {kind}.")


def luma(colour: NDArray[Any]) -> NDArray[np.float64]:
    """0.2989 R + 0.5870 G + 0.1140 B of an array (…, 3); equal colours give equal greys."""
    red, green, blue = (colour[..., channel].astype(np.float64) * LUMA[channel] for channel in range(3))
    return np.asarray(red + green + blue)
