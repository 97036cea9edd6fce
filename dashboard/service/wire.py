"""The forms in which arrays travel: binary for the browser and the cache, CSV for people; numpy only.

All little-endian; `assets/js/shared/wire.js` reads the same layouts.

- A Jacobian: eight int32 [version, K, h, w, y0, x0, y, x], the fused value as float32, then the K·h·w
  values as float32 in C order.
- Several Jacobians: int32 [version, N], the N lengths in bytes as int32, then the N Jacobians.
- Images: int32 [version, N, H, W], then N·H·W values as float32 in C order.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

import numpy as np

from models import Jacobian

_VERSION = 1
_HEADER = struct.Struct("<8if")
_IMAGES = struct.Struct("<4i")


def pack_jacobian(jacobian: Jacobian) -> bytes:
    """The binary form of a Jacobian; values are rounded to float32."""
    header = _HEADER.pack(_VERSION, *jacobian.values.shape, *jacobian.origin, *jacobian.pixel, jacobian.fused)
    return header + np.ascontiguousarray(jacobian.values, "<f4").tobytes()


def pack_jacobians(jacobians: Iterable[Jacobian]) -> bytes:
    """The binary form of several Jacobians, in their order."""
    parts = [pack_jacobian(jacobian) for jacobian in jacobians]
    head = struct.pack(f"<{2 + len(parts)}i", _VERSION, len(parts), *map(len, parts))
    return head + b"".join(parts)


def pack_images(images: np.ndarray) -> bytes:
    """The binary form of images (N, H, W); values are rounded to float32."""
    return _IMAGES.pack(_VERSION, *images.shape) + np.ascontiguousarray(images, "<f4").tobytes()


def csv_lines(jacobian: Jacobian) -> str:
    """The values as CSV, one line each: source (from 0), row, column of the image, value.

    Values have nine significant digits, which give the float32 back exactly.
    """
    y0, x0 = jacobian.origin
    lines = [f"{k},{y0 + y},{x0 + x},{value:.9g}" for (k, y, x), value in np.ndenumerate(jacobian.values)]
    return "\n".join(["source,y,x,value", *lines, ""])


def unpack_jacobian(data: bytes) -> Jacobian:
    """The Jacobian of its binary form, in float32.

    Raises:
        ValueError: another version, or a length that does not fit the header.
    """
    if len(data) < _HEADER.size:
        raise ValueError(f"{len(data)} bytes are no Jacobian; expected at least {_HEADER.size}.")
    version, count, height, width, y0, x0, y, x, fused = _HEADER.unpack_from(data)
    expected = _HEADER.size + 4 * count * height * width
    if version != _VERSION or len(data) != expected:
        raise ValueError(
            f"Version {version} with {len(data)} bytes; expected version {_VERSION} with {expected}."
        )
    values = np.frombuffer(data, "<f4", offset=_HEADER.size).reshape(count, height, width)
    return Jacobian(values.astype(np.float32), (y0, x0), (y, x), fused)
