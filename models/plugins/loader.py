"""Plug-ins: fusion methods from a folder that is not part of the project.

Owns how files become registered methods. Per file, four things are understood:

- `NAME.py` calls `models.registry.register`; the weights of a method ID are `ID.safetensors` with its
  card `ID.json` beside it, as `models.checkpoints.save_weights` writes them;
- `NAME.toml` with `archive = "NAME.pt2"`: a `torch.export` archive, no code (see `models.plugins.cards`);
- `NAME.toml` with `network = "ID"`: a network of the project with other weights, from `python -m models
  convert`;
- `NAME.toml` with `module = "FILE.py:CLASS"`: the authors' own file and checkpoint, as they left them.

One that fails is reported and leaves nothing behind; the others are loaded. Names that begin with an
underscore or a dot are passed over.
"""

from __future__ import annotations

import logging
import re
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn

from models.checkpoints import WeightsError, files_digest
from models.plugins.archive import ArchiveError
from models.plugins.cards import CardError, named_files, read_method_card
from models.plugins.check import MethodCheck, check_method
from models.plugins.kept_checks import kept_check
from models.plugins.reasons import RefusedError, explain
from models.plugins.scope import PluginScope, within
from models.registry import MethodSpec, Provided, build, list_models, provided_by, register, unregister

_log = logging.getLogger(__name__)
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin")
_lock = threading.Lock()


@dataclass(frozen=True)
class PluginReport:
    """What became of a file, or of one method in it.

    Attributes:
        file: name of the file in the plug-in folder.
        method: the method's id; None where it never came so far.
        title: the method's title, else the file's name.
        reason: one sentence that says why it is refused; empty when it is accepted.
        check: what was measured, None where it never came so far.
    """

    file: str
    method: str | None
    title: str
    reason: str = ""
    check: MethodCheck | None = None

    @property
    def accepted(self) -> bool:
        """Whether the method is registered."""
        return not self.reason


def load_plugins(folder: Path, checks: Path | None = None) -> tuple[PluginReport, ...]:
    """Register what a folder holds; loading it again first takes back what came from it.

    Args:
        folder: its files' code is run, as any Python program that you start.
        checks: folder where checks that passed are kept; None: every network is checked anew.

    Returns:
        One report for every method and every file without one, in the order of the file names.

    Raises:
        ValueError: there is no such folder.
    """
    if not folder.is_dir():
        raise ValueError(f"The plug-in folder {str(folder)!r} does not exist; expected a folder.")
    folder = folder.resolve()
    with _lock:
        for spec in list_models():
            if spec.provided and spec.provided.files[0].parent == folder:
                unregister(spec.id)
        named = named_files(folder)
        files = sorted(
            path
            for path in folder.iterdir()
            if path.is_file() and path.name[0] not in "._" and path not in named
        )
        reports = tuple(report for path in files for report in _load(path, checks))
    for report in reports:
        _log.log(
            logging.INFO if report.accepted else logging.WARNING,
            "plug-in %s: %s",
            report.file,
            report.reason or f"{report.method} is accepted",
        )
    return reports


def _load(path: Path, checks: Path | None) -> list[PluginReport]:
    """The reports of one file; none for a file that belongs to another."""
    if path.suffix == ".py":
        return _load_module(path, checks)
    if path.suffix == ".toml":
        return [_load_card(path, checks)]
    reason = ""
    if path.suffix in _PICKLES:
        reason = (
            f"{path.name} would have to be unpickled, which can run code; convert it to safetensors with "
            "models.checkpoints.save_weights or python -m models convert."
        )
    elif path.suffix == ".pt2" and not path.with_suffix(".toml").is_file():
        reason = (
            f'{path.name} has no card; expected {path.stem}.toml with archive = "{path.name}" and a title.'
        )
    return [PluginReport(path.name, None, path.name, reason)] if reason else []


def _load_card(path: Path, checks: Path | None) -> PluginReport:
    try:
        spec = read_method_card(path)
    except (CardError, ArchiveError) as error:
        return PluginReport(path.name, None, path.name, f"{path.name}: {error}.")
    return _offer(spec, path, checks, spec.provided.scope if spec.provided else None)


