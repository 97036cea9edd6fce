"""Weighted averaging with frozen weights, as in the released code of FuseVis.

Kumar & Gumhold, "FuseVis", Computers 9(4):98, 2020, eq. (3), differentiated with w_k constant:
∂y/∂x_k = w_k, so the two gradients add up to 1 everywhere and the paper's scatter plot of this
method is a straight line.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.registry import MethodSpec, register


class WeightedAveragingFixed(nn.Module):
    """The value of `WeightedAveraging`, the derivative w_k; receptive field 1×1."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        total = x1 + x2
        empty = total == 0
        half = torch.full_like(total, 0.5)
        w1 = torch.where(empty, half, x1 / torch.where(empty, torch.ones_like(total), total)).detach()
        return w1 * x1 + (1 - w1) * x2


register(
    MethodSpec(
        id="weighted_averaging_fixed",
        title="Weighted averaging, fixed weights",
        paper="Kumar & Gumhold 2020, eq. 3, as released",
        description=(
            "The same fused image as weighted averaging; the gradient treats the weights as "
            "constants, so the two gradients always add up to 1. Reproduces the paper's figures."
        ),
        parameters=0,
        factory=WeightedAveragingFixed,
        deviations=(
            "Its gradient is not the derivative of its formula: the weights are frozen, as in the "
            "released code.",
        ),
    )
)
