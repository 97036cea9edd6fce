"""A plug-in without code: a TOML card beside an archive, weights, or the authors' own files.

title = "Our network"                   # the only key that must be there, besides one of the next three
archive = "ours.pt2"                    # a torch.export archive in the same folder
network = "masknet"                     # or: a network of the project, weights in NAME.safetensors
module = "densefuse/net.py:DenseFuse"   # or: a class of a file in this folder, or a function that makes one
id = "ours"                             # default: the card's file name
paper = "…"   description = "…"   deviations = ["…"]   sources = 2

With `module` also: arguments = { … } of the class, weights = "FILE" (tensors only), state = "state_dict"
(where in it), precision = "float64", and the options of `models.plugins.adapt.adapt`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.plugins.archive import load_archive, read_bytes
from models.plugins.authors import authors_module, module_place, scope_of
from models.plugins.reasons import RefusedError
from models.registry import MethodSpec, Provided, UnknownMethodError, get_method

_OF_MODULES: dict[str, tuple[type, ...]] = {
    "module": (str,),
    "arguments": (dict,),
    "weights": (str,),
    "state": (str,),
    "precision": (str,),
    "inputs": (str, list),
    "channels": (int, str),
    "range": (list,),
    "multiple": (int,),
    "padding": (str,),
    "output": (int, str),
}
_KEYS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("title", "archive", "network", "id", "paper", "description"), (str,)),
    "deviations": (list,),
    "sources": (int,),
    **_OF_MODULES,
}
_KINDS = {int: "a whole number", list: "a list", str: "a text", dict: "a table { … }"}
_PRECISIONS = ("float32", "float64")


class CardError(ValueError):
    """The card cannot be used; what is wrong, without the file's name and the full stop."""


def read_method_card(path: Path) -> MethodSpec:
    """The method that a card describes; its digest is not filled in yet.

    Raises:
        CardError: not a TOML file, a key is missing, unknown or of another kind.
    """
    card = _read(path)
    kind = [key for key in ("archive", "network", "module") if key in card]
    if len(kind) != 1:
        raise CardError(f"{len(kind)} of 'archive', 'network' and 'module' are given; expected one")
    stray = [key for key in _OF_MODULES if key in card and kind != ["module"]]
    if stray:
        raise CardError(f"{stray[0]!r} goes with 'module', not with {kind[0]!r}")
    sources = card.get("sources", 2)
    if kind == ["archive"]:
        archive = path.parent / Path(card["archive"]).name
        if archive.name != card["archive"] or archive.suffix != ".pt2":
            raise CardError(f"'archive' is {card['archive']!r}; expected the name of a .pt2 file beside it")
        if not archive.is_file():
            raise CardError(f"{archive.name} is missing beside it")
        provided = Provided((path, archive), "")

        def load() -> Any:
            return load_archive(read_bytes(archive), sources)

        factory = load
    elif kind == ["module"]:
        factory, provided = _authors(card, path)
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


def named_files(folder: Path) -> set[Path]:
    """The files of a folder that its cards name: they belong to a card, and are no plug-ins themselves."""
    found = set()
    for path in folder.glob("*.toml"):
        try:
            card = _read(path)
        except CardError:
            continue
        places = (card.get("weights", ""), card.get("module", "").rpartition(":")[0])
        found |= {folder / place for place in places if place}
    return found


def _authors(card: dict[str, Any], path: Path) -> tuple[Callable[[], Any], Provided]:
    """What makes the authors' network, and the files that are named."""
    if card.get("precision", "float32") not in _PRECISIONS:
        raise CardError(f"'precision' is {card['precision']!r}; expected one of: {', '.join(_PRECISIONS)}")
    folder = path.parent
    try:
        file, _ = module_place(card["module"], folder)
    except RefusedError as refusal:
        raise CardError(str(refusal).rstrip(".")) from None
    weights = folder / card.get("weights", path.name)
    if not weights.resolve().is_relative_to(folder.resolve()) or not weights.is_file():
        raise CardError(f"'weights': there is no {card['weights']} in {folder.name}")
    scope = scope_of(file, folder.resolve())
    files = (path, file, *((weights,) if "weights" in card else ()))
    return lambda: authors_module(card, folder, scope), Provided(files, "", scope=scope)


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
        kinds = _KEYS[key]
        texts = key != "deviations" or all(isinstance(line, str) for line in value)
        if type(value) not in kinds or not texts:
            raise CardError(f"{key!r} is {value!r}; expected {' or '.join(_KINDS[kind] for kind in kinds)}")
    return card
