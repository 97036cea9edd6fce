"""A plug-in without code: a TOML card beside an archive or beside weights.

title = "Our network"                   # the only key that must be there, besides one of the next two
archive = "ours.pt2"                    # a torch.export archive in the same folder
network = "masknet"                     # or: a network of the project, weights in NAME.safetensors
id = "ours"                             # default: the card's file name
paper = "…"   description = "…"   deviations = ["…"]   sources = 2
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from models.plugins.archive import load_archive, read_bytes
from models.registry import MethodSpec, Provided, UnknownMethodError, get_method

_KEYS = ("title", "archive", "network", "id", "paper", "description", "deviations", "sources")
_KINDS = {"int": "a whole number", "list": "a list of texts", "str": "a text"}


class CardError(ValueError):
    """The card cannot be used; what is wrong, without the file's name and the full stop."""


def read_method_card(path: Path) -> MethodSpec:
    """The method that a card describes; its digest is not filled in yet.

    Raises:
        CardError: not a TOML file, a key is missing, unknown or of another kind.
    """
    card = _read(path)
    kind = [key for key in ("archive", "network") if key in card]
    if len(kind) != 1:
        raise CardError(f"{len(kind)} of 'archive' and 'network' are given; expected one")
    sources = card.get("sources", 2)
    if kind == ["archive"]:
        archive = path.parent / Path(card["archive"]).name
        if archive.name != card["archive"] or archive.suffix != ".pt2":
            raise CardError(f"'archive' is {card['archive']!r}; expected the name of a .pt2 file beside it")
        if not archive.is_file():
            raise CardError(f"{archive.name} is missing beside it")
        provided = Provided((path, archive), "")

        def factory() -> Any:
            return load_archive(read_bytes(archive), sources)
    else:
        try:
            network = get_method(card["network"])
        except UnknownMethodError as error:
            raise CardError(f"'network': {str(error).rstrip('.')}") from None
        factory, sources = network.factory, network.sources
        weights = path.parent / f"{card.get('id', path.stem)}.safetensors"
        provided = Provided((path, weights, weights.with_suffix(".json")), "", path.parent)
    return MethodSpec(
        id=card.get("id", path.stem),
        title=card["title"],
        paper=card.get("paper", ""),
        description=card.get("description", ""),
        factory=factory,
        deviations=tuple(card.get("deviations", ())),
        sources=sources,
        provided=provided,
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        card = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CardError(f"it is not a readable TOML file ({error})") from None
    if "title" not in card:
        raise CardError("it has no 'title'")
    for key, value in card.items():
        if key not in _KEYS:
            raise CardError(f"{key!r} is not known; expected {', '.join(_KEYS)}")
        kind = {"sources": "int", "deviations": "list"}.get(key, "str")
        texts = not isinstance(value, list) or all(isinstance(line, str) for line in value)
        if type(value).__name__ != kind or not texts:
            raise CardError(f"{key!r} is {value!r}; expected {_KINDS[kind]}")
    return card
