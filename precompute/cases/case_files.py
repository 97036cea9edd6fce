"""The files inside a case study's folder: grey PNG images and the case.toml.

Owns bytes <-> arrays and tables, and the one kind of error. Knows not what a case study is: that is
`case_study.py`.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MAX_PIXELS = 8192 * 8192
LEVELS = 65535.0
ID_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class CaseError(ValueError):
    """A case study cannot be made, read or written; the message is one sentence."""


def check_id(value: object, what: str = "case study") -> str:
    """The id itself; raises `CaseError` unless it is safe as the name of a folder or a file."""
    if not isinstance(value, str) or not ID_PATTERN.fullmatch(value):
        raise CaseError(
            f"{value!r} is not a {what} id; expected 1 to 64 of a-z, 0-9, '-' and '_', "
            "starting with a letter or a digit."
        )
    return value


def quantise(image: NDArray[Any]) -> NDArray[np.float32]:
    """Values in [0, 1] rounded to the 16-bit levels that a case study keeps on disk, float32."""
    return (np.rint(np.asarray(image, dtype=np.float64) * LEVELS) / LEVELS).astype(np.float32)


def size(array: NDArray[Any]) -> str:
    """Width×height, as people write an image's size."""
    return f"{array.shape[1]}×{array.shape[0]}"


def read_toml(path: Path) -> dict[str, Any]:
    """The table of a TOML file; raises `CaseError` naming a file that is missing or damaged."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CaseError(f"{path}: missing; expected a case study's description.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CaseError(f"{path}: not a readable TOML file ({one_line(error)}).") from None


def entry(table: dict[str, Any], key: str, kind: type, path: Path) -> Any:
    """`table[key]`; raises `CaseError` naming the file if it is missing or not of that kind."""
    if not isinstance(table.get(key), kind):
        raise CaseError(f"{path}: {key!r} is {table.get(key)!r}; expected a {kind.__name__}.")
    return table[key]


def read_levels(path: Path) -> NDArray[np.float32]:
    """A source image (H, W) in [0, 1] from an 8- or 16-bit grey PNG; raises `CaseError`."""
    levels = read_png(path)
    if levels.dtype == np.bool_ or levels.max() == levels.min():
        raise CaseError(f"{path}: the image is constant or has one bit; expected a 16-bit grey image.")
    top = 255.0 if levels.dtype == np.uint8 else LEVELS
    return (levels.astype(np.float64) / top).astype(np.float32)


def read_png(path: Path) -> NDArray[Any]:
    """The grey levels of a PNG (H, W), bool, uint8 or uint16; raises `CaseError` naming the file."""
    try:
        with Image.open(path, formats=["PNG"]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise CaseError(f"{path}: the image is too large; expected at most {MAX_PIXELS} pixels.")
            array = np.asarray(image)
            mode = image.mode
    except FileNotFoundError:
        raise CaseError(f"{path}: missing; expected a grey PNG image.") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, CaseError):
            raise
        raise CaseError(f"{path}: not a readable PNG image ({one_line(error)}).") from None
    if mode not in ("1", "L", "I;16", "I"):
        raise CaseError(f"{path}: the image has mode {mode}; expected a grey PNG image.")
    return array.astype(np.uint16) if mode.startswith("I") else array


def one_line(error: BaseException) -> str:
    """What a library says of an error, as part of a sentence."""
    return " ".join(str(error).split()).rstrip(".")


def write_levels(image: NDArray[np.float32], path: Path) -> None:
    """Write an image in [0, 1] (H, W) as a 16-bit grey PNG."""
    levels = np.rint(image.astype(np.float64) * LEVELS).astype(np.uint16)
    Image.fromarray(levels).save(path, format="PNG", optimize=True)


def write_mask(mask: NDArray[np.bool_], path: Path) -> None:
    """Write a mask (H, W) as a 1-bit PNG."""
    Image.fromarray(mask).save(path, format="PNG", optimize=True)


def write_toml(table: dict[str, Any], path: Path) -> None:
    """Write a table of texts, truth values, sequences of texts and, last, lists of such tables."""
    path.write_text("\n".join(_toml_lines(table)) + "\n", encoding="utf-8")


def _toml_lines(table: dict[str, Any]) -> list[str]:
    lines = []
    for key, value in table.items():
        if isinstance(value, list):
            for part in value:
                lines += ["", f"[[{key}]]", *_toml_lines(part)]
        elif isinstance(value, tuple):
            lines.append(f"{key} = [{', '.join(map(_quote, value))}]")
        else:
            lines.append(f"{key} = {str(value).lower() if isinstance(value, bool) else _quote(value)}")
    return lines


def _quote(text: str) -> str:
    """A TOML basic string: JSON's escapes, and that of DEL, which JSON leaves alone."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def publish(staged: Mapping[Path, Path], aside: Path) -> None:
    """Rename every staged folder into its place, or none of them.

    Args:
        staged: finished folder -> its place, on the same file system.
        aside: a folder that takes what lies at these places until then.

    Raises:
        OSError: a rename failed; everything is as it was.
    """
    done: list[tuple[Path, Path]] = []
    try:
        for number, (fresh, place) in enumerate(staged.items()):
            if place.exists():
                kept = aside / f"{number}-{place.name}"
                place.rename(kept)
                done.append((kept, place))
            fresh.rename(place)
            done.append((place, fresh))
    except BaseException:  # KeyboardInterrupt too: nothing may stay half done
        for now, before in reversed(done):
            now.rename(before)
        raise
