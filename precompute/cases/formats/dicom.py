"""One frame of a DICOM file. Owns rescaling and polarity; pydicom is imported when such a file is met."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from precompute.cases.picture import Format, Picture, ReadError, check_size, luma, pick, unreadable


def read_dicom(path: Path, index: int | None) -> Picture:
    """An image of a DICOM file as stored, rescaled to its units; frames are numbered from 0.

    Rescale slope and intercept (of the file or of the frame) are applied; MONOCHROME1, where high
    values are dark, is inverted within its range; colour becomes grey.

    Raises:
        ReadError: damaged; no image in it; compressed in a way no installed decoder knows; no such
            frame.
    """
    import pydicom

    try:
        data: Any = pydicom.dcmread(path)
        has_image = "PixelData" in data or "FloatPixelData" in data or "DoubleFloatPixelData" in data
        count = int(data.get("NumberOfFrames") or 1)
        width, height = int(data.get("Columns") or 0), int(data.get("Rows") or 0)
    except Exception as error:  # pydicom raises many unrelated kinds on damaged files
        raise unreadable(path, "DICOM file", error) from None
    if not has_image or min(width, height, count) < 1:
        raise ReadError(f"{path}: a DICOM file without an image; expected one with pixel data.")
    check_size(path, width, height)
    number, chosen = pick(path, count, index) if count > 1 else (0, False)
    try:
        values = _dicom_values(data, number)
    except Exception as error:  # decoders raise whatever they like
        raise _undecodable(path, data, error) from None
    return Picture(values, number, count, chosen) if count > 1 else Picture(values)


def _dicom_values(data: Any, number: int) -> NDArray[np.float32]:
    from pydicom import pixels

    stored = pixels.pixel_array(data, index=number)
    photometric = data.get("PhotometricInterpretation", "")
    if photometric == "PALETTE COLOR":
        stored = pixels.apply_color_lut(stored, data)
    if stored.ndim == 3:
        return luma(stored).astype(np.float32)
    values = stored.astype(np.float64)
    slope, intercept = _rescale(data, number)
    values = values * slope + intercept
    if photometric == "MONOCHROME1":
        values = values.max() + values.min() - values
    return values.astype(np.float32)


def _rescale(data: Any, number: int) -> tuple[float, float]:
    """Slope and intercept of a frame: its own, else those shared by all frames, else the file's."""
    groups = [
        data.get("PerFrameFunctionalGroupsSequence") or [],
        data.get("SharedFunctionalGroupsSequence") or [],
    ]
    own = [groups[0][number]] if number < len(groups[0]) else []
    for group in [*own, *groups[1]]:
        for item in group.get("PixelValueTransformationSequence") or []:
            return float(item.RescaleSlope), float(item.RescaleIntercept)
    slope, intercept = data.get("RescaleSlope"), data.get("RescaleIntercept")
    return float(1 if slope is None else slope), float(0 if intercept is None else intercept)


def _undecodable(path: Path, data: Any, error: Exception) -> ReadError:
    syntax: Any = getattr(getattr(data, "file_meta", None), "TransferSyntaxUID", None)
    compressed = syntax and syntax.is_transfer_syntax and syntax.is_compressed
    if compressed and isinstance(error, (RuntimeError, NotImplementedError)):
        name = syntax.name
        return ReadError(
            f"{path}: compressed as {name}, with no decoder here; expected an uncompressed DICOM file."
        )
    return unreadable(path, "DICOM file", error)


FORMAT = Format("DICOM (.dcm)", (".dcm", ".dicom"), read_dicom, lambda head: head[128:132] == b"DICM")
