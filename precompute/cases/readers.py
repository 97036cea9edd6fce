"""Image files of the outside world to float32 arrays, or one clear sentence.

Owns the choice of the format, which lie in `formats/`, and min-max scaling. Writes nothing and knows
nothing of case studies.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from precompute.cases.case_files import size
from precompute.cases.formats import FORMATS
from precompute.cases.picture import Format, NotThisFormatError, Picture, ReadError, unreadable

__all__ = ["SUFFIXES", "Picture", "ReadError", "normalise", "read_image", "read_mask", "read_picture", "stem"]

SUFFIXES = tuple(suffix for each in FORMATS for suffix in each.suffixes)
_NAMES = [each.name for each in FORMATS]
EXPECTED = f"a {', '.join(_NAMES[:-1])} or {_NAMES[-1]} image"


def _suffix(path: Path) -> str:
    name = path.name.lower()
    return next((suffix for suffix in sorted(SUFFIXES, key=len, reverse=True) if name.endswith(suffix)), "")


def stem(path: Path) -> str:
    """The file's name without its image suffix: `brain.nii.gz` -> `brain`."""
    return path.name[: len(path.name) - len(_suffix(path))]


def read_image(path: Path, slice_index: int | None = None) -> NDArray[np.float32]:
    """The image in a file, (H, W) float32, in the file's own units, not yet scaled.

    Colour becomes 0.2989 R + 0.5870 G + 0.1140 B; what is transparent becomes 0. A NIfTI volume or
    a multi-frame DICOM file gives its slice `slice_index`, by default the middle one; see
    `read_picture` for which one that was. Files of one image have no slices: it is not used there.

    Raises:
        ReadError: missing, empty, damaged, of another type or too large; several frames in a GIF,
            TIFF or PNG file and no `slice_index`; no such slice; NaN or infinity; constant. The
            message is one sentence that names the file and what was expected.
    """
    return read_picture(path, slice_index).values


def read_picture(path: Path, slice_index: int | None = None) -> Picture:
    """As `read_image`, with the slice that was read."""
    picture = _read_quietly(path, slice_index)
    values = picture.values
    bad = int(values.size - np.isfinite(values).sum())
    if bad:
        raise ReadError(
            f"{path}: {bad} of {values.size} pixels are NaN or infinite; expected finite numbers."
        )
    if values.min() == values.max():
        what = f"the image ({picture.note})" if picture.note else "the image"
        raise ReadError(f"{path}: {what} is constant ({values.min():g} everywhere); expected an image.")
    return picture


def read_mask(path: Path, slice_index: int | None = None) -> NDArray[np.bool_]:
    """A region's mask (H, W): true where the image in the file is not 0; may be constant.

    Raises:
        ReadError: as `read_image`, or the mask is empty.
    """
    values = _read_quietly(path, slice_index).values
    mask = np.isfinite(values) & (values != 0)
    if not mask.any():
        raise ReadError(f"{path}: the mask is 0 everywhere; expected at least one pixel that is not.")
    return mask


def normalise(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """(image − min)/(max − min), float32 in [0, 1].

    Raises:
        ReadError: the image is constant or not finite.
    """
    values = np.asarray(image, dtype=np.float64)
    low, high = values.min(), values.max()
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise ReadError(f"An image of {size(values)} from {low:g} to {high:g} cannot be scaled to [0, 1].")
    return ((values - low) / (high - low)).astype(np.float32)


def _read_quietly(path: Path, slice_index: int | None) -> Picture:
    with warnings.catch_warnings():
        # What the libraries warn of (odd headers, many pixels) either ends in a sentence or is harmless.
        warnings.simplefilter("ignore")
        return _read(path, slice_index)


def _read(path: Path, slice_index: int | None) -> Picture:
    suffix = _suffix(path)
    try:
        if path.is_dir():
            raise ReadError(f"{path}: a folder; expected {EXPECTED}.")
        with path.open("rb") as file:
            head = file.read(132)
    except FileNotFoundError:
        raise ReadError(f"{path}: no such file; expected {EXPECTED}.") from None
    except OSError as error:
        raise unreadable(path, "file", error) from None
    if not head:
        raise ReadError(f"{path}: the file is empty; expected {EXPECTED}.")
    try:
        return _format(path, suffix, head).read(path, slice_index)
    except NotThisFormatError:
        raise ReadError(f"{path}: not an image that can be read; expected {EXPECTED}.") from None


def _format(path: Path, suffix: str, head: bytes) -> Format:
    """The format of a file, by what it begins with, else by its name."""
    for each in FORMATS:
        if each.signature(head):
            return each
    for each in FORMATS:
        if suffix in each.suffixes:
            return each
    raise ReadError(f"{path}: the file type {path.suffix or '(none)'!r} is not known; expected {EXPECTED}.")
