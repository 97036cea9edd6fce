"""`python -m precompute import`: case studies from two or three files, or from folders of them.

Owns the way from image files to a case study's folder: all pairs are read and checked before
anything is written, and everything is written or nothing. Reading is `readers.py`'s, validity and
layout are `case_study.py`'s.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

from precompute import settings
from precompute.cases.case_files import publish, size
from precompute.cases.case_study import (
    BUNDLED,
    CaseError,
    CaseStudy,
    Region,
    check_id,
    quantise,
    save_case,
)
from precompute.cases.readers import SUFFIXES, Picture, normalise, read_mask, read_picture, stem

NAMED = 8


@dataclass(frozen=True)
class Request:
    """What to import, besides the files: the flags of the command.

    `id` is the id of the case study; with folders, the beginning of each id (may then be empty).
    `regions` maps a region's title to its mask: a file, or with folders a folder of masks that are
    named as the images.
    """

    modalities: tuple[str, ...]
    id: str = ""
    title: str = ""
    description: str = ""
    slice_index: int | None = None
    regions: Mapping[str, Path] = field(default_factory=dict)


def make_id(*parts: str) -> str:
    """An id from free text: lower case, anything but letters, digits, '-' and '_' becomes '-'."""
    words = (re.sub(r"[^a-z0-9_]+", "-", part.lower()).strip("-") for part in parts)
    return "-".join(word for word in words if word).lstrip("_")[:64]


def case_from_files(files: Sequence[Path], request: Request) -> CaseStudy:
    """Read a case study from one file per modality, each min-max scaled on its own.

    Raises:
        CaseError: a file cannot be read (`readers.read_image`), sizes or numbers of slices differ,
            a mask has another size, or an id, title or modality is not valid.
    """
    check_id(request.id)
    if len(files) not in (2, 3):
        raise CaseError(f"Number of source files: {len(files)}; expected 2 or 3.")
    pictures = [read_picture(path, request.slice_index) for path in files]
    _check_same(files, pictures)
    shape = pictures[0].values.shape
    regions = tuple(_region(title, path, shape, request) for title, path in request.regions.items())
    return CaseStudy(
        id=request.id,
        title=request.title or request.id,
        description=request.description,
        modalities=request.modalities,
        sources=quantise(np.stack([normalise(picture.values) for picture in pictures])),
        regions=regions,
        provenance=_provenance(files, pictures),
        synthetic=False,
    )


def _provenance(files: Sequence[Path], pictures: Sequence[Picture]) -> str:
    """The files' names (with their folders' where they are the same) and slices, never whole paths."""
    alike = len({path.name for path in files}) < len(files)
    names = []
    for path, picture in zip(files, pictures, strict=True):
        name = f"{path.parent.name}/{path.name}" if alike else path.name
        names.append(f"{name} ({picture.note})" if picture.note else name)
    return f"Imported from {' and '.join(names)}."


def _check_same(files: Sequence[Path], pictures: Sequence[Picture]) -> None:
    first = pictures[0]
    for path, picture in zip(files[1:], pictures[1:], strict=True):
        if picture.values.shape != first.values.shape:
            expected = f"{size(first.values)} as in {files[0].name}"
            raise CaseError(f"{path}: the image is {size(picture.values)}; expected {expected}.")
        if first.count is not None and picture.count is not None and picture.count != first.count:
            expected = f"{first.count} as in {files[0].name}"
            raise CaseError(f"{path}: the volume has {picture.count} slices; expected {expected}.")


def _region(title: str, path: Path, shape: tuple[int, ...], request: Request) -> Region:
    region_id = make_id(title)
    if not region_id:
        raise CaseError(f"The region name {title!r} has no letter or digit; expected one for its id.")
    mask = read_mask(path, request.slice_index)
    if mask.shape != shape:
        expected = f"{shape[1]}×{shape[0]} as the sources"
        raise CaseError(f"{path}: the mask is {size(mask)}; expected {expected}.")
    return Region(region_id, title, mask)


def cases_from_folders(folders: Sequence[Path], request: Request) -> tuple[list[CaseStudy], str]:
    """Read a case study from every name that all folders have; the id is `request.id`-name.

    Returns:
        The case studies, and one sentence on the names left over (empty without any).

    Raises:
        CaseError: as `case_from_files`, for the first bad pair; no name is in all folders; two
            files of a folder, or two ids, have the same name.
    """
    listed = [_images(folder) for folder in folders]
    common = sorted(set.intersection(*(set(images) for images in listed)))
    alone = sorted({images[name].name for images in listed for name in images if name not in common})
    left = f"{len(alone)} files without a partner were left out: {_some(alone)}." if alone else ""
    if not common:
        names = " and ".join(str(folder) for folder in folders)
        raise CaseError(f"No name is in all of {names}; expected images that pair by name. {left}".strip())
    masks = {title: _images(folder) for title, folder in request.regions.items()}
    for title, files in masks.items():
        if not set(files) & set(common):
            folder = request.regions[title]
            raise CaseError(f"{folder}: no mask is named as one of the images; expected some for {title!r}.")
    cases: dict[str, CaseStudy] = {}
    for name in tqdm(common, desc="reading", unit="pair", disable=not sys.stderr.isatty()):
        own = Request(
            modalities=request.modalities,
            id=make_id(request.id, name),
            title=f"{request.title or request.id} {name}".strip(),
            description=request.description,
            slice_index=request.slice_index,
            regions={title: files[name] for title, files in masks.items() if name in files},
        )
        if own.id in cases:
            raise CaseError(f"{listed[0][name]}: a second file that gives the id {own.id!r}.")
        cases[own.id] = case_from_files([images[name] for images in listed], own)
    return list(cases.values()), left


def _images(folder: Path) -> dict[str, Path]:
    """The image files of a folder by name without suffix; hidden files are passed over."""
    if not folder.is_dir():
        raise CaseError(f"{folder}: not a folder; expected folders only, or files only.")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not path.is_file() or not path.name.lower().endswith(SUFFIXES):
            continue
        other = found.setdefault(stem(path), path)
        if other != path:
            raise CaseError(f"{path}: {other.name} has the same name; expected one image of each name.")
    return found


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def write_cases(cases: Iterable[CaseStudy], root: Path, *, force: bool = False) -> list[Path]:
    """Write case studies below `root`, all of them or none; returns their folders.

    Raises:
        CaseError: one of the ids is taken, in `root` (unless `force`) or by a bundled case study.
    """
    cases = list(cases)
    places = {case.id: root / case.id for case in cases}
    for case_id, place in places.items():
        if (BUNDLED / case_id).exists() and root.resolve() != BUNDLED.resolve():
            raise CaseError(f"The id {case_id!r} is that of a bundled case study; expected another one.")
        if place.exists() and not force:
            raise CaseError(f"{place}: exists already; expected a new id, or --force to replace it.")
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".import.", dir=root) as scratch:
        new, old = Path(scratch, "new"), Path(scratch, "old")
        new.mkdir()
        old.mkdir()
        for case in cases:
            save_case(case, new / case.id)
        publish({new / case_id: place for case_id, place in places.items()}, old)
    return list(places.values())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `python -m precompute import`."""
    parser.add_argument(
        "sources",
        type=Path,
        nargs="+",
        metavar="SOURCE",
        help="two or three files, or folders paired by name",
    )
    parser.add_argument("--id", default="", help="id of the case study; with folders, how each id begins")
    parser.add_argument("--title", default="", help="title (default: the id)")
    parser.add_argument("--description", default="", help="a sentence or two on what is shown")
    parser.add_argument(
        "--modalities", required=True, help="names of the sources, in order, as in 'T2-MRI,FDG-PET'"
    )
    parser.add_argument("--slice", type=int, metavar="N", help="slice of a volume (default: the middle one)")
    parser.add_argument(
        "--region",
        action="append",
        default=[],
        metavar="NAME=MASK",
        help="a region of interest and its mask image, not 0 inside (with folders: a folder of masks)",
    )
    parser.add_argument(
        "--cases", type=Path, metavar="DIR", help="folder that gets the case study (default: FUSEVIS_CASES)"
    )
    parser.add_argument("--force", action="store_true", help="replace a case study of the same id")


