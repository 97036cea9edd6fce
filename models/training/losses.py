"""The fusion loss: structural similarity with both sources against their intensities.

L = λ[γ_s(1−SSIM(x1,y)) + (1−γ_s)(1−SSIM(x2,y))] + (1−λ)[γ_2 MSE(x1,y) + (1−γ_2) MSE(x2,y)]

Kumar & Gumhold, "FuseVis", Computers 9(4):98, 2020. The paper writes the second bracket as an ℓ2
norm; the released code minimises the mean squared error, and so does this.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from models.metrics.similarity import mse, ssim


@dataclass(frozen=True)
class LossWeights:
    """λ, γ_s and γ_2 of the loss, each in [0, 1].

    Raises:
        ValueError: one of them is outside [0, 1].
    """

    structure: float
    gamma_ssim: float
    gamma_mse: float

    def __post_init__(self) -> None:
        for name in ("structure", "gamma_ssim", "gamma_mse"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ValueError(f"Loss weight {name} is {value}; expected a number from 0 to 1.")


def loss_terms(x1: Tensor, x2: Tensor, fused: Tensor) -> dict[str, Tensor]:
    """The four terms, each (B,): `ssim1` = 1−SSIM(x1,y), `ssim2`, `mse1`, `mse2`."""
    return {
        "ssim1": 1 - ssim(x1, fused),
        "ssim2": 1 - ssim(x2, fused),
        "mse1": mse(x1, fused),
        "mse2": mse(x2, fused),
    }


def fusion_loss(terms: dict[str, Tensor], weights: LossWeights) -> Tensor:
    """The loss, a scalar: the weighted terms of `loss_terms`, averaged over the batch."""
    structure = weights.gamma_ssim * terms["ssim1"] + (1 - weights.gamma_ssim) * terms["ssim2"]
    intensity = weights.gamma_mse * terms["mse1"] + (1 - weights.gamma_mse) * terms["mse2"]
    return (weights.structure * structure + (1 - weights.structure) * intensity).mean()
