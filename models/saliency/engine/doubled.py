"""A copy of a module for checks in float64 on the CPU, whatever its author did.

The copy survives modules that keep activations of their last forward pass, which have a history and cannot be
copied, and constants in float32 that the forward pass makes.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map


class _Promote(TorchFunctionMode):
    """Turns float32 tensors into float64 ones wherever a function takes them."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        def promote(value: Any) -> Any:
            return value.double() if isinstance(value, Tensor) and value.dtype == torch.float32 else value

        with torch._C.DisableTorchFunctionSubclass():
            found = tree_map(promote, (args, kwargs or {}))
        return func(*found[0], **found[1])


class _Promoted(nn.Module):
    """A module whose float32 constants count as float64."""

    def __init__(self, module: nn.Module, count: int) -> None:
        super().__init__()
        self.module = module
        self.count = count

    def forward(self, *sources: Tensor) -> Tensor:
        with _Promote():
            found: Tensor = self.module(*sources)
            return found


def copied(model: nn.Module) -> nn.Module:
    """A deep copy; of tensors with a history, which cannot be copied, their values."""
    memo: dict[int, Any] = {}
    for module in model.modules():
        for value in vars(module).values():
            if isinstance(value, Tensor) and not value.is_leaf:
                memo[id(value)] = value.detach().clone()
    return copy.deepcopy(model, memo)


def doubled(model: nn.Module, count: int) -> nn.Module:
    """The module in float64 on the CPU, in evaluation mode, weights without gradients.

    Raises:
        Exception: whatever the module raises for `count` images of 64×64 pixels.
    """
    check = copied(model).cpu().double().eval().requires_grad_(False)
    images = [torch.full((1, 1, 64, 64), 0.5, dtype=torch.float64) for _ in range(count)]
    with torch.no_grad():
        try:
            found = check(*images)
        except Exception:
            promoted = _Promoted(check, count).eval()
            promoted(*images)
            return promoted
        return check if found.dtype == torch.float64 else _Promoted(check, count).eval()
