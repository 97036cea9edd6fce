"""What a case study is, what makes one invalid, and how one lies on disk.

Owns `CaseStudy`, `Region` and their folder layout. Knows nothing of networks, of other image
formats than its own (`readers.py`), or of the web.

A case study's folder carries its id as its name and holds

    case.toml          title, description, modalities, provenance, synthetic, regions
    source-<k>.png     source k, from 0, 16-bit grey, 65535 for 1.0
    region-<id>.png    the mask of a region of interest, 1-bit
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from precompute.cases.case_files import (
    ID_PATTERN,
    LEVELS,
    MAX_PIXELS,
    CaseError,
    check_id,
    entry,
    publish,
    quantise,
    read_levels,
    read_png,
    read_toml,
    size,
    write_levels,
    write_mask,
    write_toml,
)

__all__ = [
    "BUNDLED",
    "CaseError",
    "CaseStudy",
    "Region",
    "check_id",
    "list_case_folders",
    "load_case",
    "quantise",
    "save_case",
]

BUNDLED = Path(__file__).parent.parent / "case_studies"


def _check_text(value: object, what: str, *, empty: bool = False) -> None:
    if not isinstance(value, str) or not (empty or value.strip()):
        raise CaseError(f"The {what} is {value!r}; expected a text{'' if empty else ' that is not empty'}.")


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    copy = np.array(array, order="C", copy=True)
    copy.setflags(write=False)
    return copy


@dataclass(frozen=True, eq=False)
class Region:
    """A named region of interest: a mask (H, W), bool, with at least one pixel; kept read-only.

    Raises:
        CaseError: the id, title or mask is not of this kind.
    """

    id: str
    title: str
    mask: NDArray[np.bool_]
    description: str = ""

    def __post_init__(self) -> None:
        check_id(self.id, "region")
        _check_text(self.title, f"title of region {self.id!r}")
        _check_text(self.description, f"description of region {self.id!r}", empty=True)
        mask = self.mask
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.ndim != 2:
            raise CaseError(f"The mask of region {self.id!r} is not a bool array (H, W).")
        if not mask.any():
            raise CaseError(f"The mask of region {self.id!r} is empty; expected at least one pixel.")
        object.__setattr__(self, "mask", _frozen(mask))


@dataclass(frozen=True, eq=False)
class CaseStudy:
    """Registered source images with names, regions of interest and provenance.

    Attributes:
        sources: float32 (K, H, W), K = 2 or 3, finite, in [0, 1], no image constant; read-only.
        modalities: K different names, as shown on screen.
        provenance: where the images come from, and under which terms.
        synthetic: whether the images are simulated.

    Raises:
        CaseError: anything is not of this kind; the sentence names what.
    """

    id: str
    title: str
    description: str
    modalities: tuple[str, ...]
    sources: NDArray[np.float32]
    regions: tuple[Region, ...]
    provenance: str
    synthetic: bool

    def __post_init__(self) -> None:
        check_id(self.id)
        _check_text(self.title, "title")
        _check_text(self.description, "description", empty=True)
        _check_text(self.provenance, "provenance", empty=True)
        if not isinstance(self.synthetic, bool):
            raise CaseError(f"'synthetic' is {self.synthetic!r}; expected true or false.")
        _check_sources(self.sources)
        _check_modalities(self.modalities, len(self.sources))
        _check_regions(self.regions, self.sources.shape[1:])
        object.__setattr__(self, "sources", _frozen(self.sources))

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) of every source and mask."""
        return self.sources.shape[1], self.sources.shape[2]

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the sources' shape and little-endian float32 bytes; names play no part."""
        head = ",".join(map(str, self.sources.shape)).encode()
        return hashlib.sha256(head + b";" + self.sources.astype("<f4").tobytes()).hexdigest()


def _check_sources(sources: object) -> None:
    if not isinstance(sources, np.ndarray) or sources.dtype != np.float32 or sources.ndim != 3:
        raise CaseError("The sources are not a float32 array (K, H, W).")
    if len(sources) not in (2, 3):
        raise CaseError(f"There are {len(sources)} source images; expected 2 or 3.")
    if sources[0].size > MAX_PIXELS:
        raise CaseError(f"The sources have {sources[0].size} pixels each; expected at most {MAX_PIXELS}.")
    for index, image in enumerate(sources):
        if image.size == 0 or not np.isfinite(image).all():
            raise CaseError(f"Source {index} is empty or holds NaN or infinity; expected numbers in [0, 1].")
        low, high = float(image.min()), float(image.max())
        if low < 0.0 or high > 1.0:
            raise CaseError(f"Source {index} ranges from {low:g} to {high:g}; expected [0, 1].")
        if high - low < 1.0 / LEVELS:
            raise CaseError(f"Source {index} is constant ({low:g} everywhere); expected an image.")


def _check_modalities(names: object, count: int) -> None:
    if not isinstance(names, tuple) or len(names) != count:
        raise CaseError(f"The modalities are {names!r}; expected a tuple of {count} names, one per source.")
    for name in names:
        _check_text(name, "modality")
    if len(set(names)) != count:
        raise CaseError(f"The modalities are {', '.join(names)}; expected different names.")


