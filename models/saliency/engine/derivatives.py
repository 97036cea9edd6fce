"""The derivative of one node on patches, and the patches' sizes.

Owns what the cone engine does with a single node, so that `cones` is left with the order of the nodes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from models.saliency.engine.graph import Convolution, Pointwise

Slopes = tuple[Tensor, ...]
"""∂(pointwise node)/∂(each of its inputs), patches of the node's reach.

With the input's channels, or the node's where it has more. Of a rectifier only where its input is
positive, as booleans.
"""


def centre(patch: Tensor, reach: int, wanted: int) -> Tensor:
    """The middle of a patch of this reach, cut to the wanted reach."""
    cut = reach - wanted
    return patch if cut == 0 else patch[..., cut : patch.shape[-2] - cut, cut : patch.shape[-1] - cut]


def with_slopes(node: Pointwise, inputs: Sequence[Tensor]) -> tuple[Tensor, Slopes]:
    """Value and slopes of a pointwise node."""
    if node.kind == "rectifier":
        (value,) = inputs
        return F.leaky_relu(value, node.slope), (value > 0,)
    with torch.enable_grad():
        leaves = [value.detach().requires_grad_() for value in inputs]
        # One channel that matters to all has one slope for each of them.
        wide = [leaf.expand(-1, node.channels, -1, -1) if leaf.shape[1] == 1 else leaf for leaf in leaves]
        result = node.evaluate(wide)
        found: Sequence[Tensor | None] = [None] * len(wide)
        if result.requires_grad:  # not behind a detach
            found = torch.autograd.grad(result.sum(), wide, allow_unused=True)
    return result.detach().to(inputs[0].dtype), tuple(
        torch.zeros_like(leaf) if slope is None else slope for leaf, slope in zip(wide, found, strict=True)
    )


def times(gradient: Tensor, slope: Tensor, node: Pointwise) -> Tensor:
    """A gradient times the slope of a pointwise node."""
    if slope.dtype != torch.bool:
        return gradient * slope
    return torch.where(slope, gradient, gradient * node.slope)


def as_channels(part: Tensor, channels: int) -> Tensor:
    """Changes at one end of a pointwise node as the other end has them: the same, summed, or spread."""
    if part.shape[1] == channels:
        return part
    if channels == 1:
        return part.sum(1, keepdim=True)
    return part.expand(-1, channels, -1, -1)


def convolve_back(node: Convolution, gradient: Tensor, reach: int, wanted: int) -> Tensor:
    """Adjoint of a convolution, on the reach that its input wants and at most where it is non-zero."""
    target = min(wanted, reach + node.reach)
    if node.transposed is None:
        padding = reach + node.reach - target
        return F.conv_transpose2d(
            gradient, node.weight, padding=padding, dilation=node.dilation, groups=node.groups
        )
    margin = node.reach + target - reach
    if margin < 0:
        gradient, margin = centre(gradient, reach, target + node.reach), 0
    return F.conv2d(gradient, node.transposed, padding=margin, dilation=node.dilation)


def accumulate(total: Tensor | None, part: Tensor) -> Tensor:
    """Sum of gradients around the same core that may have different reaches."""
    if total is None:
        return part
    small, large = sorted((total, part), key=lambda patch: patch.shape[-1])
    return large + widened(small, (large.shape[-1] - small.shape[-1]) // 2)


def widened(patch: Tensor, margin: int) -> Tensor:
    """A patch with zeros around it."""
    return F.pad(patch, (margin,) * 4) if margin else patch
