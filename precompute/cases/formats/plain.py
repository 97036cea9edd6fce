"""PNG, GIF, TIFF and JPEG files. Owns colour and transparency."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from precompute.cases.picture import (
    Format,
    NotThisFormatError,
    Picture,
    ReadError,
    check_size,
    luma,
    pick,
    unreadable,
)


def read_plain(path: Path, slice_index: int | None) -> Picture:
    """The image of a PNG, GIF, TIFF or JPEG file, or one frame of several.

    Raises:
        ReadError: damaged or too large; several frames and no `slice_index`; no such frame.
        NotThisFormatError: no such file.
    """
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
        raise NotThisFormatError from None
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


FORMAT = Format("PNG, GIF, TIFF, JPEG", (".png", ".gif", ".tif", ".tiff", ".jpg", ".jpeg"), read_plain)