def _load_module(path: Path, checks: Path | None) -> list[PluginReport]:
    """Run a Python file and check what it registers; on any failure nothing of it stays."""
    before = {spec.id for spec in list_models()}
    scope = PluginScope(path.parent)
    try:
        scope.run(path)
    except (Exception, SystemExit) as error:  # whatever foreign code raises is its reason
        _take_back(before)
        return [PluginReport(path.name, None, path.name, explain(error, path))]
    made = _take_back(before)
    if not made:
        reason = f"{path.name} registers no method; expected a call of models.registry.register."
        return [PluginReport(path.name, None, path.name, reason)]
    return [_offer(_provided(found, path), path, checks, scope) for found in made]


def _take_back(before: set[str]) -> list[MethodSpec]:
    """Unregister what is new, and return it."""
    made = [spec for spec in list_models() if spec.id not in before]
    for spec in made:
        unregister(spec.id)
    return made


def _provided(spec: MethodSpec, path: Path) -> MethodSpec:
    """The spec with its files: the source, and its weights where they are."""
    files: tuple[Path, ...] = (path,)
    weights = path.parent / f"{spec.id}.safetensors"
    if weights.is_file():
        files += (weights, weights.with_suffix(".json"))
    return replace(spec, provided=Provided(files, "", path.parent if len(files) > 1 else None))


def _offer(
    spec: MethodSpec, path: Path, checks: Path | None, scope: PluginScope | None = None
) -> PluginReport:
    """Build, check and register a method; a report in any case."""
    report = PluginReport(path.name, str(spec.id), str(spec.title))
    try:
        _check_words(spec)
        spec, model = _built(spec, path, scope)
        source = path if path.suffix == ".py" else None
        digest = spec.provided.digest if spec.provided else ""
        check = kept_check(checks, digest, spec.sources, lambda: check_method(model, spec.sources, source))
        report = replace(report, check=check, reason=check.reason)
        if check.accepted:
            register(spec)
    except (RefusedError, WeightsError) as refusal:
        return replace(report, reason=str(refusal))
    except ArchiveError as error:
        return replace(report, reason=f"{path.name}: {error}.")
    except (Exception, SystemExit) as error:  # whatever foreign code raises is its reason
        return replace(report, reason=explain(error, path))
    return report


def _check_words(spec: MethodSpec) -> None:
    if not isinstance(spec.id, str) or not _ID.fullmatch(spec.id):
        raise RefusedError(f"The id is {spec.id!r}; expected a-z, 0-9, '-' and '_', at most 64 characters.")
    for name in ("title", "paper", "description"):
        if not isinstance(getattr(spec, name), str) or (name == "title" and not spec.title.strip()):
            raise RefusedError(f"The {name} of {spec.id!r} is {getattr(spec, name)!r}; expected a text.")
    if spec.sources not in (2, 3):
        raise RefusedError(f"{spec.id!r} takes {spec.sources!r} sources; expected 2 or 3.")


def _built(spec: MethodSpec, path: Path, scope: PluginScope | None) -> tuple[MethodSpec, nn.Module]:
    """The spec with digest and number of parameters, and its module."""
    given = spec.provided
    if given is None:
        raise RefusedError(f"{spec.id!r} comes from no file; expected a plug-in.")
    if scope is not None:
        spec = replace(spec, factory=within(scope, spec.factory))
    before = files_digest(given.files)
    made = spec.factory()
    if not isinstance(made, nn.Module):
        raise RefusedError(f"The factory of {spec.id!r} made {type(made).__name__}; expected a module.")
    model = build(spec)
    if not spec.trained:
        own = model.state_dict()
        if any(not torch.equal(value, own[name]) for name, value in made.state_dict().items()):
            expected = (
                "'weights' on its card"
                if path.suffix == ".toml"
                else f"{spec.id}.safetensors and {spec.id}.json beside {path.name}, written by "
                "models.checkpoints.save_weights"
            )
            raise RefusedError(f"{spec.id!r} has random weights; expected {expected}.")
    if files_digest(given.files) != before:
        raise RefusedError(f"The files of {spec.id!r} changed while it was loaded; load it again.")
    parameters = sum(parameter.numel() for parameter in model.parameters())
    # What it imported of its folder, and the weights that it read from wherever, make its numbers too.
    helpers = () if scope is None else tuple(file for file in scope.files if file not in given.files)
    provided = provided_by(model, (*given.files, *helpers), given.weights)
    return replace(spec, provided=provided, parameters=parameters), model
