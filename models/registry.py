"""The registry of fusion methods: the only door to a network.

Owns which methods exist and how one is created. Knows nothing of images, saliency or the web.

A method is added by one file in `models/networks/` that calls `register`, and one import in
`models/networks/__init__.py`. Every test that runs over all methods then runs over it. A method
from outside the project, a plug-in, is registered by `models.plugins`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import nn

from models.checkpoints import (
    WEIGHTS_DIR,
    WeightsError,
    files_digest,
    load_weights,
    read_card,
    state_digest,
    weights_digest,
)


@dataclass(frozen=True)
class Provided:
    """Where a plug-in comes from.

    Attributes:
        files: what its numbers depend on: source or card and archive, weights.
        digest: SHA-256 over the bytes of `files` and the state when it was loaded.
        state: SHA-256 over the module's tensors as it was loaded, wherever it read them from; "" before.
        scope: the import scope of its code, whose imported files belong to `files`; None for one without.
        weights: folder of its `ID.safetensors` and `ID.json`; None where it has none.
    """

    files: tuple[Path, ...]
    digest: str
    weights: Path | None = None
    state: str = ""
    scope: Any = None

    def current_digest(self) -> str:
        """The digest that the files have now; raises WeightsError where one is gone."""
        return hashlib.sha256(f"{files_digest(self.files)} {self.state}".encode()).hexdigest()


def provided_by(model: nn.Module, files: tuple[Path, ...], weights: Path | None = None) -> Provided:
    """What is known of a plug-in whose module was loaded from these files; see `Provided`."""
    found = Provided(files, "", weights, state_digest(model))
    return replace(found, digest=found.current_digest())


@dataclass(frozen=True)
class MethodSpec:
    """What is known of a fusion method without building it.

    `parameters` is the exact number of trainable parameters; a test builds the module and counts (a
    plug-in's are counted when it is loaded). `sources` is K, the number of images that are fused.
    `deviations` lists, one sentence each, where this implementation leaves its paper or the
    released code. A method without parameters has no weights file. `provided` is set for plug-ins.
    """

    id: str
    title: str
    paper: str
    description: str
    factory: Callable[[], nn.Module]
    parameters: int = 0
    deviations: tuple[str, ...] = ()
    sources: int = 2
    provided: Provided | None = None

    @property
    def trained(self) -> bool:
        """Whether the method needs a weights file."""
        return self.parameters > 0 if self.provided is None else self.provided.weights is not None

    @property
    def weights_folder(self) -> Path:
        """Where the method's weights and their card are, if it has any."""
        return (self.provided and self.provided.weights) or WEIGHTS_DIR


class UnknownMethodError(ValueError):
    """No method has this id. `valid` lists those that exist."""

    def __init__(self, method_id: str, valid: tuple[str, ...]) -> None:
        super().__init__(f"Unknown method {method_id!r}; expected one of: {', '.join(valid)}.")
        self.valid = valid


_METHODS: dict[str, MethodSpec] = {}


def register(spec: MethodSpec) -> MethodSpec:
    """Add a method; raises ValueError when its id is taken."""
    if spec.id in _METHODS:
        raise ValueError(f"Method id {spec.id!r} is already registered; taken: {', '.join(_METHODS)}.")
    _METHODS[spec.id] = spec
    return spec


def unregister(method_id: str) -> None:
    """Take a method back; one that is not there is no error."""
    _METHODS.pop(method_id, None)


def list_models() -> tuple[MethodSpec, ...]:
    """All registered methods, in the order of their registration."""
    return tuple(_METHODS.values())


def get_method(method_id: str) -> MethodSpec:
    """The spec of one method; raises `UnknownMethodError`."""
    try:
        return _METHODS[method_id]
    except KeyError:
        raise UnknownMethodError(method_id, tuple(_METHODS)) from None


def create_model(method_id: str, pretrained: bool = True) -> nn.Module:
    """Build a method's module in evaluation mode, on the CPU, in float32.

    `forward(x1, x2)` takes K tensors (B, 1, H, W) in [0, 1], usually two, and returns (B, 1, H, W).

    Args:
        method_id: an id of `list_models()`.
        pretrained: load the bundled weights (methods without parameters ignore it).

    Raises:
        UnknownMethodError: no such method.
        WeightsError: the weights file is missing, truncated, altered or of another network, or the files
            of a plug-in have changed since it was loaded.
    """
    spec = get_method(method_id)
    if spec.provided and spec.provided.current_digest() != spec.provided.digest:
        raise WeightsError(f"The files of {method_id!r} have changed since it was loaded; start again.")
    model = build(spec, pretrained)
    if spec.provided and pretrained and state_digest(model) != spec.provided.state:
        raise WeightsError(f"{method_id!r} has other weights than when it was loaded; start again.")
    return model


def build(spec: MethodSpec, pretrained: bool = True) -> nn.Module:
    """As `create_model`, for a spec that need not be registered; raises WeightsError."""
    model = spec.factory()
    if pretrained and spec.trained:
        load_weights(model, spec.id, spec.weights_folder)
    return model.eval().requires_grad_(False)


def method_card(method_id: str) -> dict[str, Any]:
    """The training card of a method with weights; raises UnknownMethodError, WeightsError."""
    return read_card(method_id, get_method(method_id).weights_folder)


def method_digest(method_id: str) -> str:
    """What identifies a method's numbers: of its weights, a plug-in's files, or a constant without any.

    Raises:
        UnknownMethodError, WeightsError: no such method; its card is missing or unreadable.
    """
    spec = get_method(method_id)
    return spec.provided.digest if spec.provided else weights_digest(method_id, spec.trained)
