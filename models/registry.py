"""The registry of fusion methods: the only door to a network.

Owns which methods exist and how one is created. Knows nothing of images, saliency or the web.

A method is added by one file in `models/networks/` that calls `register`, and one import in
`models/networks/__init__.py`. Every test that runs over all methods then runs over it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from models.checkpoints import load_weights


@dataclass(frozen=True)
class MethodSpec:
    """What is known of a fusion method without building it.

    `parameters` is the exact number of trainable parameters; a test builds the module and counts.
    `deviations` lists, one sentence each, where this implementation leaves its paper or the
    released code. A method without parameters has no weights file.
    """

    id: str
    title: str
    paper: str
    description: str
    parameters: int
    factory: Callable[[], nn.Module]
    deviations: tuple[str, ...] = ()

    @property
    def trained(self) -> bool:
        """Whether the method needs a weights file."""
        return self.parameters > 0


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

    `forward(x1, x2)` takes two (B, 1, H, W) tensors in [0, 1] and returns (B, 1, H, W).

    Args:
        method_id: an id of `list_models()`.
        pretrained: load the bundled weights (methods without parameters ignore it).

    Raises:
        UnknownMethodError: no such method.
        WeightsError: the weights file is missing, truncated, altered or of another network.
    """
    spec = get_method(method_id)
    model = spec.factory()
    if pretrained and spec.trained:
        load_weights(model, method_id)
    return model.eval().requires_grad_(False)
