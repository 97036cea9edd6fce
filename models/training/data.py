"""Pairs folders: reading, naming patients, splitting by patient, and the checks against leaks.

A pairs folder holds two subfolders of images that pair by name: the anatomical source (`mri`,
`t1`, `t2`, `ct`) and the functional one (`pet`, `spect`). `DIR:first:second` names others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

ANATOMICAL = ("mri", "t2", "t1", "t1gd", "flair", "ct", "source-0")
FUNCTIONAL = ("pet", "spect", "fdg", "source-1")
SUFFIXES = (".png", ".gif")
LUMA = np.array([0.2989, 0.5870, 0.1140], dtype=np.float32)
_SAME_IMAGE = 0.995
_THUMBNAIL = 64


class DataError(ValueError):
    """A pairs folder, an image or a split cannot be used; one sentence says which and why."""


@dataclass(frozen=True)
class Pair:
    """Two registered images (2, H, W), float32, each min-max scaled to [0, 1].

    `patient` is qualified by its folder, as numbers are given per collection: `pet-mri/25`.
    """

    folder: str
    name: str
    patient: str
    sources: NDArray[np.float32]
    digest: str


def patient_of(stem: str) -> str:
    """The patient in a file name: what stands before the three digits of the slice.

    A name of up to three digits, or without them, is a patient of its own.
    """
    return stem[:-3] if len(stem) > 3 and stem[-3:].isdigit() else stem


def read_grey(path: Path) -> NDArray[np.float32]:
    """An image file as grey values (H, W), min-max scaled to [0, 1].

    Colour and palette images are reduced with 0.2989 R + 0.5870 G + 0.1140 B.

    Raises:
        DataError: not an image, or constant.
    """
    try:
        with Image.open(path) as image:
            grey = image.mode in ("L", "I", "I;16", "F")
            values = np.asarray(image if grey else image.convert("RGB"), dtype=np.float32)
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise DataError(f"{path}: not a readable image ({error}).") from None
    if values.ndim == 3:
        values = values @ LUMA
    low, high = float(values.min()), float(values.max())
    if high <= low:
        raise DataError(f"{path}: every pixel is {low:g}; expected an image with some contrast.")
    return (values - low) / (high - low)


def _detect(folder: Path, names: Sequence[str]) -> Path:
    found = [folder / name for name in names if (folder / name).is_dir()]
    if len(found) != 1:
        what = "none" if not found else " and ".join(sorted(path.name for path in found))
        raise DataError(
            f"{folder}: expected one subfolder named {', '.join(names)}; found {what} "
            "(DIR:first:second names others)."
        )
    return found[0]


def _subfolders(spec: str) -> tuple[Path, Path, Path]:
    parts = spec.split(":")
    folder = Path(parts[0])
    if len(parts) not in (1, 3):
        raise DataError(f"Pairs {spec!r}: expected DIR or DIR:first:second.")
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder of image pairs.")
    if len(parts) == 1:
        return folder, _detect(folder, ANATOMICAL), _detect(folder, FUNCTIONAL)
    for name in parts[1:]:
        if not (folder / name).is_dir():
            raise DataError(f"{folder / name}: no such folder of images.")
    return folder, folder / parts[1], folder / parts[2]


def _files(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES}


def read_folder(spec: str) -> list[Pair]:
    """All pairs of one folder, in the order of their names.

    Raises:
        DataError: the folder or a subfolder is missing or empty, a name has no partner, an image
            cannot be read, or the images of a pair differ in size.
    """
    folder, first, second = _subfolders(spec)
    left, right = _files(first), _files(second)
    if not left:
        raise DataError(f"{first}: no PNG or GIF images in it.")
    alone = sorted(set(left) ^ set(right))
    if alone:
        raise DataError(
            f"{folder}: {len(alone)} names are in one of {first.name}/ and {second.name}/ only: {alone[0]}."
        )
    pairs = []
    for stem, path in left.items():
        images = read_grey(path), read_grey(right[stem])
        if images[0].shape != images[1].shape:
            raise DataError(f"{path}: {images[0].shape} pixels, but its partner has {images[1].shape}.")
        digest = hashlib.sha256(path.read_bytes() + right[stem].read_bytes()).hexdigest()
        patient = f"{folder.resolve().name}/{patient_of(stem)}"
        pairs.append(Pair(folder.resolve().name, stem, patient, np.stack(images), digest))
    return pairs


def read_folders(specs: Iterable[str]) -> list[Pair]:
    """All pairs of several folders; raises `DataError`, also when two folders share their name."""
    pairs: list[Pair] = []
    for spec in specs:
        fresh = read_folder(spec)
        if fresh[0].folder in {pair.folder for pair in pairs}:
            raise DataError(
                f"Two pairs folders are named {fresh[0].folder!r}; patients are told apart by that name."
            )
        pairs += fresh
    if not pairs:
        raise DataError("No pairs folder was given.")
    return pairs


def split_by_patient(pairs: Sequence[Pair], holdout: Iterable[str]) -> tuple[list[Pair], list[Pair]]:
    """Training and held-out pairs; every patient is on one side only.

    Args:
        pairs: from `read_folders`.
        holdout: patients as `FOLDER/NUMBER`, each of which must occur.

    Raises:
        DataError: an unknown patient, no training pair left, or a held-out image that is also
            in the training set under another name.
    """
    held = set(holdout)
    known = {pair.patient for pair in pairs}
    unknown = sorted(held - known)
    if unknown:
        raise DataError(f"Held-out patient {unknown[0]!r} is in no pairs folder; there are: {_some(known)}.")
    train = [pair for pair in pairs if pair.patient not in held]
    test = [pair for pair in pairs if pair.patient in held]
    if not train:
        raise DataError("Every pair is held out; nothing is left to train on.")
    _refuse_twins(train, test)
    return train, test


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:40]) + (", …" if len(listed) > 40 else "")


def _thumbnails(pairs: Sequence[Pair]) -> NDArray[np.float32]:
    """Anatomical images at 64×64, zero mean and unit norm: (N, 4096); products are correlations."""
    size = (_THUMBNAIL, _THUMBNAIL)
    small = [
        np.asarray(Image.fromarray(pair.sources[0]).resize(size, Image.Resampling.BOX)) for pair in pairs
    ]
    flat = np.stack(small).reshape(len(pairs), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    return flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 1e-12)


def _refuse_twins(train: Sequence[Pair], test: Sequence[Pair]) -> None:
    """Published collections repeat each other's slices, so a split by name alone can leak."""
    if not test:
        return
    match = _thumbnails(test) @ _thumbnails(train).T
    row, column = np.unravel_index(int(match.argmax()), match.shape)
    if match[row, column] > _SAME_IMAGE:
        one, other = test[int(row)], train[int(column)]
        raise DataError(
            f"Held-out {one.folder}/{one.name} is the same image as {other.folder}/{other.name} "
            f"of the training set; hold out {other.patient} as well."
        )


def describe(pairs: Sequence[Pair]) -> dict[str, dict[str, object]]:
    """What a card says of a set of pairs: per folder its count, patients and SHA-256 digest."""
    out: dict[str, dict[str, object]] = {}
    for folder in dict.fromkeys(pair.folder for pair in pairs):
        members = [pair for pair in pairs if pair.folder == folder]
        text = "".join(f"{pair.name} {pair.digest}\n" for pair in members)
        patients = sorted({pair.patient.split("/", 1)[1] for pair in members})
        digest = hashlib.sha256(text.encode()).hexdigest()
        out[folder] = {"pairs": len(members), "patients": len(patients), "sha256": digest}
        if len(patients) <= 40:
            out[folder]["patient_ids"] = patients
    return out
