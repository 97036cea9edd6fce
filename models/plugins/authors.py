"""A module from its authors' own file and checkpoint, as a card describes them; no Python to write."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models.convert import read_tensors
from models.plugins.adapt import adapt
from models.plugins.reasons import RefusedError
from models.plugins.scope import PluginScope

OPTIONS = ("inputs", "channels", "range", "multiple", "padding", "output")
_LISTED = 5


def authors_module(card: Mapping[str, Any], folder: Path, scope: PluginScope) -> nn.Module:
    """The adapted network of a card with `module`.

    Args:
        card: its keys; see `models.plugins.cards`.
        folder: where it lies.
        scope: of the folder that holds the network's code.

    Raises:
        RefusedError: one sentence that names the key of the card that would help.
        WeightsError: the checkpoint cannot be read as tensors.
        Exception: whatever the authors' code raises.
    """
    file, name = module_place(card["module"], folder)
    made = scope.run(file)
    factory = getattr(made, name, None)
    if not callable(factory):
        offered = [
            each
            for each, value in vars(made).items()
            if isinstance(value, type) and issubclass(value, nn.Module)
        ]
        raise RefusedError(
            f"'module': {file.name} has no {name!r}; expected one of: {', '.join(offered) or 'none'}."
        )
    try:
        with scope.entered():
            module = factory(**card.get("arguments", {}))
    except TypeError as error:
        raise RefusedError(f"'arguments': {name} refuses them ({error}).") from None
    if not isinstance(module, nn.Module):
        raise RefusedError(f"'module': {name} made {type(module).__name__}; expected a module.")
    if "weights" in card:
        fill(module, read_tensors(folder / card["weights"], card.get("state", "")))
    try:
        adapted = adapt(module, **{key: card[key] for key in OPTIONS if key in card})
    except ValueError as error:
        raise RefusedError(f"{str(error).rstrip('.')}.") from None
    return adapted.double() if card.get("precision") == "float64" else adapted


def module_place(text: str, folder: Path) -> tuple[Path, str]:
    """File and name of `"densefuse/net.py:DenseFuse"`, within the folder.

    Raises:
        RefusedError: it has another form, or there is no such file in the folder.
    """
    place, _, name = text.rpartition(":")
    file = (folder / place).resolve()
    if not name.isidentifier() or file.suffix != ".py" or not file.is_relative_to(folder.resolve()):
        raise RefusedError(f"'module' is {text!r}; expected \"FILE.py:CLASS\", a file in this folder.")
    if not file.is_file():
        raise RefusedError(f"'module': there is no {place} in {folder.name}.")
    return file, name


def scope_of(file: Path, folder: Path) -> PluginScope:
    """The scope of a file of a plug-in folder: the folder of its repository in there, or all of it."""
    first = file.relative_to(folder).parts[0]
    return PluginScope(folder if first == file.name else folder / first, file.parent)


def fill(module: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Load a state dict, whatever prefix its names have; raises RefusedError."""
    wanted = module.state_dict()
    found = _without_prefix(tensors, set(wanted))
    missing = [name for name in wanted if name not in found and not name.endswith("num_batches_tracked")]
    extra = [name for name in found if name not in wanted]
    if missing or extra:
        parts = [
            f"{kind} {', '.join(names[:_LISTED])}{' …' if len(names) > _LISTED else ''}"
            for kind, names in (("it lacks", missing), ("it has besides", extra))
            if names
        ]
        raise RefusedError(
            f"'weights' do not fit the network: {'; '.join(parts)}; expected its state dict ('state' says "
            "where in the file, 'arguments' how the network is made)."
        )
    for name, value in found.items():
        if value.shape != wanted[name].shape:
            raise RefusedError(
                f"'weights': {name} has shape {tuple(value.shape)}; the network has "
                f"{tuple(wanted[name].shape)}, which 'arguments' may change."
            )
    with torch.no_grad():
        module.load_state_dict(found, strict=False)


def _without_prefix(tensors: dict[str, Tensor], wanted: set[str]) -> dict[str, Tensor]:
    """The names without what stands before all of them ("module.", "net."), as often as that helps."""
    found = tensors
    while found and not wanted & set(found):
        heads = {name.partition(".")[0] for name in found}
        if len(heads) != 1 or not all("." in name for name in found):
            return tensors
        found = {name.partition(".")[2]: value for name, value in found.items()}
    return found
