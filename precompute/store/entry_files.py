"""An entry as a folder: a Zarr 3 group that any Zarr reader opens.

Owns the layout: arrays `fused`, `guidance`, `summed_gradient` and, on request, `whole_jacobian`
(one chunk per row of pixels), and the group's attributes. The attributes hold the SHA-256 digest of
every array's decoded numbers (of every chunk of the whole Jacobian) and of themselves, so that
anything missing, truncated or altered is noticed before a number is used. Knows nothing of where
the folder lies, and nothing of locks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec, Crc32cCodec

from precompute.store.entry import Entry, Estimated, StoredJacobian

KIND = "fusevis-entry"
SMALL_ARRAYS = {
    "fused": ("y", "x"),
    "guidance": ("source", "y", "x"),
    "summed_gradient": ("source", "y", "x"),
}
WHOLE_JACOBIAN = "whole_jacobian"
JACOBIAN_DIMENSIONS = ("y", "x", "source", "window_y", "window_x")
_TEXTS = ("case", "method", "source_digest", "weights_digest", "device", "created")


class DamagedError(Exception):
    """An entry on disk is not what was written; the message says what is wrong with it."""


@contextmanager
def _reading(what: str) -> Iterator[None]:
    """Turn whatever a decoder raises on altered bytes into one sentence."""
    try:
        yield
    except DamagedError:
        raise
    except Exception as error:  # altered bytes can make JSON, Zarr and the codecs raise anything
        reason = str(error).strip().splitlines()
        detail = f": {reason[0][:200]}" if reason else ""
        raise DamagedError(f"{what} cannot be read ({type(error).__name__}{detail})") from error


def _digest(values: NDArray[Any]) -> str:
    little = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    return hashlib.sha256(little.data).hexdigest()


def _attributes_digest(attributes: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in attributes.items() if name != "attributes_sha256"}
    text = json.dumps(rest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _compressors(level: int) -> list[Any]:
    # The checksum is read first, so that altered bytes never reach the decompressor.
    return [BloscCodec(cname="zstd", clevel=level, shuffle="shuffle"), Crc32cCodec()]


def write_folder(entry: Entry, folder: Path) -> None:
    """Write a checked entry as a new Zarr group in `folder`, which must not exist."""
    group = zarr.create_group(str(folder), zarr_format=3)
    arrays: dict[str, Any] = {}
    for name, dimensions in SMALL_ARRAYS.items():
        values = getattr(entry, name)
        chunks = (1,) * (values.ndim - 2) + values.shape[-2:]
        group.create_array(
            name, data=values, chunks=chunks, compressors=_compressors(5), dimension_names=dimensions
        )
        arrays[name] = {
            "shape": list(values.shape),
            "dtype": str(values.dtype),
            "sha256": _digest(values),
        }
    attributes: dict[str, Any] = {"kind": KIND, "code_version": entry.code_version}
    attributes |= {name: getattr(entry, name) for name in _TEXTS}
    attributes["seconds"] = {name: round(float(value), 3) for name, value in entry.seconds.items()}
    attributes["metrics"] = {
        name: [float(number) for number in numbers] for name, numbers in entry.metrics.items()
    }
    attributes["fusion_metrics"] = {name: float(value) for name, value in entry.fusion_metrics.items()}
    attributes["arrays"] = arrays
    if entry.estimated is not None:
        attributes["estimated"] = asdict(entry.estimated)
    if entry.whole_jacobian is not None:
        attributes[WHOLE_JACOBIAN] = _write_jacobian(group, entry.whole_jacobian, entry.jacobian_radius)
    attributes["attributes_sha256"] = _attributes_digest(attributes)
    group.attrs.put(attributes)


def _write_jacobian(group: zarr.Group, values: NDArray[Any], radius: int | None) -> dict[str, Any]:
    array = group.create_array(
        WHOLE_JACOBIAN,
        shape=values.shape,
        chunks=(1, *values.shape[1:]),
        dtype="float16",
        compressors=_compressors(3),
        dimension_names=JACOBIAN_DIMENSIONS,
    )
    digests = []
    for y, row in enumerate(values):  # a row at a time: the array may be larger than the memory
        array[y] = row
        digests.append(_digest(row))
    return {"radius": radius, "shape": list(values.shape), "dtype": "float16", "row_sha256": digests}


def read_attributes(folder: Path) -> dict[str, Any]:
    """The checked attributes of an entry's group.

    Raises:
        DamagedError: the metadata is missing, truncated, altered or of something else.
    """
    with _reading("its metadata zarr.json"):
        document = json.loads((folder / "zarr.json").read_bytes())
        attributes = document["attributes"]
        if document["node_type"] != "group" or document["zarr_format"] != 3:
            raise DamagedError("its metadata zarr.json is not that of a Zarr 3 group")
        if attributes["attributes_sha256"] != _attributes_digest(attributes):
            raise DamagedError("its attributes do not have the digest that was written with them")
        if attributes["kind"] != KIND:
            raise DamagedError(f"it is of the kind {attributes['kind']!r}, not {KIND!r}")
    return attributes


def _open_array(folder: Path, name: str, said: Mapping[str, Any]) -> Any:
    """The Zarr array, its shape and dtype checked against what the attributes say."""
    array = zarr.open_array(str(folder / name), mode="r", zarr_format=3)
    if list(array.shape) != said["shape"] or str(array.dtype) != said["dtype"]:
        raise DamagedError(
            f"{name} is {array.dtype} {list(array.shape)}; expected {said['dtype']} {said['shape']}"
        )
    return array


def read_small_arrays(folder: Path, attributes: Mapping[str, Any]) -> dict[str, NDArray[np.float32]]:
    """Fused image, guidance and summed gradient; of a whole Jacobian only the description is checked.

    Raises:
        DamagedError: one of them is missing, altered, or has another shape or dtype.
    """
    arrays: dict[str, NDArray[np.float32]] = {}
    for name in SMALL_ARRAYS:
        with _reading(name):
            said = attributes["arrays"][name]
            values = np.asarray(_open_array(folder, name, said)[...])
            if _digest(values) != said["sha256"]:
                raise DamagedError(f"{name} does not have the digest that was written with it")
            arrays[name] = values
    if WHOLE_JACOBIAN in attributes:
        with _reading(WHOLE_JACOBIAN):
            _open_array(folder, WHOLE_JACOBIAN, attributes[WHOLE_JACOBIAN])
    return arrays


def read_folder(folder: Path, attributes: Mapping[str, Any]) -> Entry:
    """The entry whose checked attributes these are; a whole Jacobian stays on disk.

    Raises:
        DamagedError: as `read_small_arrays`, or an attribute is missing.
    """
    arrays = read_small_arrays(folder, attributes)
    with _reading("its attributes"):
        whole = attributes.get(WHOLE_JACOBIAN)
        return Entry(
            case=attributes["case"],
            method=attributes["method"],
            source_digest=attributes["source_digest"],
            weights_digest=attributes["weights_digest"],
            fused=arrays["fused"],
            guidance=arrays["guidance"],
            summed_gradient=arrays["summed_gradient"],
            device=attributes["device"],
            created=attributes["created"],
            metrics={name: tuple(numbers) for name, numbers in attributes["metrics"].items()},
            fusion_metrics=dict(attributes["fusion_metrics"]),
            seconds=dict(attributes["seconds"]),
            code_version=attributes["code_version"],
            jacobian_radius=None if whole is None else whole["radius"],
            estimated=read_estimated(attributes),
        )


def read_estimated(attributes: Mapping[str, Any]) -> Estimated | None:
    """How the guidance was estimated, None where it is exact, as in all entries that do not say."""
    said = attributes.get("estimated")
    return None if said is None else Estimated(**said)


def _read_row(array: Any, said: Mapping[str, Any], y: int) -> NDArray[np.float16]:
    row = np.asarray(array[y])
    if _digest(row) != said["row_sha256"][y]:
        raise DamagedError(f"row {y} of {WHOLE_JACOBIAN} does not have the digest that was written with it")
    return row


def check_jacobian(folder: Path, attributes: Mapping[str, Any]) -> None:
    """Decode every chunk of the whole Jacobian (if there is one) and compare its digest.

    Raises:
        DamagedError: names the first row that is missing or altered.
    """
    if WHOLE_JACOBIAN not in attributes:
        return
    said = attributes[WHOLE_JACOBIAN]
    with _reading(WHOLE_JACOBIAN):
        array = _open_array(folder, WHOLE_JACOBIAN, said)
    for y in range(said["shape"][0]):
        with _reading(f"row {y} of {WHOLE_JACOBIAN}"):
            _read_row(array, said, y)


def read_pixel(folder: Path, attributes: Mapping[str, Any], pixel: tuple[int, int]) -> StoredJacobian:
    """One pixel's Jacobian from the whole one: decodes and checks a single chunk.

    Raises:
        DamagedError: that chunk is missing or altered.
    """
    said = attributes[WHOLE_JACOBIAN]
    (height, width), radius = said["shape"][:2], said["radius"]
    y, x = pixel
    with _reading(f"row {y} of {WHOLE_JACOBIAN}"):
        window = _read_row(_open_array(folder, WHOLE_JACOBIAN, said), said, y)[x]
    top, left = max(y - radius, 0), max(x - radius, 0)
    bottom, right = min(y + radius + 1, height), min(x + radius + 1, width)
    rows = slice(top - y + radius, bottom - y + radius)
    columns = slice(left - x + radius, right - x + radius)
    return StoredJacobian(window[:, rows, columns].astype(np.float32), (top, left), pixel)
