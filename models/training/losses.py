"""The fusion loss: structural similarity with both sources against their intensities.

L = λ[γ_s(1−SSIM(x1,y)) + (1−γ_s)(1−SSIM(x2,y))] + (1−λ)[γ_2 MSE(x1,y) + (1−γ_2) MSE(x2,y)]

Kumar & Gumhold, "FuseVis", Computers 9(4):98, 2020. The paper writes the second bracket as an ℓ2
norm; the released code minimises the mean squared error, and so does this.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from models.metrics.similarity import WINDOW, mse, ssim


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


def _mirrored(image: Tensor) -> Tensor:
    """The image continued by reflection for half a window on each side.

    On a GPU the gradient of torch's reflection is summed in an order that changes from run to run,
    so there it is put together from slices.
    """
    return (
        _reflected(image, WINDOW // 2) if image.is_cuda else F.pad(image, (WINDOW // 2,) * 4, mode="reflect")
    )


def _reflected(image: Tensor, width: int) -> Tensor:
    for axis in (-1, -2):
        size = image.shape[axis]
        before = image.narrow(axis, 1, width).flip(axis)
        after = image.narrow(axis, size - 1 - width, width).flip(axis)
        image = torch.cat([before, image, after], dim=axis)
    return image


def loss_terms(x1: Tensor, x2: Tensor, fused: Tensor, border: bool = False) -> dict[str, Tensor]:
    """The four terms, each (B,): `ssim1` = 1−SSIM(x1,y), `ssim2`, `mse1`, `mse2`.

    SSIM as reported averages over windows inside the image, where the outermost pixels weigh
    almost nothing: trained on it alone, a network leaves a grey line around the image. With
    `border`, images are mirrored at their border first and every pixel is the centre of a window.
    """
    extend = _mirrored if border else (lambda image: image)
    y = extend(fused)
    return {
        "ssim1": 1 - ssim(extend(x1), y),
        "ssim2": 1 - ssim(extend(x2), y),
        "mse1": mse(x1, fused),
        "mse2": mse(x2, fused),
    }


def fusion_loss(terms: dict[str, Tensor], weights: LossWeights) -> Tensor:
    """The loss, a scalar: the weighted terms of `loss_terms`, averaged over the batch."""
    structure = weights.gamma_ssim * terms["ssim1"] + (1 - weights.gamma_ssim) * terms["ssim2"]
    intensity = weights.gamma_mse * terms["mse1"] + (1 - weights.gamma_mse) * terms["mse2"]
    return (weights.structure * structure + (1 - weights.structure) * intensity).mean()
