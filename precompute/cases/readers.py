"""Image files of the outside world to float32 arrays, or one clear sentence.

PNG, GIF, TIFF and JPEG here; NIfTI and DICOM in `volumes.py`. Owns the choice by file type, colour
and transparency, and min-max scaling. Writes nothing and knows nothing of case studies.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from precompute.cases.case_files import size
from precompute.cases.picture import Picture, ReadError, check_size, luma, pick, unreadable
from precompute.cases.volumes import read_dicom, read_nifti

__all__ = ["SUFFIXES", "Picture", "ReadError", "normalise", "read_image", "read_mask", "read_picture", "stem"]

PLAIN = (".png", ".gif", ".tif", ".tiff", ".jpg", ".jpeg")
NIFTI = (".nii", ".nii.gz")
DICOM = (".dcm", ".dicom")
SUFFIXES = (*PLAIN, *NIFTI, *DICOM)
EXPECTED = "a PNG, GIF, TIFF, JPEG, NIfTI (.nii, .nii.gz) or DICOM (.dcm) image"


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
    if suffix in NIFTI:
        return read_nifti(path, slice_index)
    if suffix in DICOM or head[128:] == b"DICM":
        return read_dicom(path, slice_index)
    if suffix in PLAIN:
        return _read_plain(path, slice_index)
    raise ReadError(f"{path}: the file type {path.suffix or '(none)'!r} is not known; expected {EXPECTED}.")


def _read_plain(path: Path, slice_index: int | None) -> Picture:
    try:
        with Image.open(path, formats=["PNG", "GIF", "TIFF", "JPEG"]) as image:
            check_size(path, image.width, image.height)
            count = int(getattr(image, "n_frames", 1))
            if count > 1 and slice_index is None:
                expected = f"one image, or the number of a frame, 0 to {count - 1}"
                raise ReadError(f"{path}: the file holds {count} frames; expected {expected}.")
            number = pick(path, count, slice_index)[0] if count > 1 else 0
            image.seek(number)
            values = _grey(image)
    except ReadError:
        raise
    except UnidentifiedImageError:
        raise ReadError(f"{path}: not an image that can be read; expected {EXPECTED}.") from None
    except Exception as error:  # Pillow's decoders raise many unrelated kinds on damaged files
        raise unreadable(path, "image", error) from None
    return Picture(values, number, count) if count > 1 else Picture(values)


def _grey(image: Image.Image) -> NDArray[np.float32]:
    """Grey values (H, W) of a Pillow image in any mode; the transparent counts as 0."""
    image.load()
    clear = image.info.get("transparency")
    image = ImageOps.exif_transpose(image)
    mode = image.mode
    if mode.startswith("I;16") or mode in ("I", "F", "1", "L"):
        values = np.asarray(image).astype(np.float64)
        if isinstance(clear, int):
            values = np.where(values == clear, 0.0, values)
        return values.astype(np.float32)
    if mode in ("LA", "La"):
        grey = np.asarray(image.convert("LA")).astype(np.float64)
        return (grey[..., 0] * grey[..., 1] / 255.0).astype(np.float32)
    if mode == "P" or clear is not None or "A" in mode or "a" in mode:
        colour = np.asarray(image.convert("RGBA")).astype(np.float64)
        return (luma(colour) * colour[..., 3] / 255.0).astype(np.float32)
    return luma(np.asarray(image.convert("RGB"))).astype(np.float32)