def _check_regions(regions: object, shape: tuple[int, ...]) -> None:
    if not isinstance(regions, tuple) or not all(isinstance(region, Region) for region in regions):
        raise CaseError("The regions are not a tuple of Region.")
    seen: set[str] = set()
    for region in regions:
        if region.mask.shape != shape:
            raise CaseError(
                f"The mask of region {region.id!r} is {size(region.mask)}; expected {shape[1]}×{shape[0]}."
            )
        if region.id in seen:
            raise CaseError(f"There are two regions with the id {region.id!r}; expected different ids.")
        seen.add(region.id)


def list_case_folders(roots: Iterable[Path]) -> dict[str, Path]:
    """The case studies of some folders: id -> folder, in the order of `roots`, then by name.

    A sub-folder with a case.toml is a case study; others are passed over. Nothing is read.

    Raises:
        CaseError: a root is no folder, a case study's folder is not named by a valid id, or two
            of them have the same id (the sentence names both).
    """
    found: dict[str, Path] = {}
    for root in roots:
        if not root.is_dir():
            raise CaseError(f"{root}: not a folder; expected a folder of case studies.")
        for folder in sorted(root.iterdir()):
            if folder.name.startswith(".") or not (folder / "case.toml").is_file():
                continue
            if not ID_PATTERN.fullmatch(folder.name):
                raise CaseError(f"{folder}: the folder's name is no id; expected only a-z, 0-9, '-', '_'.")
            other = found.setdefault(folder.name, folder)
            if other != folder:
                raise CaseError(f"Two case studies have the id {folder.name!r}: {other} and {folder}.")
    return found


def load_case(folder: Path) -> CaseStudy:
    """Read the case study in `folder`, whose name is its id.

    Raises:
        CaseError: a file is missing, damaged or not valid; the sentence names it.
    """
    case_id = check_id(folder.name)
    toml = folder / "case.toml"
    table = read_toml(toml)
    modalities = entry(table, "modalities", list, toml)
    sources = _load_sources(folder, len(modalities))
    regions = _regions(table, toml)
    try:
        return CaseStudy(
            id=case_id,
            title=entry(table, "title", str, toml),
            description=entry(table, "description", str, toml),
            modalities=tuple(modalities),
            sources=sources,
            regions=tuple(_load_region(folder, part, sources.shape[1:]) for part in regions),
            provenance=entry(table, "provenance", str, toml),
            synthetic=entry(table, "synthetic", bool, toml),
        )
    except CaseError as error:
        raise CaseError(str(error) if str(error).startswith(str(folder)) else f"{toml}: {error}") from None


def _load_sources(folder: Path, count: int) -> NDArray[np.float32]:
    if count not in (2, 3):
        raise CaseError(f"{folder / 'case.toml'}: there are {count} modalities; expected 2 or 3.")
    images: list[NDArray[np.float32]] = []
    for path in (folder / f"source-{k}.png" for k in range(count)):
        image = read_levels(path)
        if images and image.shape != images[0].shape:
            raise CaseError(f"{path}: the image is {size(image)}; expected {size(images[0])} as source-0.")
        images.append(image)
    return np.stack(images)


def _regions(table: dict[str, Any], path: Path) -> list[dict[str, Any]]:
    regions = table.get("regions", [])
    if not isinstance(regions, list) or not all(isinstance(region, dict) for region in regions):
        raise CaseError(f"{path}: 'regions' is not a list of tables.")
    return regions


def _load_region(folder: Path, table: dict[str, Any], shape: tuple[int, ...]) -> Region:
    toml = folder / "case.toml"
    name = entry(table, "file", str, toml)
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name):
        raise CaseError(f"{toml}: {name!r} is not the name of a region's file in this folder.")
    mask = read_png(folder / name) > 0
    if not mask.any():
        raise CaseError(f"{folder / name}: the mask is empty; expected at least one pixel.")
    if mask.shape != shape:
        raise CaseError(f"{folder / name}: the mask is {size(mask)}; expected {shape[1]}×{shape[0]}.")
    return Region(
        id=entry(table, "id", str, toml),
        title=entry(table, "title", str, toml),
        mask=mask,
        description=entry({"description": "", **table}, "description", str, toml),
    )


def save_case(case: CaseStudy, folder: Path, *, replace: bool = False) -> None:
    """Write `case` to `folder`, whose name must be its id: all of it, or nothing.

    The sources are rounded to 16 bits (`quantise` beforehand keeps digests equal).

    Raises:
        CaseError: the folder's name is not the id, or it exists and `replace` is false.
    """
    if folder.name != case.id:
        raise CaseError(f"{folder}: the folder of case study {case.id!r} must be named {case.id!r}.")
    if folder.exists() and not replace:
        raise CaseError(f"{folder}: exists already; nothing was written.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{case.id}.", dir=folder.parent) as scratch:
        fresh = Path(scratch) / "new"
        fresh.mkdir()
        _write_files(case, fresh)
        publish({fresh: folder}, Path(scratch))


def _write_files(case: CaseStudy, folder: Path) -> None:
    regions = []
    for k, source in enumerate(case.sources):
        write_levels(source, folder / f"source-{k}.png")
    for region in case.regions:
        name = f"region-{region.id}.png"
        write_mask(region.mask, folder / name)
        text = {"id": region.id, "title": region.title, "description": region.description, "file": name}
        regions.append(text)
    keys = ("title", "description", "modalities", "provenance", "synthetic")
    write_toml({**{key: getattr(case, key) for key in keys}, "regions": regions}, folder / "case.toml")
