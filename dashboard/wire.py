"""The forms in which a Jacobian travels: binary for the browser and the cache, CSV for people; numpy only.

Little-endian: eight int32 [version, K, h, w, y0, x0, y, x], the fused value as float32, then the
K·h·w values as float32 in C order. `assets/js` reads the same layout.
"""

from __future__ import annotations

import struct

import numpy as np

from models import Jacobian

_VERSION = 1
_HEADER = struct.Struct("<8if")


def pack_jacobian(jacobian: Jacobian) -> bytes:
    """The binary form of a Jacobian; values are rounded to float32."""
    header = _HEADER.pack(_VERSION, *jacobian.values.shape, *jacobian.origin, *jacobian.pixel, jacobian.fused)
    return header + np.ascontiguousarray(jacobian.values, "<f4").tobytes()


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
