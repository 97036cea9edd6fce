"""Weighted averaging with its true derivative.

Kumar & Gumhold, "FuseVis", Computers 9(4):98, 2020, eq. (3): w_k = x_k/(x_1+x_2), y = Σ w_k x_k.

Closed form of the derivative: ∂y/∂x_k = (x_k² + 2 x_1 x_2 − x_j²)/(x_1+x_2)². Where both sources
are 0 the quotient does not exist; value and derivative are then those of the plain mean.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.registry import MethodSpec, register


class WeightedAveraging(nn.Module):
    """y = (x_1² + x_2²)/(x_1 + x_2), the mean where both are 0; receptive field 1×1."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        total = x1 + x2
        empty = total == 0
        weighted = (x1 * x1 + x2 * x2) / torch.where(empty, torch.ones_like(total), total)
        return torch.where(empty, 0.5 * total, weighted)


register(
    MethodSpec(
        id="weighted_averaging",
        title="Weighted averaging",
        paper="Kumar & Gumhold 2020, eq. 3",
        description=(
            "Each source weighs as much as its own brightness. The gradient is the true derivative "
            "of the formula, weights included, so it can be negative."
        ),
        parameters=0,
        factory=WeightedAveraging,
        deviations=(
            "The released code freezes the weights when it differentiates; this method does not "
            "(weighted_averaging_fixed does).",
            "Where both sources are 0 the derivative does not exist and is defined as 0.5 each.",
        ),
    )
)