def run(args: argparse.Namespace) -> int:
    """Import, say what was written; returns the exit status."""
    root = args.cases or _default_root()
    request = Request(
        modalities=tuple(name.strip() for name in args.modalities.split(",")),
        id=args.id,
        title=args.title,
        description=args.description,
        slice_index=args.slice,
        regions=_named_masks(args.region),
    )
    left = ""
    if all(source.is_dir() for source in args.sources) and len(args.sources) in (2, 3):
        cases, left = cases_from_folders(args.sources, request)
    else:
        cases = [case_from_files(args.sources, request)]
    for case, folder in zip(cases, write_cases(cases, root, force=args.force), strict=True):
        sys.stdout.write(f"{folder}: {case.shape[1]}×{case.shape[0]}, {len(case.regions)} regions. ")
        sys.stdout.write(case.provenance + "\n")
    if left:
        sys.stderr.write(left + "\n")
    return 0


def _default_root() -> Path:
    roots = settings.case_roots()
    if len(roots) < 2:
        raise CaseError("There is no folder to import into; expected --cases DIR or FUSEVIS_CASES.")
    return roots[1]


def _named_masks(texts: Iterable[str]) -> dict[str, Path]:
    masks: dict[str, Path] = {}
    for text in texts:
        name, equals, path = (part.strip() for part in text.partition("="))
        if not (equals and name and path):
            raise CaseError(f"The region {text!r} is not of the form NAME=MASK, as in 'oedema=oedema.png'.")
        if name in masks:
            raise CaseError(f"The region {name!r} is given twice; expected one mask for each.")
        masks[name] = Path(path)
    return masks
