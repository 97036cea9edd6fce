"""What a file of somebody else's network holds, and a first card for it.

Owns the first look at a repository: which modules it has, what they take, how one of them can be called as a
fusion of two grey images, and which checkpoint fits. A folder is only read; a file is run, as its plug-in
would be. What is found is a proposal: `python -m models check` decides.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models.checkpoints import WeightsError
from models.convert import tensor_places
from models.plugins.adapt import CONCATENATED, SEPARATE, adapt
from models.plugins.authors import fill, scope_of
from models.plugins.reasons import RefusedError, explain
from models.plugins.scope import PluginScope

CHECKPOINTS = (".pth", ".pt", ".ckpt", ".model", ".bin", ".safetensors")
_EVEN, _ODD = (64, 96), (61, 83)
_MULTIPLES = (1, 2, 4, 8, 16, 32, 64)
_PARTS = (("encod",), ("fus", "rule"), ("decod",))


@dataclass(frozen=True)
class Found:
    """A class of a file that is a module.

    Attributes:
        name: of the class.
        made: the signature of its constructor, as text.
        called: the signature of its `forward`.
        lacking: arguments without a default, which a card has to give.
        options: keys of a card with which it fuses two images; empty where none was found.
        weights: the checkpoint that fits, None where none does.
        state: where in it.
        said: why it could not be made or called; empty where it could.
    """

    name: str
    made: str
    called: str
    lacking: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    weights: Path | None = None
    state: str = ""
    said: str = ""


def list_modules(folder: Path) -> dict[Path, tuple[str, ...]]:
    """Names of the classes in a folder's files that look like modules; nothing is run.

    A class looks like one when what it is made from is called `Module`, or is such a class of its file.
    """
    found = {}
    for path in sorted(folder.rglob("*.py")):
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
        names: list[str] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
                if bases & {"Module", *names}:
                    names.append(node.name)
        if names:
            found[path] = tuple(names)
    return found


def inspect_file(file: Path, folder: Path) -> tuple[Found, ...]:
    """Run a file within its plug-in folder, and try each of its modules.

    Args:
        file: Python, in the folder or below it.
        folder: where the card will lie; checkpoints are looked for in the file's repository in it.

    Raises:
        ValueError: there is no such file in the folder, or running it fails; the sentence says how.
    """
    file, folder = file.resolve(), folder.resolve()
    if not file.is_file() or file.suffix != ".py" or not file.is_relative_to(folder):
        raise ValueError(f"There is no Python file {file.name!r} in {folder.name}; expected one.")
    scope = scope_of(file, folder)
    try:
        made = scope.run(file)
    except ModuleNotFoundError as error:
        raise ValueError(
            f"{explain(error, file).rstrip('.')}: install it, or, where it is a file of the repository, name "
            "the folder above the repository with --folder."
        ) from None
    except (Exception, SystemExit) as error:  # whatever foreign code raises is its reason
        raise ValueError(explain(error, file)) from None
    classes = [
        value
        for value in vars(made).values()
        if isinstance(value, type) and issubclass(value, nn.Module) and value.__module__ == made.__name__
    ]
    checkpoints = dict(_checkpoints(scope.folder))
    return tuple(_tried(each, scope, checkpoints) for each in classes)


def best_of(found: tuple[Found, ...]) -> Found | None:
    """The module that a card is for: its weights fit, it fuses, it comes last, as wholes come after parts."""
    ranked = [(one.weights is not None, bool(one.options), place) for place, one in enumerate(found)]
    return found[max(ranked)[2]] if ranked else None


def first_card(found: Found, file: Path, folder: Path) -> str:
    """A card as TOML; what nobody could find out stands as a comment that says so."""
    file, folder = file.resolve(), folder.resolve()
    lines = [
        f"title = {json.dumps(found.name)}",
        f"module = {json.dumps(f'{file.relative_to(folder).as_posix()}:{found.name}')}",
    ]
    if found.lacking:
        given = ", ".join(f"{name} = 1" for name in found.lacking)
        lines.append(f"# arguments = {{ {given} }}   # of {found.name}{found.made}: say their values")
    if found.weights is not None:
        lines.append(f"weights = {json.dumps(found.weights.relative_to(folder).as_posix())}")
        lines += [f"state = {json.dumps(found.state)}"] if found.state else []
    else:
        lines.append('# weights = "FILE.pth"   # no checkpoint that fits was found')
    if found.options:
        lines += [f"{key} = {json.dumps(value)}" for key, value in found.options.items()]
    else:
        lines.append(f'# inputs = "concatenated"   # or "separate", …: its forward is {found.called}')
    lines.append("# range = [-1, 1]   # or [0, 255], where its images are not in [0, 1]: see its test script")
    return "\n".join(lines) + "\n"


def _checkpoints(folder: Path) -> Iterator[tuple[Path, dict[str, dict[str, Tensor]]]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in CHECKPOINTS and path.is_file():
            try:
                yield path, tensor_places(path)
            except WeightsError:
                continue


def _tried(kind: type[nn.Module], scope: PluginScope, checkpoints: dict[Path, Any]) -> Found:
    parameters = inspect.signature(kind).parameters.values()
    lacking = tuple(
        each.name
        for each in parameters
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    )
    called = "(" + ", ".join([*inspect.signature(kind.forward).parameters][1:]) + ")"
    found = Found(kind.__name__, str(inspect.signature(kind)), called, lacking)
    if lacking:
        return replace(found, said=f"needs {', '.join(lacking)}")
    try:
        with scope.entered():
            module = kind().eval()
    except (Exception, SystemExit) as error:  # whatever foreign code raises is its reason
        return replace(found, said=explain(error))
    place = _fitting(module, checkpoints)
    options, said = _options(module)
    weights, state = place or (None, "")
    return replace(found, weights=weights, state=state, options=options, said=said)


def _fitting(module: nn.Module, checkpoints: dict[Path, Any]) -> tuple[Path, str] | None:
    """The first checkpoint that a module takes, which it is then filled with."""
    if not module.state_dict():
        return None
    for path, places in checkpoints.items():
        for state, tensors in places.items():
            try:
                fill(module, tensors)
            except RefusedError:
                continue
            return path, state
    return None


def _options(module: nn.Module) -> tuple[dict[str, Any], str]:
    """The least options with which a module fuses images of any size, or why none of them do."""
    said = ""
    for inputs in (SEPARATE if _takes_two(module) else CONCATENATED, *_parts(module)):
        for channels in (1, 3):
            options = {"inputs": inputs, "channels": channels}
            output, why = _output(module, options)
            said = said or why
            if why:
                continue
            options |= {} if output is None else {"output": output}
            for multiple in _MULTIPLES:
                why = _fuses(module, {**options, "multiple": multiple}, _ODD)
                if not why:
                    return {**options, **({"multiple": multiple} if multiple > 1 else {})}, ""
            said = said or why
    return {}, said


def _takes_two(module: nn.Module) -> bool:
    """Whether `forward` can be given two images."""
    try:
        inspect.signature(module.forward).bind(0, 0)
    except TypeError:
        return False
    return True


def _parts(module: nn.Module) -> list[list[str]]:
    """Names of an encoder, a rule and a decoder among a module's methods, where it has one of each."""
    methods = [name for name in vars(type(module)) if name[0] != "_" and callable(getattr(module, name))]
    chosen = [
        next((name for name in methods if any(part in name for part in parts)), None) for parts in _PARTS
    ]
    return [[name for name in chosen if name]] if all(chosen) else []


def _output(module: nn.Module, options: dict[str, Any]) -> tuple[int | str | None, str]:
    """Which of a module's outputs is a fused image; None where it has only that. Else why there is none."""
    why = _fuses(module, options, _EVEN)
    if "`output`" not in why:
        return None, why
    keys = why.partition(" a dict of ")[2].partition(";")[0].split(", ")
    for output in keys if keys != [""] else range(4):
        if not _fuses(module, {**options, "output": output}, _EVEN):
            return output, ""
    return None, why


def _fuses(module: nn.Module, options: dict[str, Any], size: tuple[int, int]) -> str:
    """Empty where a module fuses two images of a size, else what went wrong."""
    images = torch.rand((2, 1, 1, *size), generator=torch.Generator().manual_seed(0))
    try:
        with torch.no_grad():
            fused = adapt(module, **options)(*images)
    except Exception as error:  # whatever a foreign module raises is its reason
        return explain(error)
    if fused.shape != images[0].shape:
        return f"It returns {tuple(fused.shape)} for images {tuple(images[0].shape)}."
    return ""
